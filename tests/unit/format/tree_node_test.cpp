// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/tree_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using model::EntryType;
using model::ErrorKind;
using model::TreeEntry;
using model::TreeNode;
using ::testing::HasSubstr;

TreeEntry entry(const std::string& name, EntryType type = EntryType::file)
{
  model::Digest::Bytes bytes{};
  bytes.fill(static_cast<std::uint8_t>(name.size()));
  return {name, type, false, 12, 1, model::Digest(bytes)};
}

// The bytes of an entry behind its name: kind, size, files, digest.
const std::string k_rest = std::string("\0\x05\x01", 3) + std::string(32, 'd');

std::string named(const std::string& name)
{
  return static_cast<char>(name.size()) + name + k_rest;
}

TEST(TreeNode, ReadsWhatItWrites)
{
  TreeEntry program = entry("run.sh");
  program.executable = true;
  program.size = UINT64_MAX;
  TreeEntry folder = entry("z", EntryType::folder);
  folder.files = 300;
  const TreeNode node{
      {entry("a"), entry("link", EntryType::symlink), program, folder, entry("\xff\n")}, {}};
  const std::string bytes = encode_tree(node);
  EXPECT_EQ(decode_tree(bytes), node);
  EXPECT_EQ(encode_tree(decode_tree(bytes)), bytes);
  EXPECT_EQ(decode_tree(encode_tree({})), TreeNode{});
  EXPECT_EQ(encode_tree({}), std::string(1, '\0'));
}

TEST(TreeNode, HasTheBytesThatItsFormatSays)
{
  const TreeNode node{{{"a", EntryType::file, true, 300, 1, model::Digest()}}, {}};
  EXPECT_EQ(encode_tree(node), std::string("\x01\x01"
                                           "a"
                                           "\x04\xac\x02\x01",
                                           7) +
                                   std::string(32, '\0'));
}

TEST(TreeNode, RefusesNamesThatNoFolderHas)
{
  for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                  std::string("a/b"), std::string("/"), std::string("a\0b", 3)}) {
    testing::expect_error(ErrorKind::corrupt, HasSubstr("bad name"),
                          [&] { decode_tree("\x01" + named(name)); });
  }
  EXPECT_EQ(decode_tree("\x01" + named("...")).entries[0].name, "...");
}

TEST(TreeNode, RefusesAnyOrderButOne)
{
  EXPECT_EQ(decode_tree("\x02" + named("a") + named("b")).entries.size(), 2U);
  EXPECT_EQ(decode_tree("\x02" + named("a") + named("\xff")).entries.size(), 2U);
  for (const std::string& body :
       {named("b") + named("a"), named("a") + named("a"), named("\xff") + named("a")}) {
    testing::expect_error(ErrorKind::corrupt, HasSubstr("out of order"),
                          [&] { decode_tree("\x02" + body); });
  }
}

TEST(TreeNode, RefusesEveryTruncationAndAnyByteMore)
{
  const std::string bytes = "\x02" + named("a") + named("b");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    testing::expect_error(ErrorKind::corrupt, HasSubstr("byte "),
                          [&] { decode_tree(bytes.substr(0, size)); });
  }
  testing::expect_error(ErrorKind::corrupt, HasSubstr("behind the last entry"),
                        [&] { decode_tree(bytes + std::string(1, '\0')); });
}

TEST(TreeNode, RefusesNumbersThatAreNotShortest)
{
  const std::string digest(32, 'd');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {std::string("\x80\x00", 2), "needless byte"},
      {std::string("\x01\x01"
                   "a"
                   "\x00\x85\x00\x01",
                   7) +
           digest,
       "needless byte"},
      {std::string("\x01\x01"
                   "a"
                   "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x01",
                   15) +
           digest,
       "too large"},
      {std::string("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11) + "a", "ends early"},
      {std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10), "ends early"}};
  for (const auto& [bytes, message] : cases) {
    testing::expect_error(ErrorKind::corrupt, HasSubstr(message),
                          [&bytes = bytes] { decode_tree(bytes); });
  }
}

TEST(TreeNode, RefusesUnknownKinds)
{
  for (const char kind : {'\x03', '\x05', '\x06', '\x07', '\x08', '\x10', '\x80'}) {
    const std::string bytes = std::string(
                                  "\x01\x01"
                                  "a") +
                              kind + k_rest.substr(1);
    EXPECT_THROW(decode_tree(bytes), model::Error) << static_cast<int>(kind);
  }
}

TEST(TreeNode, NamesASnapshotByItsRootWithoutItsName)
{
  TreeEntry one = entry("one", EntryType::folder);
  TreeEntry two = one;
  two.name = "two";
  EXPECT_EQ(encode_root(one), encode_root(two));
  two.executable = true;
  EXPECT_NE(encode_root(one), encode_root(two));
}

}  // namespace
}  // namespace mlrepro::format
