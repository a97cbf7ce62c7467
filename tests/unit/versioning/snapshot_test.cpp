// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/snapshot.hpp"

#include <gmock/gmock.h>

#include "mlrepro/format/pointer_file.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::versioning {
namespace {

using model::ErrorKind;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::IsEmpty;

class TakeSnapshot : public ::testing::Test {
 protected:
  TakeSnapshot() { world_.files.add_file("/p/data/a.csv", "1\n"); }
  model::Snapshot take()
  {
    return take_snapshot(world_.data, {"/p/data", "data", "sales", model::Stored::content});
  }

  testing::UseCaseWorld world_;
};

TEST_F(TakeSnapshot, ContentIsOnDiskBeforeItIsNamed)
{
  take();
  EXPECT_THAT(world_.journal,
              ElementsAre("objects.hold", "objects.commit", "snapshots.record", "objects.release"));
}

TEST_F(TakeSnapshot, ARefusedCommitNamesNothing)
{
  world_.objects.on_commit = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { take(); }).kind(), ErrorKind::io);
  EXPECT_THAT(world_.journal, ElementsAre("objects.hold", "objects.release"));
  EXPECT_THAT(world_.snapshots.list({}), IsEmpty());
}

TEST_F(TakeSnapshot, ARefusedEntryLeavesOnlyUnreferencedContent)
{
  world_.snapshots.on_record = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { take(); }).kind(), ErrorKind::io);
  EXPECT_THAT(world_.snapshots.list({}), IsEmpty());
  EXPECT_EQ(take().new_bytes, 0U) << "what is there already is used";
}

TEST_F(TakeSnapshot, TheSameContentHasTheSameIdAndOneMoreEntry)
{
  const model::Snapshot first = take();
  world_.clock.advance_ms(1000);
  const model::Snapshot second = take();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.new_bytes, 0U);
  EXPECT_GT(first.new_bytes, 0U);
  EXPECT_EQ(world_.snapshots.list({"", "sales", {}}).size(), 2U);
  world_.files.add_file("/elsewhere/a.csv", "1\n");
  EXPECT_EQ(take_snapshot(world_.data, {"/elsewhere", "/elsewhere", "", model::Stored::content}).id,
            first.id);
  EXPECT_NE(first.id, first.root.digest) << "a snapshot is not its folder";
}

TEST_F(TakeSnapshot, WritesAPointerFileOnce)
{
  const model::Snapshot snapshot = take();
  EXPECT_EQ(write_pointer(world_.data, "/p/data", snapshot), "/p/data.snap");
  const auto pointer = format::decode_pointer(world_.files.content("/p/data.snap"));
  EXPECT_EQ(pointer.id, snapshot.id);
  EXPECT_EQ(pointer.files, 1U);
  world_.files.fail_write(1);
  write_pointer(world_.data, "/p/data", snapshot);
  world_.files.add_file("/p/data/b.csv", "2\n");
  EXPECT_EQ(error_of([&] { write_pointer(world_.data, "/p/data", take()); }).kind(), ErrorKind::io)
      << "the one that says the same was not written again";
}

TEST_F(TakeSnapshot, AForeignFileIsNotOverwritten)
{
  const model::Snapshot snapshot = take();
  world_.files.add_file("/p/data.snap", "my own notes\n");
  EXPECT_EQ(error_of([&] { write_pointer(world_.data, "/p/data", snapshot); }).kind(),
            ErrorKind::conflict);
  EXPECT_EQ(world_.files.content("/p/data.snap"), "my own notes\n");
}

}  // namespace
}  // namespace mlrepro::versioning
