// SPDX-License-Identifier: Apache-2.0
// What the databases of runs, snapshots and known files promise, run by the real ones and by the
// fakes that the tests of the use cases stand on.
#include <gmock/gmock.h>

#include <cmath>

#include "mlrepro/ports/run_store.hpp"
#include "mlrepro/ports/snapshot_store.hpp"
#include "sqlite/database.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "support/error_of.hpp"
#include "support/memory_run_store.hpp"
#include "support/memory_snapshot_store.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using model::RunId;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class RealStores {
 public:
  ports::RunStore& runs() { return runs_; }
  ports::SnapshotStore& snapshots() { return snapshots_; }

 private:
  testing::TempDir folder_;
  sqlite::Database database_ =
      sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_write);
  sqlite::SqliteRunStore runs_{database_};
  sqlite::SqliteSnapshotStore snapshots_{database_};
};

class FakeStores {
 public:
  ports::RunStore& runs() { return runs_; }
  ports::SnapshotStore& snapshots() { return snapshots_; }

 private:
  testing::MemoryRunStore runs_;
  testing::MemorySnapshotStore snapshots_{runs_};
};

model::Digest filled_digest(std::uint8_t byte)
{
  model::Digest::Bytes bytes{};
  bytes.fill(byte);
  return model::Digest(bytes);
}

