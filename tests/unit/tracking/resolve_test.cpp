// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/resolve.hpp"

#include <gmock/gmock.h>

#include "mlrepro/versioning/snapshot.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using model::ErrorKind;
using ::testing::AllOf;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Resolve : public ::testing::Test {
 protected:
  model::Run add_run(const std::string& id, const std::string& name,
                     const std::string& experiment = "main")
  {
    model::Run run;
    run.id = model::RunId::parse(id + std::string(32 - id.size(), '0')).value();
    run.name = name;
    run.experiment = experiment;
    run.status = model::RunStatus::finished;
    world_.clock.advance_ms(1000);
    run.started_at = world_.clock.now();
    run.inputs = inputs_;
    run.tags = tags_;
    world_.runs.insert(run);
    return run;
  }
  model::Snapshot add_snapshot(const std::string& path, const std::string& content,
                               const std::string& name = "")
  {
    world_.files.add_file("/p/" + path, content);
    world_.clock.advance_ms(1000);
    return versioning::take_snapshot(world_.data,
                                     {"/p/" + path, path, name, model::Stored::content});
  }
  model::RunData data_of(const model::Snapshot& snapshot) const
  {
    return {snapshot.path, snapshot.id, snapshot.root.digest, 1, 1, true, false};
  }
  Target find(const std::string& reference) { return resolve(world_.ports, place_, reference); }
  std::string run_named(const std::string& reference)
  {
    const Target target = find(reference);
    return target.run && !target.data && !target.snapshot ? target.run->name : "(no run)";
  }
  model::Error refusal(const std::string& reference)
  {
    return error_of([&] { (void)find(reference); });
  }

  testing::UseCaseWorld world_;
  Place place_{"/p", "/p"};
  std::vector<model::RunData> inputs_;
  std::map<std::string, std::string> tags_;
};

TEST_F(Resolve, EveryWayToNameARun)
{
  tags_ = {{"stage", "o'hara"}};
  add_run("aa11", "first");
  tags_ = {{"stage", "prod"}};
  add_run("aa22", "second", "other");
  tags_.clear();
  add_run("bb33", "third");
  EXPECT_EQ(run_named("aa11" + std::string(28, '0')), "first");
  EXPECT_EQ(run_named("aa1"), "first");
  EXPECT_EQ(run_named("b"), "third");
  EXPECT_EQ(run_named("first"), "first");
  EXPECT_EQ(run_named("fir"), "first");
  EXPECT_EQ(run_named("@1"), "third");
  EXPECT_EQ(run_named("@3"), "first");
  EXPECT_EQ(run_named("@other:1"), "second");
  EXPECT_EQ(run_named("@main:2"), "first");
  EXPECT_EQ(run_named("tag:stage=prod"), "second");
  EXPECT_EQ(run_named("tag:stage=o'hara"), "first");
  EXPECT_EQ(resolve_run(world_.ports, place_, "@1").name, "third");
}

TEST_F(Resolve, AnExactNameBeatsAPrefixAndAnId)
{
  add_run("fade", "one");
  add_run("aa11", "fade");
  add_run("bb22", "fade-2");
  EXPECT_EQ(run_named("fade"), "fade");
  EXPECT_EQ(run_named("fad"), "one") << "an id's prefix beats a name's";
}

TEST_F(Resolve, AmbiguousReferencesNameTheCandidates)
{
  for (const char* id : {"aa11", "aa22", "aa33", "aa44", "aa55", "aa66", "aa77"}) {
    add_run(id, "same");
  }
  auto error = refusal("same");
  EXPECT_EQ(error.kind(), ErrorKind::ambiguous);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("names 7 runs"), HasSubstr("same (aa770000)"),
                                     HasSubstr("and 2 more")));
  error = refusal("aa");
  EXPECT_EQ(error.kind(), ErrorKind::ambiguous);
  EXPECT_THAT(error.hint(), HasSubstr("more of the id"));
  tags_ = {{"k", "v"}};
  add_run("bb11", "x");
  add_run("bb22", "y");
  EXPECT_EQ(refusal("tag:k=v").kind(), ErrorKind::ambiguous);
}

