// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/file_tree.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>

#include "posix/local_file_tree.hpp"
#include "support/error_of.hpp"
#include "support/memory_file_tree.hpp"
#include "support/memory_stream.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;
using model::ErrorKind;
using ports::Existing;
using ports::FileType;
using ports::FollowLinks;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StringSource;

// A tree and the few things that somebody else does to it.
class RealTree {
 public:
  [[nodiscard]] std::string root() const { return folder_.path(); }
  ports::FileTree& tree() { return tree_; }
  void add_file(const std::string& path, const std::string& content, bool executable = false)
  {
    testing::write_text(path, content);
    fs::permissions(path, executable ? fs::perms(0755) : fs::perms(0644));
  }
  void add_folder(const std::string& path) { fs::create_directories(path); }
  void add_symlink(const std::string& path, const std::string& target)
  {
    fs::create_symlink(target, path);
  }
  void add_other(const std::string& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }
  void remove(const std::string& path) { fs::remove_all(path); }
  void make_unreadable(const std::string& path) { fs::permissions(path, fs::perms::none); }
  static bool may_read_everything() { return ::geteuid() == 0; }

 private:
  testing::TempDir folder_;
  posix::LocalFileTree tree_;
};

class FakeTree {
 public:
  FakeTree() { tree_.add_folder("/w"); }
  [[nodiscard]] static std::string root() { return "/w"; }
  ports::FileTree& tree() { return tree_; }
  void add_file(const std::string& path, const std::string& content, bool executable = false)
  {
    tree_.add_file(path, content, executable);
  }
  void add_folder(const std::string& path) { tree_.add_folder(path); }
  void add_symlink(const std::string& path, const std::string& target)
  {
    tree_.add_symlink(path, target);
  }
  void add_other(const std::string& path) { tree_.add_other(path); }
  void remove(const std::string& path) { tree_.remove(path); }
  void make_unreadable(const std::string& path) { tree_.set_unreadable(path); }
  static bool may_read_everything() { return false; }

 private:
  testing::MemoryFileTree tree_;
};

template <typename World>
class FileTreeContract : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& path) const { return world.root() + "/" + path; }
  ports::FileTree& tree() { return world.tree(); }
  std::string read(const std::string& path) { return ports::read_file(tree(), at(path)); }
  bool exists(const std::string& path)
  {
    return tree().stat(at(path), FollowLinks::no).has_value();
  }
  std::vector<std::string> names(const std::string& path)
  {
    const auto folder = tree().open_folder(path.empty() ? world.root() : at(path));
    return {folder->names().begin(), folder->names().end()};
  }

  World world;
};

using Worlds = ::testing::Types<RealTree, FakeTree>;
TYPED_TEST_SUITE(FileTreeContract, Worlds);

TYPED_TEST(FileTreeContract, TellsWhatEachNameIs)
{
  this->world.add_file(this->at("file"), "12345");
  this->world.add_file(this->at("run.sh"), "", true);
  this->world.add_folder(this->at("folder"));
  this->world.add_symlink(this->at("link"), "file");
  this->world.add_symlink(this->at("dangling"), "nowhere");
  this->world.add_other(this->at("pipe"));
  const auto stat = [&](const char* path, FollowLinks follow = FollowLinks::no) {
    return this->tree().stat(this->at(path), follow);
  };
  EXPECT_EQ(stat("file")->type, FileType::file);
  EXPECT_EQ(stat("file")->size, 5U);
  EXPECT_FALSE(stat("file")->executable);
  EXPECT_TRUE(stat("run.sh")->executable);
  EXPECT_EQ(stat("folder")->type, FileType::folder);
  EXPECT_EQ(stat("folder")->size, 0U) << "what a folder takes is the file system's business";
  EXPECT_FALSE(stat("folder")->executable);
  EXPECT_EQ(stat("link")->type, FileType::symlink);
  EXPECT_EQ(stat("link", FollowLinks::yes)->type, FileType::file);
  EXPECT_EQ(stat("dangling")->type, FileType::symlink);
  EXPECT_FALSE(stat("dangling", FollowLinks::yes));
  EXPECT_EQ(stat("pipe")->type, FileType::other);
  EXPECT_FALSE(stat("absent"));
  EXPECT_FALSE(stat("file/below")) << "a file has nothing below it";
}