template <typename World>
class RecordStoresContract : public ::testing::Test {
 protected:
  static RunId id(std::uint8_t number) { return RunId::from_bytes({number}); }
  static model::Run make(std::uint8_t number, const std::string& experiment = "main")
  {
    model::Run run;
    run.id = id(number);
    run.name = "run-" + std::to_string(number);
    run.experiment = experiment;
    run.started_at = {1'000 + number};
    run.command = {"true"};
    return run;
  }
  ports::RunStore& runs() { return world.runs(); }
  model::Run get(std::uint8_t number) { return ports::find_run(runs(), id(number)).value(); }
  void seal(std::uint8_t number, std::vector<model::RunEvent> events = {})
  {
    ports::RunEnd end;
    end.exit_code = 0;
    end.ended_at = {5'000};
    end.events = std::move(events);
    runs().seal(id(number), end);
  }
  std::vector<std::string> names(const ports::RunQuery& query)
  {
    std::vector<std::string> found;
    for (const model::Run& run : runs().list(query)) {
      found.push_back(run.name);
    }
    return found;
  }
  static model::Snapshot snapshot(std::uint8_t number, const std::string& path, std::int64_t at,
                                  const std::string& name = "")
  {
    model::Snapshot made;
    made.id = filled_digest(number);
    made.root.digest = filled_digest(static_cast<std::uint8_t>(number + 0x80));
    made.path = path;
    made.name = name;
    made.created_at = {at};
    return made;
  }

  World world;
};

using StoreWorlds = ::testing::Types<RealStores, FakeStores>;
TYPED_TEST_SUITE(RecordStoresContract, StoreWorlds);

TYPED_TEST(RecordStoresContract, ASealTakesEventsSomeAtATime)
{
  this->runs().insert(this->make(1));
  {
    const auto given_up = this->runs().begin_seal(this->id(1), {4'000});
    given_up->add({model::MetricLogged{"loss", 7, {}, {}}, model::TagLogged{"t", "no"}});
  }
  EXPECT_EQ(this->get(1).status, model::RunStatus::running);
  EXPECT_TRUE(this->get(1).metrics.empty() && this->get(1).tags.empty());
  const auto seal = this->runs().begin_seal(this->id(1), {5'000});
  seal->add({model::MetricLogged{"loss", 1, {}, {}}, model::MetricLogged{"auc", 0.5, {}, {}},
             model::NoteLogged{"first"}});
  seal->add({model::MetricLogged{"loss", 2, {}, {}}, model::ParamLogged{"p", "1"}});
  ports::RunEnd end;
  end.ended_at = {5'000};
  end.events = {model::MetricLogged{"loss", 3, {}, {{6'000}}}, model::NoteLogged{"second"}};
  seal->finish(end);
  const model::Run run = this->get(1);
  EXPECT_EQ(run.metrics.at("loss").count, 3);
  EXPECT_EQ(run.note, "first\nsecond");
  EXPECT_EQ(run.params.at("p").value, "1");
  EXPECT_THAT(ports::metric_points(this->runs(), this->id(1), "loss"),
              ElementsAre(model::MetricPoint{1, 0, {5'000}}, model::MetricPoint{2, 1, {5'000}},
                          model::MetricPoint{3, 2, {6'000}}));
  EXPECT_EQ(error_of([&] { this->runs().begin_seal(this->id(1), {7'000}); }).kind(),
            ErrorKind::conflict);
}

TYPED_TEST(RecordStoresContract, AnAdditionTakesEventsSomeAtATime)
{
  this->runs().insert(this->make(1));
  this->seal(1);
  {
    const auto given_up = this->runs().begin_append(this->id(1), {6'000});
    given_up->add({model::MetricLogged{"loss", 7, {}, {}}, model::TagLogged{"t", "no"}});
  }
  EXPECT_TRUE(this->get(1).metrics.empty() && this->get(1).tags.empty());
  EXPECT_TRUE(this->get(1).additions.empty());
  const auto append = this->runs().begin_append(this->id(1), {7'000});
  append->add({model::MetricLogged{"loss", 1, {}, {}}, model::ParamLogged{"p", "1"}});
  append->add({model::MetricLogged{"loss", 2, {}, {}}});
  append->finish();
  EXPECT_THAT(ports::metric_points(this->runs(), this->id(1), "loss"),
              ElementsAre(model::MetricPoint{1, 0, {7'000}}, model::MetricPoint{2, 1, {7'000}}));
  EXPECT_EQ(this->get(1).additions.size(), 3);
  const auto refused = this->runs().begin_append(this->id(1), {8'000});
  refused->add({model::TagLogged{"t", "no"}});
  EXPECT_EQ(error_of([&] {
              refused->add({model::ParamLogged{"p", "2"}});
            }).kind(),
            ErrorKind::conflict);
}

TYPED_TEST(RecordStoresContract, ARunIsInsertedAndSealedOnce)
{
  this->runs().insert(this->make(1));
  EXPECT_EQ(error_of([&] { this->runs().insert(this->make(1)); }).kind(), ErrorKind::conflict);
  EXPECT_EQ(this->get(1).status, model::RunStatus::running);
  ports::RunEnd end;
  end.status = model::RunStatus::failed;
  end.exit_code = 2;
  end.ended_at = {9'000};
  end.inputs = {{"in", filled_digest(1), filled_digest(2), 1, 2, true, true}};
  end.outputs = {
      {"out", filled_digest(3), filled_digest(4), 1, 2, true, false},
      {"found", filled_digest(6), filled_digest(7), 20, 2, true, false, {}, false, true, true}};
  end.trace = model::RunTrace{true, false, {"why"}, {"/data"}, {"/x"}, {"/y"}, {"10.0.0.7:80"}};
  end.resources = {1, 2, 3};
  end.logs.stdout_digest = filled_digest(5);
  end.problems = {"late"};
  end.recorded = model::Level::data;
  end.missing = {"environment: x"};
  end.environment = model::Environment{};
  end.environment->os = "Testix";
  this->runs().seal(this->id(1), end);
  const model::Run run = this->get(1);
  EXPECT_EQ(run.status, model::RunStatus::failed);
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.ended_at, end.ended_at);
  EXPECT_EQ(run.inputs, end.inputs);
  EXPECT_EQ(run.outputs, end.outputs);
  EXPECT_EQ(run.resources, end.resources);
  EXPECT_EQ(run.logs, end.logs);
  EXPECT_EQ(run.trace, end.trace);
  EXPECT_EQ(run.problems, end.problems);
  EXPECT_EQ(run.recorded, end.recorded);
  EXPECT_EQ(run.missing, end.missing);
  EXPECT_EQ(run.environment, end.environment);
  EXPECT_EQ(error_of([&] { this->seal(1); }).kind(), ErrorKind::conflict);
  EXPECT_EQ(error_of([&] { this->seal(2); }).kind(), ErrorKind::not_found);
}

TYPED_TEST(RecordStoresContract, AnEndWithoutATraceKeepsThatOfTheStart)
{
  model::Run run = this->make(1);
  run.trace = model::RunTrace{false, false, {"no seccomp"}, {}, {}, {}, {}};
  this->runs().insert(run);
  this->seal(1);
  EXPECT_EQ(this->get(1).trace, run.trace);
}

TYPED_TEST(RecordStoresContract, AnEndWithoutAnEnvironmentKeepsTheFirst)
{
  model::Run run = this->make(1);
  run.environment = model::Environment{};
  run.environment->os = "Testix";
  run.problems = {"early"};
  this->runs().insert(run);
  this->seal(1);
  EXPECT_EQ(this->get(1).environment->os, "Testix");
  EXPECT_THAT(this->get(1).problems, ElementsAre("early"));
}

TYPED_TEST(RecordStoresContract, EventsOfTheRunAreFoldedInOrder)
{
  model::Run run = this->make(1);
  run.params["lr"] = {"0.1", "argv"};
  this->runs().insert(run);
  this->seal(1, {model::MetricLogged{"loss", 3, {}, {}}, model::MetricLogged{"loss", 1, 9, {{5}}},
                 model::MetricLogged{"loss", 2, {}, {}}, model::ParamLogged{"lr", "0.2"},
                 model::ParamLogged{"lr", "0.3"}, model::ParamLogged{"new", "x"},
                 model::TagLogged{"t", "1"}, model::TagLogged{"t", "2"}, model::NoteLogged{"one"},
                 model::NoteLogged{"two"}, model::ArtifactLogged{{"a", filled_digest(1), 1}},
                 model::ArtifactLogged{{"a", filled_digest(2), 2}}});
  const model::Run found = this->get(1);
  EXPECT_THAT(ports::metric_points(this->runs(), this->id(1), "loss"),
              ElementsAre(model::MetricPoint{3, 0, {5'000}}, model::MetricPoint{1, 9, {5}},
                          model::MetricPoint{2, 10, {5'000}}));
  EXPECT_THAT(ports::metric_points(this->runs(), this->id(1), "absent"), IsEmpty());
  EXPECT_EQ(found.metrics.at("loss").last, 2);
  EXPECT_EQ(found.metrics.at("loss").min, 1);
  EXPECT_FALSE(found.metrics.at("loss").added_later);
  EXPECT_EQ(found.params.at("lr").value, "0.1");
  EXPECT_EQ(found.params.at("new"), (model::Parameter{"x", "log"}));
  EXPECT_THAT(found.problems, ElementsAre("param 'lr' logged again with another value"));
  EXPECT_EQ(found.tags.at("t"), "2");
  EXPECT_EQ(found.note, "one\ntwo");
  EXPECT_THAT(found.artifacts, ElementsAre(model::Artifact{"a", filled_digest(2), 2}));
  EXPECT_THAT(found.additions, IsEmpty());
}

TYPED_TEST(RecordStoresContract, PrintedMetricsKeepTheirLines)
{
  model::Run run = this->make(1);
  run.scalars = {{"json", "pairs"}, {"val acc {val_acc}"}};
  this->runs().insert(run);
  EXPECT_EQ(this->get(1).scalars, run.scalars);
  ports::RunEnd end;
  end.events = {model::MetricLogged{"logged", 1, {}, {{7}}}};
  end.printed = {{"loss", "text:stdout", {{3, 0, {5}, 2}, {std::nan(""), 4, {6}, 9}}},
                 {"acc", "text:stderr", {{0.5, 0, {6}, 1}}}};
  this->runs().seal(this->id(1), end);
  const model::Run found = this->get(1);
  EXPECT_EQ(found.metrics.at("loss").source, "text:stdout");
  EXPECT_EQ(found.metrics.at("loss").step, 4);
  EXPECT_EQ(found.metrics.at("loss").max, 3);
  EXPECT_EQ(found.metrics.at("loss").count, 2);
  EXPECT_FALSE(found.metrics.at("loss").added_later);
  EXPECT_EQ(found.metrics.at("acc").source, "text:stderr");
  EXPECT_EQ(found.metrics.at("logged").source, "");
  // What is logged later under the same name was not printed.
  this->runs().append(this->id(1), {model::MetricLogged{"loss", 1, {}, {{8}}}}, {8});
  const auto points = ports::metric_points(this->runs(), this->id(1), "loss");
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0], (model::MetricPoint{3, 0, {5}, 2}));
  EXPECT_EQ(points[1].line, 9U);
  EXPECT_EQ(points[2], (model::MetricPoint{1, 5, {8}, 0}));
  EXPECT_EQ(ports::metric_points(this->runs(), this->id(1), "logged").at(0).line, 0U);
}

TYPED_TEST(RecordStoresContract, WhatIsAddedLaterIsDatedAndAllOrNothing)
{
  this->runs().insert(this->make(1));
  this->seal(1, {model::MetricLogged{"loss", 1, {}, {}}, model::ParamLogged{"p", "1"},
                 model::TagLogged{"t", "1"}});
  this->runs().append(
      this->id(1),
      {model::MetricLogged{"loss", 0.5, {}, {}}, model::MetricLogged{"auc", 0.25, {}, {}},
       model::ParamLogged{"p", "1"}, model::TagLogged{"t", "1"}, model::NoteLogged{"n"}},
      {99});
  EXPECT_THAT(this->get(1).additions, ElementsAre(model::Addition{{99}, "metric", "loss", "0.5"},
                                                  model::Addition{{99}, "metric", "auc", "0.25"},
                                                  model::Addition{{99}, "note", "", "n"}))
      << "what says nothing new is no addition";
  EXPECT_TRUE(this->get(1).metrics.at("auc").added_later);
  EXPECT_FALSE(this->get(1).metrics.at("loss").added_later);
  EXPECT_EQ(error_of([&] {
              this->runs().append(
                  this->id(1), {model::TagLogged{"u", "v"}, model::ParamLogged{"p", "2"}}, {100});
            }).kind(),
            ErrorKind::conflict);
  EXPECT_FALSE(this->get(1).tags.contains("u"));
  EXPECT_THAT(this->get(1).additions, SizeIs(3));
  EXPECT_EQ(error_of([&] { this->runs().append(this->id(7), {}, {1}); }).kind(),
            ErrorKind::not_found);
}

TYPED_TEST(RecordStoresContract, AMetricWithNanKeepsItsOtherValues)
{
  this->runs().insert(this->make(1));
  this->seal(1, {model::MetricLogged{"loss", std::nan(""), {}, {}},
                 model::MetricLogged{"loss", 2, {}, {}}});
  EXPECT_EQ(this->get(1).metrics.at("loss").min, 2);
  EXPECT_EQ(this->get(1).metrics.at("loss").count, 2);
  EXPECT_TRUE(std::isnan(ports::metric_points(this->runs(), this->id(1), "loss").at(0).value));
}

TYPED_TEST(RecordStoresContract, ASweepGoesOnAndSaysHowItHadEnded)
{
  model::Run sweep = this->make(1);
  sweep.sweep = model::Sweep{{"lr=0.1,0.3"}, 2, 7, 2, 4, {"--input=data", "\xff"}};
  this->runs().insert(sweep);
  EXPECT_EQ(this->get(1).sweep, sweep.sweep);
  EXPECT_EQ(error_of([&] { this->runs().reopen(this->id(1), {6'000}); }).kind(),
            ErrorKind::conflict);
  ports::RunEnd end;
  end.status = model::RunStatus::killed;
  end.signal = 2;
  end.stopped_by = 2;
  end.ended_at = {5'000};
  this->runs().seal(this->id(1), end);
  EXPECT_EQ(this->get(1).stopped_by, 2);
  this->runs().reopen(this->id(1), {6'000});
  const model::Run again = this->get(1);
  EXPECT_EQ(again.status, model::RunStatus::running);
  EXPECT_FALSE(again.ended_at || again.signal || again.stopped_by);
  EXPECT_THAT(again.additions, ElementsAre(model::Addition{
                                   {6'000}, "resumed", "killed", "1970-01-01T00:00:05.000Z"}));
  this->seal(1);
  EXPECT_EQ(this->get(1).status, model::RunStatus::finished);
  this->runs().insert(this->make(2));
  this->seal(2);
  EXPECT_THAT(error_of([&] { this->runs().reopen(this->id(2), {6'000}); }).message(),
              HasSubstr("is no sweep"));
}

TYPED_TEST(RecordStoresContract, RunsAreFoundByTheirParent)
{
  this->runs().insert(this->make(1));
  for (std::uint8_t number = 2; number <= 3; ++number) {
    model::Run child = this->make(number);
    child.parent = this->id(1);
    child.sweep_item = number;
    this->runs().insert(child);
  }
  ports::RunQuery query;
  query.parent = this->id(1);
  query.detail = ports::RunQuery::Detail::names;
  const auto children = this->runs().list(query);
  ASSERT_THAT(children, SizeIs(2));
  EXPECT_EQ(children[0].sweep_item, 3);
  query.parent = this->id(2);
  EXPECT_THAT(this->runs().list(query), IsEmpty());
}

TYPED_TEST(RecordStoresContract, QueriesRestrictAndOrder)
{
  for (std::uint8_t number = 1; number <= 4; ++number) {
    model::Run run = this->make(number, number == 4 ? "other" : "main");
    run.tags["stage"] = number == 2 ? "o'hara" : "dev";
    this->runs().insert(run);
  }
  ports::RunQuery query;
  EXPECT_THAT(this->names(query), ElementsAre("run-4", "run-3", "run-2", "run-1"));
  query.order = ports::Order::oldest_first;
  query.offset = 1;
  query.limit = 2;
  EXPECT_THAT(this->names(query), ElementsAre("run-2", "run-3"));
  query = {};
  query.experiment = "main";
  query.name_prefix = "run-";
  query.offset = 2;
  EXPECT_THAT(this->names(query), ElementsAre("run-1"));
  query = {};
  query.id_prefix = this->id(3).str().substr(0, 2);
  EXPECT_THAT(this->names(query), ElementsAre("run-3"));
  query = {};
  query.filter = "tags.stage = 'o''hara'";
  EXPECT_THAT(this->names(query), ElementsAre("run-2"));
  query.filter = "tags.stage = ";
  EXPECT_EQ(error_of([&] { (void)this->names(query); }).kind(), ErrorKind::usage);
  query = {};
  query.offset = 9;
  EXPECT_THAT(this->names(query), IsEmpty());
  const auto experiments = this->runs().experiments();
  ASSERT_THAT(experiments, SizeIs(2));
  EXPECT_EQ(experiments[0].name, "main");
  EXPECT_EQ(experiments[0].runs, 3U);
  EXPECT_EQ(experiments[1].last_started_at, model::Timestamp{1'004});
}

TYPED_TEST(RecordStoresContract, TheBestProofCounts)
{
  this->runs().insert(this->make(1));
  EXPECT_FALSE(this->get(1).proven);
  this->runs().record_proof({this->id(1), this->id(2), model::Level::data, "reproduced", {1}});
  this->runs().record_proof({this->id(1), this->id(3), model::Level::none, "differs", {2}});
  EXPECT_EQ(this->get(1).proven, model::Level::data);
  EXPECT_EQ(error_of([&] {
              this->runs().record_proof({this->id(9), this->id(3), {}, "", {}});
            }).kind(),
            ErrorKind::not_found);
}

TYPED_TEST(RecordStoresContract, SnapshotsAreALineOfEntries)
{
  auto& store = this->world.snapshots();
  const auto first = this->snapshot(1, "da\xffta", 10, "sales");
  store.record(first);
  store.record(this->snapshot(2, "da\xffta", 20, "sales"));
  store.record(this->snapshot(1, "copy", 30));
  const auto paths = [&](const ports::SnapshotQuery& query) {
    std::vector<std::string> found;
    for (const auto& entry : store.list(query)) {
      found.push_back(entry.path + "@" + std::to_string(entry.created_at.ms));
    }
    return found;
  };
  EXPECT_THAT(paths({}), ElementsAre("copy@30", "da\xffta@20", "da\xffta@10"));
  EXPECT_THAT(paths({"", "sales", 1}), ElementsAre("da\xffta@20"));
  EXPECT_THAT(paths({"", "copy", {}}), ElementsAre("copy@30"));
  EXPECT_THAT(paths({first.id.hex(), "", {}}), ElementsAre("copy@30", "da\xffta@10"));
  EXPECT_THAT(paths({first.root.digest.hex().substr(0, 6), "", {}}), SizeIs(2));
  EXPECT_THAT(paths({"ff", "", {}}), IsEmpty());
  EXPECT_EQ(store.list({"", "sales", {}}).back().root, first.root);
}

TYPED_TEST(RecordStoresContract, SnapshotsKnowTheirUsers)
{
  for (std::uint8_t number = 1; number <= 3; ++number) {
    model::Run run = this->make(number);
    model::RunData data;
    data.path = "x";
    data.snapshot = filled_digest(number == 3 ? 2 : 1);
    (number == 1 ? run.inputs : run.outputs).push_back(data);
    this->runs().insert(run);
  }
  EXPECT_THAT(this->world.snapshots().users(filled_digest(1)),
              UnorderedElementsAre(this->id(1), this->id(2)));
  EXPECT_THAT(this->world.snapshots().users(filled_digest(9)), IsEmpty());
}

}  // namespace
}  // namespace mlrepro
