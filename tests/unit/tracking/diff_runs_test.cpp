// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/diff_runs.hpp"

#include <gmock/gmock.h>

#include "mlrepro/tracking/capture_code.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "mlrepro/tracking/verify_roots.hpp"
#include "mlrepro/versioning/snapshot.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DiffRuns : public ::testing::Test {
 protected:
  DiffRuns() { world_.clock.set({2'000'000'000'000}); }

  // The working tree and its data, as a run would record them now.
  model::Run record(const std::string& name, model::Stored stored = model::Stored::content)
  {
    model::Run run;
    run.id = model::RunId::from_bytes(world_.clock.random_bytes());
    run.name = name;
    run.command = {"python3", "train.py"};
    run.top = "/p";
    run.code = capture_code(world_.ports, {"/p", {"/p/data"}, 1'000'000'000, stored});
    run.inputs.resize(1);
    run.inputs[0].path = "data";
    record_data(world_.ports, {"/p", run.id}, stored, run.inputs[0]);
    run.environment = world_.probe.environment;
    world_.runs.insert(run);
    return run;
  }
  model::RunDiff diff(const model::Run& a, const model::Run& b, Patch patch = Patch::no)
  {
    return diff_runs(world_.ports, a, b, plan::List::differences, patch);
  }
  static std::vector<std::string> paths(const std::vector<model::FileChange>& changes)
  {
    std::vector<std::string> found;
    for (const model::FileChange& change : changes) {
      found.push_back(change.path);
    }
    return found;
  }

  testing::UseCaseWorld world_;
};

TEST_F(DiffRuns, EqualRunsAreTheSame)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  const model::Run a = record("a");
  const model::Run b = record("b");
  EXPECT_TRUE(diff(a, b).same);
}

TEST_F(DiffRuns, FilesOfCodeAndDataAreNamed)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  world_.files.add_file("/p/data/b.csv", "2\n");
  const model::Run a = record("a");
  world_.add_code("train.py", "print(1)\nprint(2)\n");
  world_.add_code("lib/new.py", "x\n");
  world_.add_code("blob.bin", std::string("\0\1", 2));
  world_.files.add_file("/p/data/a.csv", "1\n2\n");
  world_.files.remove("/p/data/b.csv");
  world_.files.add_file("/p/data/c.csv", "3\n");
  const model::Run b = record("b");
  const model::RunDiff found = diff(a, b, Patch::yes);
  EXPECT_FALSE(found.same);
  ASSERT_THAT(found.code.files, SizeIs(3));
  EXPECT_EQ(found.code.files[0].path, "blob.bin");
  EXPECT_EQ(found.code.files[0].state, model::FileState::added);
  EXPECT_FALSE(found.code.files[0].added_lines) << "a binary file has no lines";
  EXPECT_EQ(found.code.files[1].path, "lib/new.py");
  EXPECT_EQ(found.code.files[2].path, "train.py");
  EXPECT_EQ(found.code.files[2].added_lines, 1);
  EXPECT_THAT(found.code.files[2].patch, HasSubstr("+print(2)"));
  EXPECT_THAT(diff(a, b).code.files[2].patch, IsEmpty());
  ASSERT_THAT(found.inputs, SizeIs(1));
  EXPECT_THAT(paths(found.inputs[0].files.added), ElementsAre("c.csv"));
  EXPECT_THAT(paths(found.inputs[0].files.removed), ElementsAre("b.csv"));
  EXPECT_THAT(paths(found.inputs[0].files.changed), ElementsAre("a.csv"));
}

TEST_F(DiffRuns, HugeFilesAreNamedWithoutLines)
{
  const model::Run a = record("a");
  world_.add_code("train.py", std::string(5'000'000, 'x'));
  const model::Run b = record("b");
  const auto files = diff(a, b, Patch::yes).code.files;
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_FALSE(files[0].added_lines);
  EXPECT_THAT(files[0].patch, IsEmpty());
}

TEST_F(DiffRuns, ContentThatIsGoneMakesItsPartUnknown)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  const model::Run a = record("a");
  world_.add_code("train.py", "changed\n");
  world_.files.add_file("/p/data/a.csv", "2\n");
  const model::Run b = record("b");
  world_.stored.remove(*a.code.digest);
  world_.stored.remove(*a.inputs[0].digest);
  const model::RunDiff found = diff(a, b);
  EXPECT_FALSE(found.code.comparable);
  EXPECT_FALSE(found.inputs[0].files_known);
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr("can't be compared by file")));
}

TEST_F(DiffRuns, DataKnownByItsIdentityOnlyDiffersWithoutFiles)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  const model::Run a = record("a", model::Stored::identity_only);
  world_.files.add_file("/p/data/a.csv", "2\n");
  const model::Run b = record("b");
  const model::RunDiff found = diff(a, b);
  ASSERT_THAT(found.inputs, SizeIs(1));
  EXPECT_FALSE(found.inputs[0].files_known);
}