TYPED_TEST(FileTreeContract, ListsNamesAsBytesInOrder)
{
  for (const char* name : {"b", "a\n", "\xff\xfe", "A", ".hidden", "a b"}) {
    this->world.add_file(this->at(name), "");
  }
  this->world.add_folder(this->at("a"));
  EXPECT_THAT(this->names(""), ElementsAre(".hidden", "A", "a", "a\n", "a b", "b", "\xff\xfe"));
  EXPECT_THAT(this->names("a"), IsEmpty());
  EXPECT_EQ(error_of([&] { this->names("absent"); }).kind(), ErrorKind::not_found);
  EXPECT_THROW(this->names("b"), model::Error);
}

TYPED_TEST(FileTreeContract, AListedItemIsTheNameItself)
{
  this->world.add_symlink(this->at("link"), "nowhere");
  const auto folder = this->tree().open_folder(this->world.root());
  ASSERT_THAT(folder->names(), ElementsAre("link"));
  EXPECT_EQ(folder->stat("link"), this->tree().stat(this->at("link"), FollowLinks::no));
  EXPECT_EQ(folder->read_link("link"), "nowhere");
  EXPECT_THROW((void)folder->open("link"), model::Error);
}

TYPED_TEST(FileTreeContract, AnOpenFolderReadsWhatIsInIt)
{
  this->world.add_file(this->at("folder/file"), "content");
  const auto folder = this->tree().open_folder(this->at("folder"));
  EXPECT_EQ(ports::read_all(*folder->open("file")), "content");
  EXPECT_EQ(folder->stat("file"), this->tree().stat(this->at("folder/file"), FollowLinks::no));
}

TYPED_TEST(FileTreeContract, ReadsFilesAndNothingElse)
{
  const std::string content(200'000, 'x');
  this->world.add_file(this->at("file"), content);
  this->world.add_file(this->at("empty"), "");
  this->world.add_folder(this->at("folder"));
  this->world.add_symlink(this->at("link"), "file");
  this->world.add_other(this->at("pipe"));
  EXPECT_EQ(this->read("file"), content);
  EXPECT_EQ(this->read("empty"), "");
  EXPECT_EQ(error_of([&] { this->read("absent"); }).kind(), ErrorKind::not_found);
  for (const char* other : {"folder", "link", "pipe"}) {
    const auto error = error_of([&] { this->read(other); });
    EXPECT_EQ(error.kind(), ErrorKind::io) << other;
    EXPECT_THAT(error.message(), HasSubstr(this->at(other)));
  }
}

TYPED_TEST(FileTreeContract, AFileThatChangesUnderItsReaderHasAnotherStat)
{
  this->world.add_file(this->at("file"), "before");
  const auto file = this->tree().open(this->at("file"));
  const auto before = file->stat();
  EXPECT_EQ(before, this->tree().stat(this->at("file"), FollowLinks::no));
  (void)ports::read_all(*file);
  EXPECT_EQ(file->stat(), before) << "reading changes nothing";
  this->world.add_file(this->at("file"), "longer than before");
  EXPECT_NE(file->stat(), before);
}

TYPED_TEST(FileTreeContract, AnOpenFileOutlivesItsName)
{
  this->world.add_file(this->at("file"), "content");
  const auto file = this->tree().open(this->at("file"));
  this->world.remove(this->at("file"));
  EXPECT_EQ(ports::read_all(*file), "content");
}

TYPED_TEST(FileTreeContract, UnreadableIsAnErrorThatNamesThePath)
{
  if (TypeParam::may_read_everything()) {
    GTEST_SKIP() << "root reads everything";
  }
  this->world.add_file(this->at("file"), "x");
  this->world.make_unreadable(this->at("file"));
  this->world.add_file(this->at("folder/x"), "x");
  this->world.make_unreadable(this->at("folder"));
  for (const auto& error :
       {error_of([&] { this->read("file"); }), error_of([&] { this->names("folder"); })}) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_THAT(error.message(), HasSubstr("permission denied"));
  }
  EXPECT_TRUE(this->exists("file"));
}

