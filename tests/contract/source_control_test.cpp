// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/source_control.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "git/git_source_control.hpp"
#include "mlrepro/model/error.hpp"
#include "support/git_workspace.hpp"
#include "support/memory_source_control.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// One repository at `top()` and the few things that a contract needs to do to it.
class RealRepository {
 public:
  RealRepository() { workspace_.init("repo"); }
  [[nodiscard]] std::string top() const { return workspace_ / "repo"; }
  [[nodiscard]] std::string elsewhere() const { return workspace_.path(); }
  void write(const std::string& path, const std::string& content)
  {
    testing::write_text(top() + "/" + path, content);
  }
  void remove(const std::string& path) { std::filesystem::remove(top() + "/" + path); }
  void ignore(const std::string& path)
  {
    testing::write_text(top() + "/.git/info/exclude", path + "\n");
  }
  void stage(const std::string& path) { workspace_.git("repo", {"add", "--all", "--", path}); }
  void commit() { workspace_.git("repo", {"commit", "--quiet", "--message", "work"}); }
  const ports::SourceControl& control() { return control_; }

 private:
  testing::GitWorkspace workspace_;
  git::GitSourceControl control_;
};

class FakeRepository {
 public:
  [[nodiscard]] std::string top() const { return "/work/repo"; }
  [[nodiscard]] std::string elsewhere() const { return "/work"; }
  void write(const std::string& path, const std::string& content) { control_.write(path, content); }
  void remove(const std::string& path) { control_.remove(path); }
  void ignore(const std::string& path) { control_.ignore(path); }
  void stage(const std::string& path) { control_.stage(path); }
  void commit() { control_.commit(); }
  const ports::SourceControl& control() { return control_; }

 private:
  testing::MemorySourceControl control_{"/work/repo"};
};

template <typename RepositoryType>
class SourceControlContract : public ::testing::Test {
 protected:
  void commit_file(const std::string& path, const std::string& content)
  {
    repository.write(path, content);
    repository.stage(path);
    repository.commit();
  }
  ports::WorkingCopy inspect() { return repository.control().inspect(repository.top()).value(); }
  std::vector<std::string> states()
  {
    std::vector<std::string> lines;
    for (const model::CodeChange& change : inspect().state.changes) {
      lines.push_back(change.path + ": " + change.state);
    }
    return lines;
  }

  RepositoryType repository;
};

using Repositories = ::testing::Types<RealRepository, FakeRepository>;
TYPED_TEST_SUITE(SourceControlContract, Repositories);

TYPED_TEST(SourceControlContract, KnowsNothingOutsideARepository)
{
  const auto& control = this->repository.control();
  EXPECT_EQ(control.find_top(this->repository.elsewhere()), std::nullopt);
  EXPECT_EQ(control.find_main_top(this->repository.elsewhere()), std::nullopt);
  EXPECT_EQ(control.inspect(this->repository.elsewhere()), std::nullopt);
}

TYPED_TEST(SourceControlContract, FindsTheTop)
{
  this->repository.write("a/b/f", "1");
  const auto& control = this->repository.control();
  EXPECT_EQ(control.find_top(this->repository.top() + "/a/b"), this->repository.top());
  EXPECT_EQ(control.find_main_top(this->repository.top()), std::nullopt);
  EXPECT_EQ(control.inspect(this->repository.top() + "/a")->top, this->repository.top());
}

TYPED_TEST(SourceControlContract, HasNoCommitBeforeTheFirst)
{
  this->repository.write("f", "1");
  const auto copy = this->inspect();
  EXPECT_TRUE(copy.state.in_git);
  EXPECT_EQ(copy.state.commit, "");
  EXPECT_TRUE(copy.state.dirty);
  EXPECT_THAT(copy.files, ElementsAre("f"));
}