TEST_F(Resolve, UnknownReferencesSayWhatThereIs)
{
  auto error = refusal("nothing");
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.hint(), HasSubstr("mlrepro list"));
  add_run("aa11", "brave-otter");
  add_snapshot("data.csv", "1\n", "sales");
  EXPECT_EQ(refusal("brave-oter").hint(), "did you mean 'brave-otter'?");
  EXPECT_EQ(refusal("salse").hint(), "did you mean 'sales'?");
  EXPECT_EQ(refusal("@2").kind(), ErrorKind::not_found);
  EXPECT_THAT(refusal("@2").message(), HasSubstr("fewer runs"));
  EXPECT_EQ(refusal("@elsewhere:1").kind(), ErrorKind::not_found);
  EXPECT_EQ(refusal("tag:brave-oter=x").kind(), ErrorKind::not_found);
  EXPECT_THAT(refusal("tag:brave-oter=x").hint(), HasSubstr("mlrepro list"))
      << "a tag is no run's name";
  for (const char* bad : {"", "@", "@0", "@x:0", "tag:x", "first:"}) {
    EXPECT_EQ(refusal(bad).kind(), ErrorKind::usage) << bad;
  }
}

TEST_F(Resolve, EveryWayToNameASnapshot)
{
  const auto snapshot = add_snapshot("in/data.csv", "1\n", "sales");
  const auto other = add_snapshot("b.csv", "2\n");
  place_.cwd = "/p/in";
  for (const std::string& reference :
       {std::string("sales"), std::string("in/data.csv"), std::string("data.csv"),
        std::string("./data.csv"), snapshot.id.hex(), snapshot.id.to_string(),
        snapshot.id.hex().substr(0, 10), snapshot.root.digest.hex()}) {
    const Target target = find(reference);
    ASSERT_TRUE(target.snapshot) << reference;
    EXPECT_EQ(target.snapshot->id, snapshot.id) << reference;
    EXPECT_FALSE(target.run);
  }
  EXPECT_EQ(find("../b.csv").snapshot->id, other.id);
  EXPECT_EQ(error_of([&] { (void)resolve_run(world_.ports, place_, "sales"); }).kind(),
            ErrorKind::usage);
}

TEST_F(Resolve, ADatasetIsItsNewestSnapshot)
{
  add_snapshot("data.csv", "1\n");
  const auto newest = add_snapshot("data.csv", "2\n");
  EXPECT_EQ(find("data.csv").snapshot->id, newest.id);
}

TEST_F(Resolve, ADatasetBeatsTheBeginningOfARunsName)
{
  add_run("aa11", "sales-model");
  const auto snapshot = add_snapshot("data.csv", "1\n", "sales");
  EXPECT_EQ(find("sales").snapshot->id, snapshot.id);
  EXPECT_EQ(run_named("sales-"), "sales-model");
  add_run("bb11", "sales");
  EXPECT_EQ(run_named("sales"), "sales") << "but not its whole name";
}

TEST_F(Resolve, APointerFileNamesItsSnapshot)
{
  const auto snapshot = add_snapshot("in/data.csv", "1\n");
  add_snapshot("copy.csv", "1\n");
  versioning::write_pointer(world_.data, "/p/in/data.csv", snapshot);
  place_.cwd = "/p/in";
  const Target target = find("data.csv.snap");
  EXPECT_EQ(target.snapshot->id, snapshot.id);
  EXPECT_EQ(target.snapshot->path, "in/data.csv") << "not the other path with the same content";
  world_.files.add_file("/p/in/foreign.snap", "not a pointer");
  EXPECT_EQ(refusal("foreign.snap").kind(), ErrorKind::corrupt);
  EXPECT_EQ(refusal("absent.snap").kind(), ErrorKind::not_found);
  world_.files.add_file("/q/x.csv", "never taken here");
  model::Snapshot elsewhere = snapshot;
  elsewhere.id = model::Digest({1});
  versioning::write_pointer(world_.data, "/p/in/x.csv", elsewhere);
  EXPECT_EQ(refusal("x.csv.snap").kind(), ErrorKind::not_found);
  EXPECT_THAT(refusal("x.csv.snap").hint(), HasSubstr("--store"));
}