TYPED_TEST(FileTreeContract, Links)
{
  this->world.add_file(this->at("folder/file"), "x");
  this->world.add_symlink(this->at("link"), "folder/../folder");
  this->world.add_symlink(this->at("odd"), "\xff nowhere");
  EXPECT_EQ(this->tree().read_link(this->at("link")), "folder/../folder");
  EXPECT_EQ(this->tree().read_link(this->at("odd")), "\xff nowhere");
  EXPECT_THROW((void)this->tree().read_link(this->at("folder/file")), model::Error);
  EXPECT_EQ(this->tree().resolve(this->at("link/file")), this->at("folder/file"));
  EXPECT_EQ(this->tree().resolve(this->at("link/new")), this->at("folder/new"));
  EXPECT_EQ(this->tree().resolve(this->at("folder/.././folder")), this->at("folder"));
  EXPECT_EQ(this->read("link/file"), "x") << "only the last component is not followed";
}

TYPED_TEST(FileTreeContract, WritesASmallFileInOneStep)
{
  this->tree().write_file(this->at("new"), "one");
  EXPECT_EQ(this->read("new"), "one");
  this->tree().write_file(this->at("new"), "two");
  EXPECT_EQ(this->read("new"), "two");
  EXPECT_THAT(this->names(""), ElementsAre("new")) << "nothing is left beside it";
  this->world.add_folder(this->at("folder"));
  EXPECT_THROW(this->tree().write_file(this->at("folder"), "x"), model::Error);
  EXPECT_THROW(this->tree().write_file(this->at("absent/x"), "x"), model::Error);
}

class BrokenSource final : public ports::ByteSource {
 public:
  std::size_t read(std::span<std::byte> buffer) override
  {
    if (++reads_ > 2) {
      throw model::Error(ErrorKind::corrupt, "object 'x': its content does not match its name");
    }
    std::fill(buffer.begin(), buffer.end(), std::byte{'x'});
    return buffer.size();
  }

 private:
  int reads_ = 0;
};

template <typename World>
class RestorationContract : public FileTreeContract<World> {
 protected:
  std::unique_ptr<ports::Restoration> begin(const std::string& target,
                                            Existing existing = Existing::refuse)
  {
    return this->tree().begin_restore({this->at(target), existing, ports::Others::keep});
  }
  static void add(ports::Restoration& restoration, const std::string& path,
                  const std::string& content, bool executable = false)
  {
    StringSource source(content);
    restoration.add_file(path, executable, source);
  }
  // The folder that the tests restore: a/run.sh, b.txt, empty/, link -> b.txt.
  static void fill(ports::Restoration& restoration)
  {
    restoration.add_folder("");
    restoration.add_folder("a");
    add(restoration, "a/run.sh", "#!", true);
    add(restoration, "b.txt", "bbb");
    restoration.add_folder("empty");
    restoration.add_symlink("link", "b.txt");
  }
  void expect_filled(const std::string& target)
  {
    EXPECT_EQ(this->read(target + "/a/run.sh"), "#!");
    EXPECT_TRUE(this->tree().stat(this->at(target + "/a/run.sh"), FollowLinks::no)->executable);
    EXPECT_EQ(this->read(target + "/b.txt"), "bbb");
    EXPECT_FALSE(this->tree().stat(this->at(target + "/b.txt"), FollowLinks::no)->executable);
    EXPECT_THAT(this->names(target + "/empty"), IsEmpty());
    EXPECT_EQ(this->tree().read_link(this->at(target + "/link")), "b.txt");
  }
};