TEST_F(DiffRuns, WithTheWorkingTree)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  const model::Run a = record("a");
  const Place place{"/p", "/p"};
  const auto with_tree = [&] {
    return diff_with_working_tree(world_.ports, place, a,
                                  {plan::List::differences, Patch::yes, 1000});
  };
  EXPECT_TRUE(with_tree().same);
  world_.files.add_file("/p/data/a.csv", "2\n");
  world_.add_code("train.py", "print(3)\n");
  world_.probe.environment.packages = {{"numpy", "2.0", "dist-info"}};
  const model::RunDiff found = with_tree();
  EXPECT_EQ(found.b_name, "working tree");
  EXPECT_THAT(paths(found.inputs[0].files.changed), ElementsAre("a.csv"));
  ASSERT_THAT(found.code.files, SizeIs(1));
  EXPECT_THAT(found.code.files[0].patch, HasSubstr("+print(3)"));
  ASSERT_THAT(found.environment, SizeIs(1));
  EXPECT_EQ(found.environment[0].item, "package numpy");
  world_.files.remove("/p/data/a.csv");
  world_.files.remove("/p/data");
  EXPECT_EQ(with_tree().inputs[0].b, std::nullopt);
  EXPECT_THAT(world_.data.snapshots.list({}), SizeIs(1)) << "a look records nothing";
  for (const std::string text : {"2\n", "print(3)\n"}) {
    EXPECT_EQ(world_.objects.find(world_.digester.digest(text)), std::nullopt) << "nor stores it";
  }
}

TEST_F(DiffRuns, ContentsAndPaths)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  const auto take = [&] {
    const auto snapshot =
        versioning::take_snapshot(world_.data, {"/p/data", "data", "", model::Stored::content});
    return Content{snapshot.root, snapshot.id, "data", true};
  };
  const Content first = take();
  EXPECT_TRUE(diff_with_path(world_.ports, {"/p", "/p"}, first).same);
  world_.files.add_file("/p/data/b.csv", "2\n");
  const auto with_path = diff_with_path(world_.ports, {"/p", "/p"}, first);
  EXPECT_FALSE(with_path.same);
  EXPECT_THAT(paths(with_path.files.added), ElementsAre("b.csv"));
  EXPECT_EQ(world_.objects.find(world_.digester.digest("2\n")), std::nullopt)
      << "a look stores nothing";
  const Content second = take();
  EXPECT_TRUE(diff_contents(world_.ports, first, first).same);
  EXPECT_THAT(paths(diff_contents(world_.ports, second, first).files.removed),
              ElementsAre("b.csv"));
  world_.stored.remove(second.root.digest);
  EXPECT_EQ(testing::error_of([&] { (void)diff_contents(world_.ports, first, second); }).kind(),
            model::ErrorKind::corrupt);
}

class VerifyRoots : public DiffRuns {
 protected:
  static std::vector<std::string> labels(const std::vector<versioning::VerifyRoot>& roots)
  {
    std::vector<std::string> found;
    for (const auto& root : roots) {
      found.push_back(root.label);
    }
    return found;
  }
};

TEST_F(VerifyRoots, AreAllThatARunNeeds)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  model::Run run = record("a");
  run.id = model::RunId::from_bytes({9});
  run.logs.stdout_digest = model::Digest({1});
  run.logs.index_digest = model::Digest({2});
  run.artifacts = {{"plot.png", model::Digest({3}), 1}};
  run.code.changes = {{"train.py", "staged-modified+modified", model::Digest({4})}};
  run.outputs = {{"big.bin", model::Digest({5}), model::Digest({6}), 1, 1, false, false}};
  world_.runs.insert(run);
  Target target;
  target.run = run;
  EXPECT_THAT(labels(roots_of(world_.ports, target)),
              ElementsAre("", "(stdout)", "(log index)", "plot.png", "train.py (staged)", "data"))
      << "of big.bin there is no content to verify";
  target.data = run.inputs[0];
  const auto roots = roots_of(world_.ports, target);
  EXPECT_THAT(labels(roots), ElementsAre("data"));
  EXPECT_THAT(roots[0].runs, SizeIs(2)) << "both runs use it";
  const auto all = all_roots(world_.ports);
  EXPECT_THAT(labels(all), SizeIs(7))
      << "one snapshot, the code of two runs, and the rest of the second";
}

TEST_F(VerifyRoots, ALaterLookAtTheSameDataHidesNoContent)
{
  world_.files.add_file("/p/data/a.csv", "1\n");
  const auto stored =
      versioning::take_snapshot(world_.data, {"/p/data", "data", "", model::Stored::content});
  world_.clock.advance_ms(1000);
  const auto look =
      versioning::take_snapshot(world_.data, {"/p/data", "data", "", model::Stored::identity_only});
  ASSERT_EQ(look.id, stored.id);
  EXPECT_THAT(labels(all_roots(world_.ports)), ElementsAre("data"));
  Target target;
  target.snapshot = look;
  EXPECT_THAT(labels(roots_of(world_.ports, target)), ElementsAre("data"));
}

}  // namespace
}  // namespace mlrepro::tracking