TYPED_TEST(SourceControlContract, IsCleanAfterACommit)
{
  this->commit_file("dir/f", "1\n");
  const auto copy = this->inspect();
  EXPECT_EQ(copy.state.commit.size(), 40U);
  EXPECT_FALSE(copy.state.dirty);
  EXPECT_THAT(copy.state.changes, IsEmpty());
  EXPECT_THAT(copy.files, ElementsAre("dir/f"));
  EXPECT_THAT(copy.untracked, IsEmpty());
  EXPECT_THAT(copy.staged, IsEmpty());
}

TYPED_TEST(SourceControlContract, NamesEveryLayerOfAChange)
{
  for (const char* const name : {"changed", "gone", "staged", "twice", "unstaged_gone"}) {
    this->commit_file(name, std::string(name) + " 1\n");
  }
  auto& repo = this->repository;
  repo.write("changed", "changed 2, longer\n");
  repo.remove("gone");
  repo.stage("gone");
  repo.write("staged", "staged 2, longer\n");
  repo.stage("staged");
  repo.write("twice", "twice 2, longer\n");
  repo.stage("twice");
  repo.write("twice", "twice 3, even longer\n");
  repo.remove("unstaged_gone");
  repo.write("added", "a");
  repo.stage("added");
  repo.write("new", "n");
  EXPECT_THAT(this->states(),
              ElementsAre("added: staged-added", "changed: modified", "gone: staged-deleted",
                          "new: untracked", "staged: staged-modified",
                          "twice: staged-modified+modified", "unstaged_gone: deleted"));
  const auto copy = this->inspect();
  EXPECT_TRUE(copy.state.dirty);
  EXPECT_THAT(copy.files, ElementsAre("added", "changed", "new", "staged", "twice"));
  EXPECT_THAT(copy.untracked, ElementsAre("new"));
  ASSERT_EQ(copy.staged.size(), 1U);
  EXPECT_EQ(copy.staged[0].path, "twice");
  EXPECT_EQ(repo.control().read_staged(repo.top(), copy.staged[0].blob), "twice 2, longer\n");
}

TYPED_TEST(SourceControlContract, KeepsWhatIsOnlyInTheIndex)
{
  this->commit_file("f", "committed\n");
  this->repository.write("f", "only staged\n");
  this->repository.stage("f");
  this->repository.write("f", "committed\n");
  EXPECT_THAT(this->states(), ElementsAre("f: staged-modified+modified"));
  const auto copy = this->inspect();
  ASSERT_EQ(copy.staged.size(), 1U);
  EXPECT_EQ(this->repository.control().read_staged(this->repository.top(), copy.staged[0].blob),
            "only staged\n");
}

TYPED_TEST(SourceControlContract, LeavesOutWhatIsIgnored)
{
  this->repository.ignore("model.pkl");
  this->repository.write("model.pkl", "weights");
  this->repository.write("train.py", "print()");
  EXPECT_THAT(this->inspect().files, ElementsAre("train.py"));
  EXPECT_THAT(this->states(), ElementsAre("train.py: untracked"));
}

TYPED_TEST(SourceControlContract, ListsAFolderBeforeItsNeighbours)
{
  for (const char* const name : {"a-b", "a/c", "a.txt", "a/b/d", "b"}) {
    this->repository.write(name, "1");
  }
  EXPECT_THAT(this->inspect().files, ElementsAre("a/b/d", "a/c", "a-b", "a.txt", "b"));
}

TYPED_TEST(SourceControlContract, RefusesAnUnknownStagedObject)
{
  this->commit_file("f", "1");
  for (const std::string& blob : {std::string(40, 'e'), std::string("no id")}) {
    try {
      (void)this->repository.control().read_staged(this->repository.top(), blob);
      FAIL() << blob;
    } catch (const model::Error& error) {
      EXPECT_EQ(error.kind(), model::ErrorKind::external);
      EXPECT_THAT(error.message(), HasSubstr("'" + blob + "'"));
    }
  }
}