TYPED_TEST_SUITE(RestorationContract, Worlds);

TYPED_TEST(RestorationContract, AppearsWholeAndAtOnce)
{
  {
    const auto restoration = this->begin("deep/below/target");
    this->fill(*restoration);
    EXPECT_FALSE(this->exists("deep/below/target"));
    restoration->publish();
  }
  this->expect_filled("deep/below/target");
  EXPECT_THAT(this->names("deep/below"), ElementsAre("target")) << "nothing is left beside it";
}

TYPED_TEST(RestorationContract, UnpublishedLeavesNothing)
{
  this->world.add_file(this->at("mine"), "mine");
  this->fill(*this->begin("target", Existing::replace));
  EXPECT_THAT(this->names(""), ElementsAre("mine"));
}

TYPED_TEST(RestorationContract, OneFile)
{
  const auto restoration = this->begin("data.csv");
  this->add(*restoration, "", "1\n", true);
  restoration->publish();
  EXPECT_EQ(this->read("data.csv"), "1\n");
  EXPECT_TRUE(this->tree().stat(this->at("data.csv"), FollowLinks::no)->executable);
}

TYPED_TEST(RestorationContract, OneFileOverAnother)
{
  this->world.add_file(this->at("data.csv"), "old");
  for (const Existing existing : {Existing::refuse, Existing::replace}) {
    const auto restoration = this->begin("data.csv", existing);
    this->add(*restoration, "", "new");
    if (existing == Existing::refuse) {
      EXPECT_EQ(error_of([&] { restoration->publish(); }).kind(), ErrorKind::conflict);
      EXPECT_EQ(this->read("data.csv"), "old");
    } else {
      restoration->publish();
    }
  }
  EXPECT_EQ(this->read("data.csv"), "new");
  EXPECT_THAT(this->names(""), ElementsAre("data.csv"));
}

TYPED_TEST(RestorationContract, WhatItDidNotWriteStays)
{
  this->world.add_file(this->at("target/mine.txt"), "mine", true);
  this->world.add_file(this->at("target/a/mine.txt"), "mine too");
  this->world.add_symlink(this->at("target/mylink"), "nowhere");
  this->world.add_folder(this->at("target/myfolder/deep"));
  for (const Existing existing : {Existing::replace, Existing::refuse}) {
    const auto restoration = this->begin("target", existing);
    restoration->add_folder("");
    restoration->add_folder("a");
    this->add(*restoration, existing == Existing::replace ? "a/one" : "a/two", "x");
    restoration->publish();
  }
  EXPECT_THAT(this->names("target"), ElementsAre("a", "mine.txt", "myfolder", "mylink"));
  EXPECT_THAT(this->names("target/a"), ElementsAre("mine.txt", "one", "two"));
  EXPECT_EQ(this->read("target/mine.txt"), "mine");
  EXPECT_TRUE(this->tree().stat(this->at("target/mine.txt"), FollowLinks::no)->executable);
  EXPECT_EQ(this->tree().read_link(this->at("target/mylink")), "nowhere");
  EXPECT_TRUE(this->exists("target/myfolder/deep"));
  EXPECT_THAT(this->names(""), ElementsAre("target"));
}

TYPED_TEST(RestorationContract, OtherContentIsRefusedAndNothingIsTouched)
{
  this->world.add_file(this->at("target/b.txt"), "edited");
  const auto restoration = this->begin("target");
  this->fill(*restoration);
  const auto error = error_of([&] { restoration->publish(); });
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_THAT(error.message(), HasSubstr("b.txt"));
  EXPECT_THAT(this->names("target"), ElementsAre("b.txt"));
  EXPECT_EQ(this->read("target/b.txt"), "edited");
}

