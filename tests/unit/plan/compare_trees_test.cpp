// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_trees.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/format/tree_writer.hpp"

namespace mlrepro::plan {
namespace {

using model::EntryType;
using model::TreeEntry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Paths and what they hold; "/" at the end makes an empty folder.
using Files = std::map<std::string, std::string>;

class CompareTrees : public ::testing::Test {
 protected:
  model::Digest put(const std::string& bytes)
  {
    const model::Digest digest = digester_.digest(std::string(format::k_tree_prefix) + bytes);
    nodes_[digest] = bytes;
    return digest;
  }

  TreeEntry folder(const Files& files)
  {
    std::map<std::string, Files> folders;
    std::map<std::string, TreeEntry> entries;
    for (const auto& [path, content] : files) {
      const std::size_t slash = path.find('/');
      if (slash == std::string::npos) {
        entries[path] = {path, EntryType::file,          content.starts_with("#!"), content.size(),
                         1,    digester_.digest(content)};
      } else if (slash + 1 == path.size()) {
        folders[path.substr(0, slash)];
      } else {
        folders[path.substr(0, slash)][path.substr(slash + 1)] = content;
      }
    }
    for (const auto& [name, content] : folders) {
      entries[name] = folder(content);
      entries[name].name = name;
    }
    format::TreeWriter writer([&](const std::string& bytes) { return put(bytes); });
    for (const auto& [name, entry] : entries) {
      writer.add(entry);
    }
    return writer.finish();
  }

  model::ManifestDiff compare(const TreeEntry& a, const TreeEntry& b)
  {
    loads_ = 0;
    return compare_trees(a, b, [&](const model::Digest& digest) {
      ++loads_;
      return format::decode_tree(nodes_.at(digest));
    });
  }

  static std::vector<std::string> paths(const std::vector<model::FileChange>& changes)
  {
    std::vector<std::string> found;
    for (const model::FileChange& change : changes) {
      found.push_back(change.path);
    }
    return found;
  }

  crypto::Sha256Digester digester_;
  std::map<model::Digest, std::string> nodes_;
  std::size_t loads_ = 0;
};

TEST_F(CompareTrees, EqualFoldersAreNotLookedAt)
{
  const auto a = folder({{"x", "1"}, {"y/z", "2"}});
  EXPECT_TRUE(compare(a, a).empty());
  EXPECT_EQ(loads_, 0U);
}

TEST_F(CompareTrees, NamesEachFileOnce)
{
  const auto a = folder({{"same", "1"},
                         {"gone", "2"},
                         {"sub/old", "3"},
                         {"sub/kept", "4"},
                         {"lost/a", "5"},
                         {"lost/b", "6"}});
  const auto b =
      folder({{"same", "1"}, {"new", "2"}, {"sub/old", "#!3"}, {"sub/kept", "4"}, {"made/a", "5"}});
  const auto diff = compare(a, b);
  EXPECT_THAT(paths(diff.added), ElementsAre("made/a", "new"));
  EXPECT_THAT(paths(diff.removed), ElementsAre("gone", "lost/a", "lost/b"));
  EXPECT_THAT(paths(diff.changed), ElementsAre("sub/old"));
  EXPECT_TRUE(diff.changed[0].after->executable);
  EXPECT_EQ(diff.changed[0].before->size, 1U);
}

TEST_F(CompareTrees, AFolderIsALineOnlyWhereItIsEmptyOrWasAFile)
{
  const auto a = folder({{"e/", ""}, {"t", "file"}, {"u/x", "1"}});
  const auto b = folder({{"f/", ""}, {"t/x", "1"}, {"u", "file"}});
  const auto diff = compare(a, b);
  EXPECT_THAT(paths(diff.added), ElementsAre("f", "t/x"));
  EXPECT_THAT(paths(diff.removed), ElementsAre("e", "u/x"));
  EXPECT_THAT(paths(diff.changed), ElementsAre("t", "u"));
}

TEST_F(CompareTrees, IsNotMisledByNamesThatBeginAlike)
{
  const auto a = folder({{"a/x", "1"}, {"a-b", "2"}, {"ab/x", "3"}});
  const auto b = folder({{"a-b", "2"}, {"a.b/x", "1"}, {"ab/x", "4"}});
  const auto diff = compare(a, b);
  EXPECT_THAT(paths(diff.removed), ElementsAre("a/x"));
  EXPECT_THAT(paths(diff.added), ElementsAre("a.b/x"));
  EXPECT_THAT(paths(diff.changed), ElementsAre("ab/x"));
}

TEST_F(CompareTrees, FilesAreNamelessRoots)
{
  const TreeEntry one{"", EntryType::file, false, 1, 1, model::Digest({1})};
  const TreeEntry two{"", EntryType::file, false, 2, 1, model::Digest({2})};
  EXPECT_THAT(paths(compare(one, two).changed), ElementsAre(""));
  const TreeEntry link{"", EntryType::symlink, false, 1, 1, model::Digest({1})};
  EXPECT_THAT(paths(compare(one, link).changed), ElementsAre(""));
  const auto diff = compare(one, folder({{"x", "1"}}));
  EXPECT_THAT(paths(diff.removed), ElementsAre(""));
  EXPECT_THAT(paths(diff.added), ElementsAre("x"));
  EXPECT_THAT(diff.changed, IsEmpty());
}

TEST_F(CompareTrees, ABigFolderIsReadOnlyWhereItDiffers)
{
  std::mt19937 random(1);
  Files files;
  while (files.size() < 30'000) {
    files[std::to_string(random())] = std::to_string(random() % 1000);
  }
  const auto a = folder(files);
  Files changed = files;
  changed.begin()->second = "changed";
  changed.erase(std::next(changed.begin(), 20'000));
  changed["xyz"] = "new";
  const auto b = folder(changed);
  const auto diff = compare(a, b);
  EXPECT_EQ(diff.added.size(), 1U);
  EXPECT_EQ(diff.removed.size(), 1U);
  EXPECT_EQ(diff.changed.size(), 1U);
  EXPECT_LE(loads_, 20U);
}

// Against a plain comparison of the two lists, across the size at which a folder is cut.
TEST_F(CompareTrees, FindsWhatAPlainComparisonFinds)
{
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    Files before;
    const std::size_t count = round % 2 == 0 ? 50 : 4090 + random() % 12;
    while (before.size() < count) {
      before[(random() % 8 == 0 ? "s/" : "") + std::to_string(random() % 100'000)] =
          std::to_string(random() % 3);
    }
    Files after = before;
    for (int i = 0; i < 20; ++i) {
      const std::string name = std::to_string(random() % 100'000);
      if (random() % 2 == 0) {
        after["n" + name] = "9";
      } else {
        std::next(after.begin(), static_cast<std::ptrdiff_t>(random() % after.size()))->second =
            "8";
      }
      after.erase(std::next(after.begin(), static_cast<std::ptrdiff_t>(random() % after.size())));
    }
    std::set<std::string> expected;
    for (const auto& [path, content] : before) {
      const auto found = after.find(path);
      if (found == after.end() || found->second != content) {
        expected.insert(path);
      }
    }
    for (const auto& [path, content] : after) {
      if (!before.contains(path)) {
        expected.insert(path);
      }
    }
    const auto diff = compare(folder(before), folder(after));
    std::set<std::string> found;
    for (const auto* list : {&diff.added, &diff.removed, &diff.changed}) {
      for (const auto& change : *list) {
        found.insert(change.path);
      }
    }
    EXPECT_EQ(found, expected) << round;
  }
}

}  // namespace
}  // namespace mlrepro::plan
