// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/verify.hpp"

#include <gmock/gmock.h>

#include "mlrepro/versioning/ingest.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::versioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Verify : public ::testing::Test {
 protected:
  VerifyRoot add(const std::string& path, const std::string& label, std::uint8_t run)
  {
    VerifyRoot root;
    root.entry = ingest_path(world_.data, path, model::Stored::content).root;
    root.label = label;
    root.snapshot = root.entry.digest;
    root.runs = {model::RunId::from_bytes({run})};
    return root;
  }
  model::Digest digest(const std::string& content) { return world_.digester.digest(content); }

  testing::UseCaseWorld world_;
};

TEST_F(Verify, SoundContentIsCountedOnce)
{
  world_.files.add_file("/d/a", "same");
  world_.files.add_file("/d/b", "same");
  world_.files.add_file("/d/s/c", "other");
  const auto root = add("/d", "d", 1);
  const auto result = verify(world_.data, {root, root}, Extent::roots_only);
  EXPECT_THAT(result.damaged, IsEmpty());
  EXPECT_EQ(result.checked, 4U) << "two files, two folders";
  EXPECT_TRUE(world_.reporter.steps.back().ended);
}

TEST_F(Verify, DamageNamesAllThatNeedIt)
{
  world_.files.add_file("/d/a", "same");
  world_.files.add_file("/d/s/b", "same");
  world_.files.add_file("/e/c", "same");
  world_.files.add_file("/e/d", "fine");
  const auto d = add("/d", "d", 1);
  const auto e = add("/e", "e", 2);
  world_.stored.damage(digest("same"));
  const auto result = verify(world_.data, {d, e, e}, Extent::roots_only);
  ASSERT_EQ(result.damaged.size(), 1U);
  const model::Damage& damage = result.damaged[0];
  EXPECT_EQ(damage.object, digest("same"));
  EXPECT_THAT(damage.problem, HasSubstr("does not match"));
  EXPECT_THAT(damage.paths, ElementsAre("d/a", "d/s/b", "e/c"));
  EXPECT_THAT(damage.snapshots, UnorderedElementsAre(d.entry.digest, e.entry.digest));
  EXPECT_THAT(damage.runs, UnorderedElementsAre(d.runs[0], e.runs[0]));
}

TEST_F(Verify, AMissingFolderIsNamedAndWhatIsBelowItCanNotBe)
{
  world_.files.add_file("/d/s/b", "x");
  const auto root = add("/d", "d", 1);
  const auto sub = ingest_path(world_.data, "/d/s", model::Stored::content).root;
  world_.stored.remove(sub.digest);
  const auto result = verify(world_.data, {root}, Extent::roots_only);
  ASSERT_EQ(result.damaged.size(), 1U);
  EXPECT_EQ(result.damaged[0].problem, "missing");
  EXPECT_THAT(result.damaged[0].paths, ElementsAre("d/s"));
}

TEST_F(Verify, ContentOfTheWrongKindIsDamage)
{
  world_.files.add_file("/f", "text");
  auto root = add("/f", "f", 1);
  root.entry.type = model::EntryType::folder;
  EXPECT_EQ(verify(world_.data, {root}, Extent::roots_only).damaged.size(), 1U);
}

TEST_F(Verify, EverythingCoversWhatNobodyNeeds)
{
  world_.files.add_file("/d/a", "needed");
  world_.files.add_file("/old/b", "not needed");
  const auto root = add("/d", "d", 1);
  add("/old", "old", 2);
  world_.stored.damage(digest("not needed"));
  EXPECT_THAT(verify(world_.data, {root}, Extent::roots_only).damaged, IsEmpty());
  const auto result = verify(world_.data, {root}, Extent::everything);
  EXPECT_EQ(result.checked, 4U);
  ASSERT_EQ(result.damaged.size(), 1U);
  EXPECT_EQ(result.damaged[0].object, digest("not needed"));
  EXPECT_THAT(result.damaged[0].paths, IsEmpty());
  EXPECT_THAT(result.damaged[0].problem, HasSubstr("does not match"))
      << "not only that it is no folder";
}

TEST_F(Verify, NothingToCheck)
{
  const auto result = verify(world_.data, {}, Extent::everything);
  EXPECT_EQ(result.checked, 0U);
  EXPECT_THAT(result.damaged, IsEmpty());
}

}  // namespace
}  // namespace mlrepro::versioning