TYPED_TEST(RestorationContract, ReplaceReplacesItsOwnPathsOnly)
{
  this->world.add_file(this->at("target/b.txt"), "edited");
  this->world.add_symlink(this->at("target/link"), "elsewhere");
  this->world.add_file(this->at("target/c.txt"), "mine");
  const auto restoration = this->begin("target", Existing::replace);
  this->fill(*restoration);
  restoration->publish();
  this->expect_filled("target");
  EXPECT_EQ(this->read("target/c.txt"), "mine");
}

TYPED_TEST(RestorationContract, AKeptFileIsNoChange)
{
  this->world.add_file(this->at("target/b.txt"), "bbb");
  const auto before = this->tree().stat(this->at("target/b.txt"), FollowLinks::no);
  const auto restoration = this->begin("target");
  restoration->add_folder("");
  restoration->keep_file("b.txt", false);
  this->add(*restoration, "new.txt", "new");
  restoration->publish();
  EXPECT_EQ(this->read("target/b.txt"), "bbb");
  EXPECT_EQ(this->tree().stat(this->at("target/b.txt"), FollowLinks::no)->inode, before->inode);
  EXPECT_EQ(this->tree().stat(this->at("target/b.txt"), FollowLinks::no)->mtime_ns,
            before->mtime_ns);
  EXPECT_EQ(this->read("target/new.txt"), "new");
}

TYPED_TEST(RestorationContract, AKeptFileGetsTheRightMode)
{
  this->world.add_file(this->at("target/run.sh"), "#!", false);
  const auto restoration = this->begin("target", Existing::replace);
  restoration->add_folder("");
  restoration->keep_file("run.sh", true);
  EXPECT_FALSE(this->tree().stat(this->at("target/run.sh"), FollowLinks::no)->executable)
      << "not yet";
  restoration->publish();
  EXPECT_TRUE(this->tree().stat(this->at("target/run.sh"), FollowLinks::no)->executable);
  EXPECT_EQ(this->read("target/run.sh"), "#!");
}

TYPED_TEST(RestorationContract, AKeptFileCanBecomeACopyOfItself)
{
  this->world.add_file(this->at("target/a"), "content");
  const auto inode = this->tree().stat(this->at("target/a"), FollowLinks::no)->inode;
  const auto restoration = this->begin("target", Existing::refuse);
  restoration->add_folder("");
  restoration->copy_kept_file("a", false);
  restoration->publish();
  EXPECT_EQ(this->read("target/a"), "content");
  EXPECT_NE(this->tree().stat(this->at("target/a"), FollowLinks::no)->inode, inode);
}

TYPED_TEST(RestorationContract, AHardLinkIsASecondName)
{
  this->world.add_file(this->at("source"), "content");
  this->world.add_file(this->at("target/same"), "content");
  const auto restoration = this->begin("target", Existing::refuse);
  restoration->add_folder("");
  const ports::LinkSource source{this->at("source"), ports::LinkKind::hardlink, false, false};
  ports::LinkSource same = source;
  same.same_content = true;
  EXPECT_EQ(restoration->add_link("new", source), ports::LinkOutcome::linked);
  EXPECT_EQ(restoration->add_link("same", same), ports::LinkOutcome::linked);
  EXPECT_EQ(restoration->add_link("absent", {this->at("absent"), source.kind, false, false}),
            ports::LinkOutcome::gone);
  restoration->publish();
  const auto inode = this->tree().stat(this->at("source"), FollowLinks::no)->inode;
  EXPECT_EQ(this->tree().stat(this->at("target/new"), FollowLinks::no)->inode, inode);
  EXPECT_EQ(this->tree().stat(this->at("target/same"), FollowLinks::no)->inode, inode);
  EXPECT_THAT(this->names("target"), ElementsAre("new", "same"));
}

