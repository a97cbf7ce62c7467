// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_manifests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::plan {
namespace {

using model::EntryType;
using model::Manifest;
using model::ManifestEntry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ManifestEntry file(const std::string& path, std::uint8_t content = 1, bool executable = false)
{
  return {path, EntryType::file, executable, 1, model::Digest(model::Digest::Bytes{content})};
}

ManifestEntry folder(const std::string& path, std::uint8_t content = 1)
{
  return {path, EntryType::folder, false, 1, model::Digest(model::Digest::Bytes{content})};
}

Manifest manifest(std::vector<ManifestEntry> entries)
{
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return model::path_less(a.path, b.path); });
  Manifest result;
  result.root.type = EntryType::folder;
  result.entries = std::move(entries);
  return result;
}

Manifest single(std::uint8_t content, EntryType type = EntryType::file)
{
  Manifest result;
  result.root.type = type;
  result.root.digest = model::Digest(model::Digest::Bytes{content});
  return result;
}

std::vector<std::string> paths(const std::vector<model::FileChange>& changes)
{
  std::vector<std::string> result;
  for (const model::FileChange& change : changes) {
    result.push_back(change.path);
  }
  return result;
}

TEST(CompareManifests, FindsNothingBetweenEqualOnes)
{
  const Manifest one = manifest({folder("a"), file("a/x"), file("b")});
  EXPECT_TRUE(compare_manifests(one, one).empty());
  EXPECT_TRUE(compare_manifests(manifest({}), manifest({})).empty());
}

TEST(CompareManifests, SortsChangesByKind)
{
  const auto diff =
      compare_manifests(manifest({file("a"), file("b"), file("c"), file("run.sh")}),
                        manifest({file("b", 2), file("c"), file("d"), file("run.sh", 1, true)}));
  EXPECT_THAT(paths(diff.added), ElementsAre("d"));
  EXPECT_THAT(paths(diff.removed), ElementsAre("a"));
  EXPECT_THAT(paths(diff.changed), ElementsAre("b", "run.sh"));
  EXPECT_EQ(diff.changed[0].before->digest, file("b").digest);
  EXPECT_EQ(diff.changed[0].after->digest, file("b", 2).digest);
  EXPECT_FALSE(diff.added[0].before);
  EXPECT_FALSE(diff.removed[0].after);
}

TEST(CompareManifests, LetsFilesSpeakForTheirFolders)
{
  const auto diff = compare_manifests(
      manifest({folder("a", 1), file("a/x"), folder("gone"), file("gone/y")}),
      manifest({folder("a", 2), file("a/x", 2), folder("new"), folder("new/empty")}));
  EXPECT_THAT(paths(diff.changed), ElementsAre("a/x"));
  EXPECT_THAT(paths(diff.removed), ElementsAre("gone/y"));
  EXPECT_THAT(paths(diff.added), ElementsAre("new/empty"));
}

TEST(CompareManifests, IsNotMisledByNamesThatBeginAlike)
{
  const auto diff = compare_manifests(
      manifest({}), manifest({folder("a"), file("a-b"), folder("c"), file("c.txt")}));
  EXPECT_THAT(paths(diff.added), ElementsAre("a", "a-b", "c", "c.txt"));
}

TEST(CompareManifests, ReportsAChangeOfType)
{
  const auto diff = compare_manifests(manifest({folder("a"), file("a/x")}), manifest({file("a")}));
  EXPECT_THAT(paths(diff.changed), ElementsAre("a"));
  EXPECT_THAT(paths(diff.removed), ElementsAre("a/x"));
  EXPECT_THAT(diff.added, IsEmpty());
}

TEST(CompareManifests, ComparesAFileAsOneNamelessEntry)
{
  EXPECT_TRUE(compare_manifests(single(1), single(1)).empty());
  EXPECT_THAT(paths(compare_manifests(single(1), single(2)).changed), ElementsAre(""));
  EXPECT_THAT(paths(compare_manifests(single(1), single(1, EntryType::symlink)).changed),
              ElementsAre(""));
  const auto diff = compare_manifests(single(1), manifest({file("x")}));
  EXPECT_THAT(paths(diff.removed), ElementsAre(""));
  EXPECT_THAT(paths(diff.added), ElementsAre("x"));
}

}  // namespace
}  // namespace mlrepro::plan