TYPED_TEST(SourceControlContract, ReadsTheFilesOfACommit)
{
  this->commit_file("a/b", "1\n");
  this->commit_file("c", "2\n");
  this->repository.write("c", "not committed\n");
  const ports::SourceControl& control = this->repository.control();
  const auto commit = control.find_commit(this->repository.top(), "HEAD");
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit, this->inspect().state.commit);
  EXPECT_EQ(control.find_commit(this->repository.top(), *commit), commit);
  std::map<std::string, std::string> files;
  control.for_each_committed(this->repository.top(), *commit,
                             [&](const ports::CommittedFile& file) {
                               EXPECT_FALSE(file.executable || file.symlink);
                               files[file.path] = file.content;
                             });
  EXPECT_THAT(files, ElementsAre(std::pair("a/b", "1\n"), std::pair("c", "2\n")));
}

TYPED_TEST(SourceControlContract, FindsNoCommitWhereThereIsNone)
{
  const ports::SourceControl& control = this->repository.control();
  EXPECT_EQ(control.find_commit(this->repository.top(), "HEAD"), std::nullopt);
  this->commit_file("f", "1");
  for (const char* const revision : {"no-such", "HEAD~1", "--all", "HEAD:f"}) {
    EXPECT_EQ(control.find_commit(this->repository.top(), revision), std::nullopt) << revision;
  }
  EXPECT_EQ(control.find_commit(this->repository.elsewhere(), "HEAD"), std::nullopt);
}

TYPED_TEST(SourceControlContract, ComparesText)
{
  const auto patch =
      this->repository.control().compare_text("dir/f.py", "a\nb\nc\n", "a\nB\nc\nd\n");
  EXPECT_FALSE(patch.binary);
  EXPECT_GE(patch.added_lines, 2);
  EXPECT_EQ(patch.added_lines - patch.removed_lines, 1);
  EXPECT_THAT(patch.text, StartsWith("--- a/dir/f.py\n+++ b/dir/f.py\n@@ -"));
  EXPECT_THAT(patch.text, HasSubstr("\n-b\n"));
  EXPECT_THAT(patch.text, HasSubstr("\n+B\n"));
}

TEST(GitSourceControl, IsTheSameWhenItWasStartedEarly)
{
  testing::GitWorkspace workspace;
  workspace.init("repo");
  testing::write_text(workspace / "repo/a.py", "1\n");
  {
    const git::GitSourceControl unused;
    unused.start_early();
  }
  const git::GitSourceControl early;
  early.start_early();
  early.start_early();
  const auto found = early.inspect(workspace / "repo");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->files, git::GitSourceControl().inspect(workspace / "repo")->files);
  EXPECT_THAT(found->files, ElementsAre("a.py"));
}

TYPED_TEST(SourceControlContract, ComparesWithNothing)
{
  const auto& control = this->repository.control();
  EXPECT_EQ(control.compare_text("f", "", "").text, "");
  EXPECT_EQ(control.compare_text("f", "same\n", "same\n").text, "");
  const auto added = control.compare_text("f", {}, "1\n2\n");
  EXPECT_EQ(added.added_lines, 2);
  EXPECT_EQ(added.removed_lines, 0);
  const auto removed = control.compare_text("f", "1\n2\n", {});
  EXPECT_EQ(removed.added_lines, 0);
  EXPECT_EQ(removed.removed_lines, 2);
  EXPECT_THAT(control.compare_text("f", "1", "2").text, HasSubstr("\\ No newline at end of file"));
}

TYPED_TEST(SourceControlContract, ShowsNoTextOfBinaryContent)
{
  using namespace std::string_literals;
  const auto patch = this->repository.control().compare_text("f", "a\0b"s, "a\0c"s);
  EXPECT_TRUE(patch.binary);
  EXPECT_EQ(patch.text, "");
}

}  // namespace
}  // namespace mlrepro