TYPED_TEST(RestorationContract, ALinkOverOtherContentIsRefused)
{
  this->world.add_file(this->at("source"), "content");
  this->world.add_file(this->at("target/a"), "other");
  const auto restoration = this->begin("target", Existing::refuse);
  restoration->add_folder("");
  (void)restoration->add_link("a", {this->at("source"), ports::LinkKind::hardlink, false, false});
  EXPECT_EQ(error_of([&] { restoration->publish(); }).kind(), ErrorKind::conflict);
  EXPECT_EQ(this->read("target/a"), "other");
}

TYPED_TEST(RestorationContract, WhatIsNotPartOfItCanBeRemoved)
{
  this->world.add_file(this->at("target/kept"), "kept");
  this->world.add_file(this->at("target/extra"), "x");
  this->world.add_file(this->at("target/more/extra"), "x");
  const auto inode = this->tree().stat(this->at("target/kept"), FollowLinks::no)->inode;
  const auto restoration =
      this->tree().begin_restore({this->at("target"), Existing::refuse, ports::Others::remove});
  restoration->add_folder("");
  restoration->keep_file("kept", false);
  restoration->publish();
  EXPECT_THAT(this->names("target"), ElementsAre("kept"));
  EXPECT_EQ(this->tree().stat(this->at("target/kept"), FollowLinks::no)->inode, inode);
}

TYPED_TEST(RestorationContract, AFileThatIsNotThereCanNotBeKept)
{
  this->world.add_folder(this->at("target"));
  const auto restoration = this->begin("target");
  restoration->add_folder("");
  EXPECT_EQ(error_of([&] { restoration->keep_file("absent", false); }).kind(),
            ErrorKind::not_found);
}

TYPED_TEST(RestorationContract, FilesAndFoldersDoNotReplaceEachOther)
{
  this->world.add_file(this->at("target/a/mine"), "mine");
  const auto file = this->begin("target", Existing::replace);
  this->add(*file, "", "content");
  EXPECT_EQ(error_of([&] { file->publish(); }).kind(), ErrorKind::conflict);
  const auto inside = this->begin("target", Existing::replace);
  inside->add_folder("");
  this->add(*inside, "a", "a file where a folder is");
  EXPECT_EQ(error_of([&] { inside->publish(); }).kind(), ErrorKind::conflict);
  const auto folder = this->begin("target/a/mine", Existing::replace);
  folder->add_folder("");
  EXPECT_EQ(error_of([&] { folder->publish(); }).kind(), ErrorKind::conflict);
  EXPECT_EQ(this->read("target/a/mine"), "mine");
}

TYPED_TEST(RestorationContract, NothingIsWrittenThroughALinkInTheTarget)
{
  this->world.add_file(this->at("elsewhere/b.txt"), "precious");
  this->world.add_folder(this->at("target"));
  this->world.add_symlink(this->at("target/a"), "../elsewhere");
  const auto restoration = this->begin("target", Existing::replace);
  restoration->add_folder("");
  restoration->add_folder("a");
  this->add(*restoration, "a/b.txt", "restored");
  restoration->publish();
  EXPECT_EQ(this->read("elsewhere/b.txt"), "precious");
  EXPECT_EQ(this->read("target/a/b.txt"), "restored");
  EXPECT_EQ(this->tree().stat(this->at("target/a"), FollowLinks::no)->type, FileType::folder);
}

TYPED_TEST(RestorationContract, AFailingSourceSpoilsTheRestoration)
{
  this->world.add_file(this->at("target/b.txt"), "old");
  const auto restoration = this->begin("target", Existing::replace);
  restoration->add_folder("");
  BrokenSource broken;
  EXPECT_EQ(error_of([&] { restoration->add_file("b.txt", false, broken); }).kind(),
            ErrorKind::corrupt);
  EXPECT_THROW(restoration->publish(), model::Error);
  EXPECT_EQ(this->read("target/b.txt"), "old");
}

TYPED_TEST(RestorationContract, ATargetThatAppearsMeanwhileIsNotOverwritten)
{
  const auto restoration = this->begin("target", Existing::replace);
  this->fill(*restoration);
  this->world.add_file(this->at("target"), "somebody else's");
  EXPECT_EQ(error_of([&] { restoration->publish(); }).kind(), ErrorKind::conflict);
  EXPECT_EQ(this->read("target"), "somebody else's");
}

