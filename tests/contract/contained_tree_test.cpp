// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "mlrepro/model/error.hpp"
#include "posix/local_contained_tree.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using ports::FileType;

struct ContainedTree : ::testing::Test {
  ContainedTree()
  {
    testing::write_text(dir / "outside/secret", "secret");
    testing::write_text(dir / "tree/a/file", "content");
    link("../../outside", "tree/a/up");
    link("../../outside/secret", "tree/a/out");
    link((dir / "tree/a/file").c_str(), "tree/a/absolute");
    link("file", "tree/a/inside");
    link("../a/file", "tree/a/around");
    link(".", "tree/a/self");
    link("nowhere", "tree/a/broken");
    link("../outside", "tree/door");
    EXPECT_EQ(::mkfifo((dir / "tree/a/pipe").c_str(), 0600), 0);
  }

  void link(const char* target, const char* name) const
  {
    EXPECT_EQ(::symlink(target, (dir / name).c_str()), 0);
  }
  [[nodiscard]] std::string read(const std::string& path) const
  {
    const auto source = posix::LocalContainedTree(dir / "tree").open(path);
    return ports::read_all(*source);
  }

  testing::TempDir dir;
};

TEST_F(ContainedTree, FilesAreReadAndListed)
{
  EXPECT_EQ(read("a/file"), "content");
  const posix::LocalContainedTree tree(dir / "tree");
  const auto entries = tree.list("");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->at(0).name, "a");
  EXPECT_EQ(entries->at(0).type, FileType::folder);
  EXPECT_EQ(entries->at(1).type, FileType::symlink);
}

TEST_F(ContainedTree, ALinkIsFollowedToAFileInsideAlone)
{
  EXPECT_EQ(read("a/inside"), "content");
  EXPECT_EQ(read("a/around"), "content");
  const posix::LocalContainedTree tree(dir / "tree");
  std::map<std::string, FileType> types;
  const auto entries = tree.list("a");
  ASSERT_TRUE(entries);
  for (const auto& entry : *entries) {
    types[entry.name] = entry.type;
  }
  EXPECT_EQ(types.at("inside"), FileType::file);
  EXPECT_EQ(types.at("around"), FileType::file);
  for (const char* name : {"up", "out", "absolute", "self", "broken"}) {
    EXPECT_EQ(types.at(name), FileType::symlink) << name;
  }
  EXPECT_EQ(types.at("pipe"), FileType::other);
}

TEST_F(ContainedTree, NothingOutsideIsOpened)
{
  for (const char* path : {"a/out", "a/up/secret", "door/secret", "../outside/secret", "a/absolute",
                           "a/../../outside/secret", "/etc/passwd", "a/pipe", "a", "a/none"}) {
    EXPECT_THROW((void)read(path), model::Error) << path;
  }
  const posix::LocalContainedTree tree(dir / "tree");
  for (const char* path : {"door", "..", "a/up", "/etc", "none", "a/file"}) {
    EXPECT_FALSE(tree.list(path)) << path;
  }
}

TEST_F(ContainedTree, TheRootItselfMayBeALink)
{
  link("tree", "way");
  const posix::LocalContainedTree tree(dir / "way");
  EXPECT_EQ(tree.root(), dir / "tree");
  EXPECT_TRUE(tree.list("a"));
  EXPECT_THROW(posix::LocalContainedTree(dir / "none"), model::Error);
}

}  // namespace
}  // namespace mlrepro
