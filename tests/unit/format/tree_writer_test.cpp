// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/tree_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

model::TreeEntry file(const std::string& name, std::uint64_t size = 1)
{
  return {name,  model::EntryType::file,
          false, size,
          1,     model::Digest({static_cast<std::uint8_t>(size)})};
}

struct Written {
  model::TreeEntry folder;
  std::map<model::Digest, std::string> nodes;
};

Written write(const std::map<std::string, std::uint64_t>& files)
{
  Written written;
  TreeWriter writer([&](const std::string& bytes) {
    const model::Digest digest =
        crypto::Sha256Digester().digest(std::string(k_tree_prefix) + bytes);
    written.nodes[digest] = bytes;
    return digest;
  });
  for (const auto& [name, size] : files) {
    writer.add(file(name, size));
  }
  written.folder = writer.finish();
  return written;
}

std::map<std::string, std::uint64_t> many(int count, unsigned seed)
{
  std::mt19937 random(seed);
  std::map<std::string, std::uint64_t> files;
  while (files.size() < static_cast<std::size_t>(count)) {
    files["f" + std::to_string(random())] = random() % 200;
  }
  return files;
}

void read(const Written& written, const model::Digest& digest,
          std::vector<model::TreeEntry>& entries)
{
  const model::TreeNode node = decode_tree(written.nodes.at(digest));
  entries.insert(entries.end(), node.entries.begin(), node.entries.end());
  for (const model::TreePart& part : node.parts) {
    const std::size_t before = entries.size();
    read(written, part.digest, entries);
    EXPECT_EQ(entries.at(before).name, part.first_name);
    EXPECT_EQ(entries.size() - before, part.entries);
  }
}

TEST(TreeWriter, ASmallFolderIsOneNode)
{
  for (const int count : {0, 1, 4096}) {
    const Written written = write(many(count, 1));
    ASSERT_EQ(written.nodes.size(), 1U) << count;
    EXPECT_EQ(decode_tree(written.nodes.begin()->second).entries.size(),
              static_cast<std::size_t>(count));
  }
}

TEST(TreeWriter, ABigFolderIsCutAndReadsBack)
{
  for (const int count : {4097, 30'000}) {
    const auto files = many(count, 2);
    const Written written = write(files);
    std::vector<model::TreeEntry> entries;
    read(written, written.folder.digest, entries);
    ASSERT_EQ(entries.size(), files.size());
    std::uint64_t bytes = 0;
    auto expected = files.begin();
    for (const model::TreeEntry& entry : entries) {
      ASSERT_EQ(entry.name, expected->first);
      bytes += expected->second;
      ++expected;
    }
    EXPECT_EQ(written.folder.size, bytes);
    EXPECT_EQ(written.folder.files, files.size());
    const model::TreeNode top = decode_tree(written.nodes.at(written.folder.digest));
    for (std::size_t i = 0; i < top.parts.size(); ++i) {
      EXPECT_LE(top.parts[i].entries, k_max_node_entries);
      EXPECT_TRUE(i + 1 == top.parts.size() || top.parts[i].entries >= k_min_part_entries);
    }
  }
}

TEST(TreeWriter, OneChangeRewritesFewNodes)
{
  const auto files = many(30'000, 3);
  const Written before = write(files);
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    auto changed = files;
    auto victim =
        std::next(changed.begin(), static_cast<std::ptrdiff_t>(random() % changed.size()));
    switch (round % 3) {
      case 0:
        victim->second += 1;
        break;
      case 1:
        changed.erase(victim);
        break;
      default:
        changed["f" + std::to_string(random()) + "x"] = 5;
        break;
    }
    const Written after = write(changed);
    std::size_t fresh = 0;
    for (const auto& [digest, bytes] : after.nodes) {
      fresh += before.nodes.contains(digest) ? 0 : 1;
    }
    EXPECT_GE(fresh, 2U);
    EXPECT_LE(fresh, 8U) << "of " << after.nodes.size();
  }
}

// Whatever a folder went through, its nodes depend on what is in it now.
TEST(TreeWriter, AFolderThatShrinksIsOneNodeAgain)
{
  auto files = many(4096, 5);
  const Written small = write(files);
  files["zzz"] = 1;
  EXPECT_GT(write(files).nodes.size(), 1U);
  files.erase("zzz");
  EXPECT_EQ(write(files).folder, small.folder);
}

// The rule of the cut is part of the format: these nodes must never change.
TEST(TreeWriter, CutsWhereItAlwaysDid)
{
  std::map<std::string, std::uint64_t> files;
  for (int i = 0; i < 10'000; ++i) {
    files["image-" + std::to_string(100'000 + i) + ".png"] = 3;
  }
  const Written written = write(files);
  std::vector<std::uint64_t> sizes;
  for (const model::TreePart& part : decode_tree(written.nodes.at(written.folder.digest)).parts) {
    sizes.push_back(part.entries);
  }
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{263, 1075, 3597, 771, 625, 386, 2193, 630, 460}));
  EXPECT_EQ(written.folder.digest.hex(),
            "f601539d19398c3cc36c8608d53346b2fbc4cb98d0e2a2a66e5b86ec7865bcf6");
}

TEST(TreeNodeParts, OnlyCanonicalBytesAreRead)
{
  model::TreeNode node;
  node.parts = {{"a", 1, 2, 1, model::Digest({1})}, {"b", 300, 2, 1, model::Digest({2})}};
  const std::string bytes = encode_tree(node);
  EXPECT_EQ(decode_tree(bytes), node);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size != 1) {  // the empty folder
      EXPECT_THROW((void)decode_tree(bytes.substr(0, size)), model::Error) << size;
    }
  }
  EXPECT_THROW((void)decode_tree(bytes + "x"), model::Error);
  std::swap(node.parts[0], node.parts[1]);
  EXPECT_THROW((void)decode_tree(encode_tree(node)), model::Error);
  node.parts = {{"a", 0, 0, 0, model::Digest({1})}};
  EXPECT_THROW((void)decode_tree(encode_tree(node)), model::Error);
  node.parts = {{"a/b", 1, 0, 0, model::Digest({1})}};
  EXPECT_THROW((void)decode_tree(encode_tree(node)), model::Error);
}

}  // namespace
}  // namespace mlrepro::format