TYPED_TEST(RestorationContract, PathsStayInTheTarget)
{
  const auto restoration = this->begin("target");
  restoration->add_folder("");
  for (const char* path : {"../x", "/x", "a/../x", "a//b", "."}) {
    EXPECT_EQ(error_of([&] { restoration->add_folder(path); }).kind(), ErrorKind::usage) << path;
  }
  EXPECT_THROW(this->add(*restoration, "no/folder/above", "x"), model::Error);
}

TYPED_TEST(RestorationContract, NamesAreBytes)
{
  const auto restoration = this->begin("target");
  restoration->add_folder("");
  this->add(*restoration, "\xff\n", "x");
  restoration->add_symlink(" ", "\xfe");
  restoration->publish();
  EXPECT_THAT(this->names("target"), ElementsAre(" ", "\xff\n"));
  EXPECT_EQ(this->tree().read_link(this->at("target/ ")), "\xfe");
}

// What a killed process left of the same target goes away; what another process is at work on, and
// files that only look like it, stay.
TEST(LocalRestoration, RemovesWhatAKilledOneLeft)
{
  testing::TempDir folder;
  testing::write_text(folder / ".target.mlrepro-restore-999999999-1/part", "x");
  testing::write_text(
      folder / (".target.mlrepro-restore-" + std::to_string(::getpid()) + "-77/part"), "x");
  testing::write_text(folder / ".target.mlrepro-restore-notes", "mine");
  testing::write_text(folder / ".other.mlrepro-restore-999999999-1/part", "x");
  posix::LocalFileTree tree;
  const auto restoration =
      tree.begin_restore({folder / "target", Existing::refuse, ports::Others::keep});
  restoration->add_folder("");
  restoration->publish();
  EXPECT_FALSE(fs::exists(folder / ".target.mlrepro-restore-999999999-1"));
  EXPECT_TRUE(
      fs::exists(folder / (".target.mlrepro-restore-" + std::to_string(::getpid()) + "-77/part")));
  EXPECT_TRUE(fs::exists(folder / ".target.mlrepro-restore-notes"));
  EXPECT_TRUE(fs::exists(folder / ".other.mlrepro-restore-999999999-1/part"));
}

// What is behind a link that a folder replaces belongs to somebody else: it is copied.
TEST(LocalRestoration, KeepsACopyOfAFileBehindALink)
{
  testing::TempDir folder;
  testing::write_text(folder / "outside/a", "content");
  fs::create_directory(folder / "target");
  fs::create_symlink(folder / "outside", folder / "target/sub");
  posix::LocalFileTree tree;
  const auto restoration =
      tree.begin_restore({folder / "target", Existing::replace, ports::Others::keep});
  restoration->add_folder("");
  restoration->add_folder("sub");
  restoration->keep_file("sub/a", false);
  restoration->publish();
  EXPECT_FALSE(fs::is_symlink(folder / "target/sub"));
  EXPECT_EQ(testing::read_text(folder / "target/sub/a"), "content");
  EXPECT_FALSE(fs::equivalent(folder / "target/sub/a", folder / "outside/a"));
}

TEST(LocalFileTree, SocketsAndDevicesAreOther)
{
  testing::TempDir folder;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder / "s";
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  const posix::LocalFileTree tree;
  EXPECT_EQ(tree.stat(path, FollowLinks::no)->type, FileType::other);
  EXPECT_THROW((void)tree.open(path), model::Error);
  EXPECT_EQ(tree.stat("/dev/null", FollowLinks::no)->type, FileType::other);
  const auto error = error_of([&] { (void)tree.open("/dev/null"); });
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_THAT(error.message(), HasSubstr("'/dev/null'"));
}

}  // namespace
}  // namespace mlrepro