TEST_F(Resolve, APathOfARun)
{
  const auto snapshot = add_snapshot("in/data.csv", "1\n");
  inputs_ = {data_of(snapshot), {"absent.csv", {}, {}, 0, 0, true, false}};
  add_run("aa11", "first");
  Target target = find("first:in/data.csv");
  EXPECT_EQ(target.run->name, "first");
  EXPECT_EQ(target.data->path, "in/data.csv");
  place_.cwd = "/p/in";
  EXPECT_EQ(find("@1:data.csv").data->path, "in/data.csv");
  EXPECT_EQ(find("@main:1:data.csv").data->path, "in/data.csv");
  EXPECT_EQ(refusal("first:in/dtaa.csv").hint(), "did you mean 'in/data.csv'?");
  EXPECT_EQ(refusal("first:model").hint(), "it has: in/data.csv, absent.csv");
  EXPECT_TRUE(refusal("first:in/data.csv/a.csv").hint().starts_with("it is below 'in/data.csv'"));
  EXPECT_EQ(error_of([&] { (void)resolve_run(world_.ports, place_, "first:in/data.csv"); }).kind(),
            ErrorKind::usage);
}

TEST_F(Resolve, ContentIsASnapshotOrAPathOfARun)
{
  const auto content = [&](const std::string& reference) {
    return resolve_content(world_.ports, place_, reference);
  };
  const auto snapshot = add_snapshot("data.csv", "1\n");
  model::RunData identity{"big.csv", model::Digest({5}), model::Digest({6}), 1, 1, false, false};
  inputs_ = {data_of(snapshot), {"absent.csv", {}, {}, 0, 0, true, false}, identity};
  add_run("aa11", "first");
  EXPECT_EQ(content("data.csv").root, snapshot.root);
  EXPECT_EQ(content("first:data.csv").id, snapshot.id);
  EXPECT_EQ(error_of([&] { (void)content("first"); }).kind(), ErrorKind::usage);
  EXPECT_THAT(error_of([&] { (void)content("first"); }).hint(), HasSubstr("RUN:PATH"));
  EXPECT_EQ(error_of([&] { (void)content("first:absent.csv"); }).kind(), ErrorKind::not_found);
  EXPECT_THAT(error_of([&] { (void)content("first:big.csv"); }).message(),
              HasSubstr("only the identity"));
}

TEST_F(Resolve, APrefixOfSeveralSnapshotsIsAmbiguous)
{
  std::map<char, int> seen;
  std::string shared;
  for (int i = 0; shared.empty(); ++i) {
    const auto snapshot = add_snapshot("f" + std::to_string(i), std::to_string(i));
    const char first = snapshot.id.hex().front();
    if (++seen[first] == 2) {
      shared = first;
    }
  }
  EXPECT_EQ(refusal(shared).kind(), ErrorKind::ambiguous);
}

TEST_F(Resolve, ARunningRunShowsWhatItHasLoggedSoFar)
{
  model::Run run = add_run("aa11", "done");
  run.id = model::RunId::from_bytes({3});
  run.name = "going";
  run.status = model::RunStatus::running;
  run.params["p"] = {"start", "argv"};
  world_.runs.insert(run);
  const auto paths = world_.live.create(run.id);
  world_.live.write_metrics(
      paths.metrics, "{\"metric\":\"loss\",\"value\":3}\n{\"metric\":\"loss\",\"value\":2}\n{\"me");
  world_.live.append(
      run.id,
      "{\"param\":\"p\",\"value\":\"later\"}\n{\"param\":\"q\",\"value\":1}\n{\"tag\":\"t\","
      "\"value\":\"v\"}\n{\"note\":\"a\"}\n{\"note\":\"b\"}\n");
  const model::Run shown = resolve_run(world_.ports, place_, "going");
  EXPECT_EQ(shown.metrics.at("loss").last, 2);
  EXPECT_EQ(shown.metrics.at("loss").step, 1);
  EXPECT_EQ(shown.params.at("p").value, "start");
  EXPECT_EQ(shown.params.at("q").value, "1");
  EXPECT_EQ(shown.tags.at("t"), "v");
  EXPECT_EQ(shown.note, "a\nb");
}

}  // namespace
}  // namespace mlrepro::tracking
