// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/restore.hpp"

#include <gmock/gmock.h>

#include "mlrepro/versioning/ingest.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::versioning {
namespace {

using model::ErrorKind;
using ports::Existing;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

class Restore : public ::testing::Test {
 protected:
  Restore()
  {
    world_.files.add_file("/d/a.csv", "aaa");
    world_.files.add_file("/d/sub/b.sh", "bb", true);
    world_.files.add_folder("/d/sub/empty");
    world_.files.add_symlink("/d/link", "a.csv");
    root_ = ingest_path(world_.data, "/d", model::Stored::content).root;
  }
  RestoreResult bring(const std::string& target, Existing existing = Existing::refuse,
                      std::vector<std::string> paths = {})
  {
    return restore(world_.data, root_, {target, std::move(paths), existing});
  }

  testing::UseCaseWorld world_;
  model::TreeEntry root_;
};

TEST_F(Restore, BringsEverythingBack)
{
  const RestoreResult result = bring("/new/place");
  EXPECT_THAT(world_.files.paths("/new/place"),
              ElementsAre("a.csv", "link", "sub", "sub/b.sh", "sub/empty"));
  EXPECT_EQ(world_.files.content("/new/place/link"), "a.csv");
  EXPECT_EQ(result.files, 3U);
  EXPECT_EQ(result.bytes, 5U);
  EXPECT_EQ(result.kept, 0U);
  EXPECT_EQ(ingest_path(world_.data, "/new/place", model::Stored::content).root, root_);
}

TEST_F(Restore, OneFile)
{
  const auto file = ingest_path(world_.data, "/d/a.csv", model::Stored::content).root;
  restore(world_.data, file, {"/x/copy.csv", {}, Existing::refuse});
  EXPECT_EQ(world_.files.content("/x/copy.csv"), "aaa");
}

TEST_F(Restore, WhatIsRightAlreadyIsKept)
{
  const RestoreResult result = bring("/d");
  EXPECT_EQ(result.kept, 2U);
  EXPECT_EQ(result.bytes, 0U);
  world_.files.add_file("/d/mine", "beside it");
  world_.files.remove("/d/a.csv");
  EXPECT_EQ(bring("/d").kept, 1U);
  EXPECT_EQ(world_.files.content("/d/a.csv"), "aaa");
  EXPECT_EQ(world_.files.content("/d/mine"), "beside it");
}

TEST_F(Restore, ExactlyMeansNothingElse)
{
  world_.files.add_file("/d/mine", "beside it");
  world_.files.add_file("/d/sub/empty/mine", "beside it");
  RestoreRequest request{"/d", {}, Existing::refuse, ports::Others::remove};
  EXPECT_EQ(restore(world_.data, root_, request).kept, 2U);
  EXPECT_THAT(world_.files.paths("/d"),
              ElementsAre("a.csv", "link", "sub", "sub/b.sh", "sub/empty"));
  world_.files.add_file("/d/a.csv", "changed");
  world_.files.add_file("/d/mine", "beside it");
  EXPECT_EQ(error_of([&] { restore(world_.data, root_, request); }).kind(), ErrorKind::conflict);
  EXPECT_EQ(world_.files.content("/d/mine"), "beside it");
}

// A part is found without reading the rest.
TEST_F(Restore, OneFileOfABigFolder)
{
  for (int i = 0; i < 4300; ++i) {
    world_.files.add_file("/big/many/" + std::to_string(10'000 + i), std::to_string(i));
  }
  const auto big = ingest_path(world_.data, "/big", model::Stored::content).root;
  restore(world_.data, big, {"/part", {"many/12654", "many/10000"}, Existing::refuse});
  EXPECT_THAT(world_.files.paths("/part"), ElementsAre("many", "many/10000", "many/12654"));
  EXPECT_EQ(world_.files.content("/part/many/12654"), "2654");
  const auto error = error_of([&] {
    restore(world_.data, big, {"/part", {"many/1265"}, Existing::refuse});
  });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.hint(), HasSubstr("did you mean 'many/1"));
  EXPECT_EQ(restore(world_.data, big, {"/all", {}, Existing::refuse}).files, 4300U);
}

TEST_F(Restore, ChangedFilesAreRefusedUnlessReplaced)
{
  world_.files.add_file("/d/a.csv", "edited");
  world_.files.remove("/d/sub/b.sh");
  const auto error = error_of([&] { bring("/d"); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_THAT(error.message(), HasSubstr("a.csv"));
  EXPECT_EQ(world_.files.content("/d/a.csv"), "edited");
  EXPECT_FALSE(world_.files.exists("/d/sub/b.sh")) << "all or nothing";
  bring("/d", Existing::replace);
  EXPECT_EQ(world_.files.content("/d/a.csv"), "aaa");
  EXPECT_EQ(world_.files.content("/d/sub/b.sh"), "bb");
}

TEST_F(Restore, AnExecutableBitThatWasLostComesBack)
{
  world_.files.add_file("/d/sub/b.sh", "bb", false);
  bring("/d", Existing::replace);
  EXPECT_TRUE(world_.files.stat("/d/sub/b.sh", ports::FollowLinks::no)->executable);
}

TEST_F(Restore, OnlyTheNamedParts)
{
  bring("/part", Existing::refuse, {"sub/"});
  EXPECT_THAT(world_.files.paths("/part"), ElementsAre("sub", "sub/b.sh", "sub/empty"));
  bring("/one", Existing::refuse, {"sub/b.sh", "link"});
  EXPECT_THAT(world_.files.paths("/one"), ElementsAre("link", "sub", "sub/b.sh"));
  const auto error = error_of([&] { bring("/none", Existing::refuse, {"a.cvs"}); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(error.hint(), "did you mean 'a.csv'?");
  EXPECT_FALSE(world_.files.exists("/none"));
  EXPECT_EQ(error_of([&] { bring("/none", Existing::refuse, {"../x"}); }).kind(), ErrorKind::usage);
}

TEST_F(Restore, DamagedContentLeavesTheTargetAsItWas)
{
  world_.files.add_file("/t/mine", "mine");
  world_.stored.damage(world_.digester.digest("bb"));
  EXPECT_EQ(error_of([&] { bring("/t"); }).kind(), ErrorKind::corrupt);
  EXPECT_THAT(world_.files.paths("/t"), ElementsAre("mine"));
  world_.stored.remove(world_.digester.digest("bb"));
  EXPECT_EQ(error_of([&] { bring("/t"); }).kind(), ErrorKind::corrupt);
  EXPECT_THAT(world_.files.paths("/t"), ElementsAre("mine"));
  world_.stored.remove(root_.digest);
  const auto error = error_of([&] { bring("/t"); });
  EXPECT_THAT(error.message(), HasSubstr("folder '.'"));
}

TEST_F(Restore, AFullDiskLeavesTheTargetAsItWas)
{
  for (std::uint64_t nth = 1; nth <= 2; ++nth) {
    world_.files.fail_write(nth);
    EXPECT_EQ(error_of([&] { bring("/t"); }).kind(), ErrorKind::io);
    EXPECT_FALSE(world_.files.exists("/t"));
  }
}

TEST_F(Restore, DamagedContentThatIsThereAlreadyIsNotNeeded)
{
  world_.stored.damage(world_.digester.digest("bb"));
  EXPECT_EQ(bring("/d").kept, 2U);
}

TEST_F(Restore, AnUnreadableFileIsNotTakenOver)
{
  world_.files.set_unreadable("/d/a.csv");
  EXPECT_EQ(error_of([&] { bring("/d"); }).kind(), ErrorKind::conflict);
  bring("/d", Existing::replace);
  EXPECT_EQ(ports::read_file(world_.files, "/d/a.csv"), "aaa");
}

}  // namespace
}  // namespace mlrepro::versioning
