// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/run_store.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>

#include "mlrepro/model/error.hpp"
#include "sqlite/database.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using model::RunId;
using ports::RunQuery;
using sqlite::Database;
using sqlite::Mode;

RunId make_id(std::uint32_t number)
{
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return RunId::from_bytes(bytes);
}

model::Digest make_digest(std::uint8_t byte)
{
  model::Digest::Bytes bytes{};
  bytes.fill(byte);
  return model::Digest(bytes);
}

model::Run make_run(std::uint32_t number)
{
  model::Run run;
  run.id = make_id(number);
  run.name = "run-" + std::to_string(number);
  run.experiment = "default";
  run.started_at = {1'700'000'000'000 + number};
  return run;
}

template <typename Action>
void expect_error(ErrorKind kind, const std::string& part, Action action)
{
  try {
    action();
    ADD_FAILURE() << "no error; expected " << part;
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(error.message().find(part), std::string::npos) << error.what();
  }
}

class SqliteFolder : public ::testing::Test {
 protected:
  SqliteFolder()
  {
    std::string name = ::testing::TempDir() + "/mlrepro-sqlite-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/mlrepro.db";
  }
  ~SqliteFolder() override
  {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string folder_;
  std::string path_;
};

class RunStore : public SqliteFolder {
 protected:
  std::vector<std::string> names(RunQuery query) const
  {
    query.detail = RunQuery::Detail::names;
    std::vector<std::string> found;
    for (const model::Run& run : store_.list(query)) {
      found.push_back(run.name);
    }
    return found;
  }
  std::vector<std::string> matching(const std::string& filter) const
  {
    RunQuery query;
    query.filter = filter;
    return names(query);
  }
  void seal(std::uint32_t number, std::vector<model::RunEvent> events)
  {
    ports::RunEnd end;
    end.ended_at = {1'700'000'060'000};
    end.events = std::move(events);
    store_.seal(make_id(number), end);
  }
  model::Run get(std::uint32_t number) const
  {
    return ports::find_run(store_, make_id(number)).value();
  }

  Database database_ = Database::open(path_, Mode::read_write);
  sqlite::SqliteRunStore store_{database_};
};

using Names = std::vector<std::string>;

model::Run make_full_run()
{
  model::Run run = make_run(7);
  run.name = "odd \xff name \n";
  run.exit_code = 3;
  run.signal = 9;
  run.ended_at = model::Timestamp{1'700'000'001'234};
  run.status = model::RunStatus::killed;
  run.command = {"python", "tr\xffin.py", "", "--lr=0.1"};
  run.cwd = "sub";
  run.top = "/home/me";
  run.program = "/usr/bin/python";
  run.user = "me";
  run.host = "here";
  run.code = {"c0ffee",
              "main",
              "https://example.org/x",
              true,
              true,
              {{"a\xfe", "modified", make_digest(1)}, {"b", "untracked", std::nullopt}},
              {{"lib", "beef", true}},
              {{"big.bin", "too big"}},
              make_digest(2)};
  run.params = {{"lr", {"0.1", "argv"}}, {"empty", {"", "flag"}}};
  run.metrics["loss"] = {std::nan(""), 4, 0.25, std::numeric_limits<double>::infinity(), 5, true};
  run.tags = {{"stage", "dev"}, {"", "empty key"}};
  run.note = "a\nb";
  run.inputs = {{"data", make_digest(3), make_digest(4), 12, UINT64_MAX, false, true},
                {"absent", std::nullopt, std::nullopt, 0, 0, true, false}};
  run.outputs = {{"out", make_digest(5), make_digest(6), 1, 2, true, false, {}, true, false},
                 {"o", make_digest(5), make_digest(6), 1, 2, true, false, {}, false, true, true}};
  run.trace = model::RunTrace{true, false, {"w\xff"}, {"/d"}, {"/x\xff"}, {"/y"}, {"[::1]:80"}};
  run.metric_files = {"m.json"};
  run.artifacts = {{"z.png", make_digest(7), 10}, {"a.png", make_digest(8), 11}};
  run.environment = model::Environment{
      "os",
      "kernel",
      "x86_64",
      "cpu",
      8,
      UINT64_MAX,
      {"gpu"},
      model::Interpreter{"python", "3.11", "/usr/bin/python"},
      {{"numpy", "1.0", "dist-info", {{"a.py", make_digest(11)}, {"gone\xff", std::nullopt}}},
       {"scipy", "2.0", "egg-info"}},
      {{"OMP_NUM_THREADS", "1"}, {"ODD", "\xff"}},
      {{"cpu limit", "2"}, {"blas", "/lib/\xff"}}};
  run.resources = {1.5, 0.25, 1234};
  run.logs = {make_digest(9), std::nullopt, make_digest(10)};
  run.keep = model::Level::data;
  run.seed = -42;
  run.problems = {"p"};
  run.recorded = model::Level::environment;
  run.missing = {"m"};
  run.parent = make_id(3);
  run.additions = {{{5}, "tag", "k", "v"}};
  return run;
}

TEST_F(RunStore, KeepsEveryField)
{
  const model::Run run = make_full_run();
  store_.insert(run);
  const model::Run found = get(7);
  EXPECT_EQ(found.name, run.name);
  EXPECT_EQ(found.experiment, run.experiment);
  EXPECT_EQ(found.status, run.status);
  EXPECT_EQ(found.exit_code, run.exit_code);
  EXPECT_EQ(found.signal, run.signal);
  EXPECT_EQ(found.started_at, run.started_at);
  EXPECT_EQ(found.ended_at, run.ended_at);
  EXPECT_EQ(found.command, run.command);
  EXPECT_EQ(found.cwd + found.top + found.program + found.user + found.host,
            run.cwd + run.top + run.program + run.user + run.host);
  EXPECT_EQ(found.code, run.code);
  EXPECT_EQ(found.params, run.params);
  EXPECT_EQ(found.tags, run.tags);
  EXPECT_EQ(found.note, run.note);
  EXPECT_EQ(found.inputs, run.inputs);
  EXPECT_EQ(found.outputs, run.outputs);
  EXPECT_EQ(found.trace, run.trace);
  EXPECT_EQ(found.metric_files, run.metric_files);
  EXPECT_EQ(found.artifacts, run.artifacts);
  EXPECT_EQ(found.environment, run.environment);
  EXPECT_TRUE(found.environment_digest.has_value());
  EXPECT_EQ(found.resources, run.resources);
  EXPECT_EQ(found.logs, run.logs);
  EXPECT_EQ(found.keep, run.keep);
  EXPECT_EQ(found.seed, run.seed);
  EXPECT_EQ(found.problems, run.problems);
  EXPECT_EQ(found.recorded, run.recorded);
  EXPECT_EQ(found.missing, run.missing);
  EXPECT_EQ(found.parent, run.parent);
  EXPECT_EQ(found.additions, run.additions);
  EXPECT_EQ(found.proven, std::nullopt);
  const model::MetricSummary loss = found.metrics.at("loss");
  EXPECT_TRUE(std::isnan(loss.last));
  EXPECT_EQ(loss.step, 4);
  EXPECT_EQ(loss.min, 0.25);
  EXPECT_EQ(loss.max, std::numeric_limits<double>::infinity());
  EXPECT_EQ(loss.count, 5);
  EXPECT_TRUE(loss.added_later);
  expect_error(ErrorKind::conflict, "exists already", [&] { store_.insert(run); });
}

TEST_F(RunStore, AppliesTheEventsOfARunInOrder)
{
  model::Run run = make_run(1);
  run.params["lr"] = {"0.1", "argv"};
  run.problems = {"early"};
  store_.insert(run);
  const double inf = std::numeric_limits<double>::infinity();
  seal(1,
       {model::MetricLogged{"loss", 3, {}, {}}, model::MetricLogged{"loss", std::nan(""), 9, {{5}}},
        model::MetricLogged{"loss", -inf, {}, {}}, model::ParamLogged{"lr", "0.2"},
        model::ParamLogged{"lr", "0.3"}, model::ParamLogged{"new", "x"}, model::TagLogged{"t", "1"},
        model::TagLogged{"t", "2"}, model::NoteLogged{"one"}, model::NoteLogged{"two"},
        model::ArtifactLogged{{"a", make_digest(1), 1}},
        model::ArtifactLogged{{"a", make_digest(2), 2}}});
  const model::Run found = get(1);
  EXPECT_EQ(found.params.at("lr").value, "0.1");
  EXPECT_EQ(found.params.at("new").source, "log");
  EXPECT_EQ(found.problems, (Names{"early", "param 'lr' logged again with another value"}));
  EXPECT_EQ(found.tags.at("t"), "2");
  EXPECT_EQ(found.note, "one\ntwo");
  ASSERT_EQ(found.artifacts.size(), 1U);
  EXPECT_EQ(found.artifacts[0].digest, make_digest(2));
  EXPECT_TRUE(found.additions.empty());
  EXPECT_EQ(database_.query_integer("SELECT count(*) FROM tag_history WHERE value = '1'"), 1);
  const auto points = ports::metric_points(store_, make_id(1), "loss");
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0], (model::MetricPoint{3, 0, {1'700'000'060'000}}));
  EXPECT_TRUE(std::isnan(points[1].value));
  EXPECT_EQ(points[1].time.ms, 5);
  EXPECT_EQ(points[2], (model::MetricPoint{-inf, 10, {1'700'000'060'000}}));
  EXPECT_EQ(found.metrics.at("loss").last, -inf);
  EXPECT_EQ(found.metrics.at("loss").max, 3);
  EXPECT_FALSE(found.metrics.at("loss").added_later);
  expect_error(ErrorKind::conflict, "ended already", [&] { seal(1, {}); });
  expect_error(ErrorKind::not_found, make_id(2).str(), [&] { seal(2, {}); });
}

// As it is shown while the run runs.
TEST_F(RunStore, OfOneStepTheNewestPointIsTheLastWhateverItsTime)
{
  store_.insert(make_run(1));
  seal(1, {model::MetricLogged{"loss", 0.9, 1, {{2000}}},
           model::MetricLogged{"loss", 0.1, 1, {{1000}}}});
  EXPECT_EQ(get(1).metrics.at("loss").last, 0.1);
}

TEST_F(RunStore, DatesWhatIsAddedLater)
{
  store_.insert(make_run(1));
  seal(1, {model::MetricLogged{"loss", 1, {}, {}}, model::ParamLogged{"p", "1"}});
  store_.append(make_id(1),
                {model::MetricLogged{"loss", 2, {}, {}}, model::MetricLogged{"auc", 0.5, {}, {}},
                 model::ParamLogged{"p", "1"}, model::NoteLogged{"n"}},
                {99});
  model::Run found = get(1);
  EXPECT_TRUE(found.metrics.at("auc").added_later);
  EXPECT_FALSE(found.metrics.at("loss").added_later);
  EXPECT_EQ(found.metrics.at("loss").step, 1);
  const std::vector<model::Addition> expected = {
      {{99}, "metric", "loss", "2"}, {{99}, "metric", "auc", "0.5"}, {{99}, "note", "", "n"}};
  EXPECT_EQ(found.additions, expected);
  expect_error(ErrorKind::conflict, "'p'", [&] {
    store_.append(make_id(1), {model::TagLogged{"t", "v"}, model::ParamLogged{"p", "2"}}, {100});
  });
  found = get(1);
  EXPECT_TRUE(found.tags.empty());
  EXPECT_EQ(found.additions.size(), 3U);
  expect_error(ErrorKind::not_found, "no such run", [&] { store_.append(make_id(5), {}, {1}); });
}

TEST_F(RunStore, ProvenIsTheBestProof)
{
  store_.insert(make_run(1));
  store_.record_proof({make_id(1), make_id(2), model::Level::evaluation, "reproduced", {1}});
  store_.record_proof({make_id(1), make_id(3), model::Level::code, "differs", {2}});
  EXPECT_EQ(get(1).proven, model::Level::evaluation);
  expect_error(ErrorKind::not_found, "no such run", [&] {
    store_.record_proof({make_id(9), make_id(3), {}, "", {}});
  });
}

TEST_F(RunStore, ListsSortsAndFilters)
{
  for (std::uint32_t i = 1; i <= 4; ++i) {
    model::Run run = make_run(i);
    run.experiment = i == 4 ? "other" : "default";
    run.params["lr"] = {i == 1 ? "10" : "9", "argv"};
    run.params["model"] = {i == 2 ? "gbm" : "o'hara", "argv"};
    run.inputs = {{"data/a b", make_digest(static_cast<std::uint8_t>(i)), {}, 0, 0, true, false}};
    run.code.commit = "c0ffee";
    run.code.dirty = i == 3;
    store_.insert(run);
  }
  seal(1, {model::MetricLogged{"rmse", 0.4, {}, {}}});
  seal(2, {model::MetricLogged{"rmse", 0.6, {}, {}}, model::TagLogged{"stage", "test"}});
  seal(3, {model::MetricLogged{"rmse", std::nan(""), {}, {}}, model::TagLogged{"stage", "dev"}});
  const auto sorted = [&](const std::string& key, ports::Order order) {
    RunQuery query;
    query.sort_key = key;
    query.order = order;
    return names(query);
  };
  EXPECT_EQ(names({}), (Names{"run-4", "run-3", "run-2", "run-1"}));
  EXPECT_EQ(sorted("rmse", ports::Order::newest_first),
            (Names{"run-2", "run-1", "run-4", "run-3"}));
  EXPECT_EQ(sorted("metrics.rmse", ports::Order::oldest_first),
            (Names{"run-1", "run-2", "run-4", "run-3"}));
  EXPECT_EQ(sorted("lr", ports::Order::oldest_first), (Names{"run-4", "run-3", "run-2", "run-1"}));
  expect_error(ErrorKind::usage, "rsme", [&] { sorted("rsme", ports::Order::newest_first); });
  EXPECT_EQ(matching("metrics.rmse < 0.5"), (Names{"run-1"}));
  EXPECT_EQ(matching("not metrics.rmse < 0.5"), (Names{"run-2"}));
  EXPECT_EQ(matching("metrics.rmse is null"), (Names{"run-4"}));
  EXPECT_EQ(matching("metrics.rmse = nan"), (Names{"run-3"}));
  EXPECT_EQ(matching("params.lr > 9.5"), (Names{"run-1"}));
  EXPECT_EQ(matching("params.\"model\" = 'o''hara' and tags.stage != 'test'"), (Names{"run-3"}));
  EXPECT_EQ(matching("params.model like 'G%'"), (Names{"run-2"}));
  EXPECT_EQ(matching("status in ('running', 'lost') or name = 'run-1'"), (Names{"run-4", "run-1"}));
  EXPECT_EQ(matching("status not in ('finished')"), (Names{"run-4"}));
  EXPECT_EQ(matching("inputs.'data/a b' = '0404'"), (Names{"run-4"}));
  EXPECT_EQ(matching("code.commit = 'c0f' and code.dirty = true"), (Names{"run-3"}));
  EXPECT_EQ(matching("experiment = 'other'"), (Names{"run-4"}));
  EXPECT_EQ(matching("started_at < '2001-01-01'"), Names{});
  EXPECT_EQ(matching("(level.recorded >= 'code')"), Names{});
  EXPECT_EQ(matching("duration_s > 10"), (Names{"run-3", "run-2", "run-1"}));
  for (const char* bad :
       {"metrics.rmse <", "rmse < 1", "metrics. < 1", "status = 'odd'", "name = x",
        "metrics.rmse = 'x'", "name = 'x", "name = 'x' and", "(name = 'x'", "inputs.'a' = 'xyz'",
        "name ; drop", "code.foo = 1", "metrics.a in ()"}) {
    expect_error(ErrorKind::usage, "column", [&] { matching(bad); });
  }
  RunQuery query;
  query.name_prefix = "run-";
  query.experiment = "default";
  query.limit = 1;
  query.offset = 1;
  EXPECT_EQ(names(query), (Names{"run-2"}));
  query = {};
  query.id_prefix = make_id(2).str().substr(0, 8);
  EXPECT_EQ(names(query), (Names{"run-2"}));
  const auto experiments = store_.experiments();
  ASSERT_EQ(experiments.size(), 2U);
  EXPECT_EQ(experiments[0].runs, 3U);
}

TEST_F(RunStore, FindsWhatAnEnvironmentHas)
{
  for (std::uint32_t i = 1; i <= 4; ++i) {
    store_.insert(make_run(i));
  }
  const auto seal_with = [&](std::uint32_t number, const std::string& numpy) {
    ports::RunEnd end;
    end.ended_at = {1};
    end.environment.emplace();
    end.environment->os = "Debian";
    end.environment->threads = 8;
    end.environment->interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
    end.environment->packages = {{"numpy", numpy, "dist-info"},
                                 {"Scikit_Learn", "1.5", "dist-info"}};
    end.environment->variables["OMP_NUM_THREADS"] = std::to_string(number);
    end.environment->facts["blas"] = "openblas";
    store_.seal(make_id(number), end);
  };
  seal_with(1, "1.26.4");
  seal_with(2, "1.26.4");
  seal_with(3, "2.0");
  EXPECT_EQ(matching("environment.'numpy' = '1.26.4'"), (Names{"run-2", "run-1"}));
  EXPECT_EQ(matching("environment.numpy != '1.26.4'"), (Names{"run-3"})) << "not who lacks it";
  EXPECT_EQ(matching("not environment.numpy = '1.26.4'"), (Names{"run-3"}));
  EXPECT_EQ(matching("environment.NumPy like '1.26%'"), (Names{"run-2", "run-1"}));
  EXPECT_EQ(matching("environment.numpy in ('2.0', '3')"), (Names{"run-3"}));
  EXPECT_EQ(matching("environment.numpy = 2.0"), (Names{"run-3"}));
  EXPECT_EQ(matching("environment.numpy not in ('2.0', '3')"), (Names{"run-2", "run-1"}));
  EXPECT_EQ(matching("environment.numpy is null"), (Names{"run-4"}));
  EXPECT_EQ(matching("environment.numpy is not null"), (Names{"run-3", "run-2", "run-1"}));
  EXPECT_EQ(matching("not environment.numpy is null"), (Names{"run-3", "run-2", "run-1"}));
  EXPECT_EQ(matching("environment.torch is not null"), Names{});
  EXPECT_EQ(matching("environment.`scikit-learn` = '1.5' and environment.python = '3.11.2'"),
            (Names{"run-3", "run-2", "run-1"}));
  EXPECT_EQ(matching("environment.OMP_NUM_THREADS = 2"), (Names{"run-2"}));
  EXPECT_EQ(matching("environment.threads = 8 and environment.os = 'Debian'"),
            (Names{"run-3", "run-2", "run-1"}));
  EXPECT_EQ(matching("environment.blas = 'openblas' and environment.numpy = '2.0'"),
            (Names{"run-3"}));
  RunQuery query;
  query.sort_key = "environment.numpy";
  query.order = ports::Order::oldest_first;
  EXPECT_EQ(names(query), (Names{"run-2", "run-1", "run-3", "run-4"}));
  EXPECT_EQ(matching("environment.numpy >= '1.3'"), (Names{"run-3", "run-2", "run-1"}));
  EXPECT_EQ(matching("environment.numpy < '1.100'"), (Names{"run-2", "run-1"}));
  EXPECT_EQ(matching("environment.threads > 10"), Names{});
}

TEST_F(RunStore, WritersOfTwoProcessesWait)
{
  const auto write_many = [&](std::uint32_t first) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        Database mine = Database::open(path_, Mode::read_write);
        sqlite::SqliteRunStore runs(mine);
        for (std::uint32_t i = first; i < first + 50; ++i) {
          runs.insert(make_run(i));
        }
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    return child;
  };
  for (const pid_t child : {write_many(1000), write_many(2000)}) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(names({}).size(), 100U);
}

TEST_F(RunStore, IsQuickWithManyRunsAndPoints)
{
  database_.execute("BEGIN");
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const std::string id = make_id(i).str();
    database_.execute(
        "INSERT OR IGNORE INTO experiments (number, name) VALUES (1, 'e');"
        "INSERT INTO runs SELECT " +
        std::to_string(i + 1) + ", '" + id + "', 'n" + std::to_string(i) +
        "', 1, 'finished', null, null, " + std::to_string(i) +
        ", null, null, '[]', '', '', '', '', '', '', '', '', 0, 0, null, '[]', '[]', '[]', '',"
        " '[]', null, 0, 0, 0, null, null, null, 5, null, '[]', 0, '[]', '[]', '[]', null, null,"
        " null, null, 0, null;"
        "INSERT INTO metrics (run, key, last, last_step, count, added_later) VALUES (" +
        std::to_string(i + 1) + ", 'rmse', " + std::to_string(i % 997) + ", 0, 1, 0)");
  }
  database_.execute("COMMIT");
  // Processor time, which other work on the machine leaves alone.
  const auto timed = [](const auto& action) {
    const std::clock_t start = std::clock();
    action();
    return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  RunQuery query;
  query.limit = 50;
  // Ten times what an idle machine needs: only a lost index fails here.
  EXPECT_LT(timed([&] { EXPECT_EQ(store_.list(query).size(), 50U); }), 100);
  query.sort_key = "rmse";
  const double sort_ms = timed([&] { EXPECT_EQ(store_.list(query).size(), 50U); });
  EXPECT_LT(sort_ms, 200);
  store_.insert(make_run(0xffffff));
  ports::RunEnd end;
  for (int i = 0; i < 200'014; ++i) {
    end.events.emplace_back(model::MetricLogged{i % 2 == 0 ? "a" : "b", 0.5 * i, {}, {}});
  }
  const double seal_ms = timed([&] { store_.seal(make_id(0xffffff), end); });
  EXPECT_EQ(ports::metric_points(store_, make_id(0xffffff), "b").size(), 100'007U);
  RecordProperty("sort_ms", std::to_string(sort_ms));
  RecordProperty("points_per_s", std::to_string(200'000 / seal_ms * 1000));
}

class SqliteDatabase : public SqliteFolder {};

TEST_F(SqliteDatabase, RefusesWhatIsNotItsOwn)
{
  std::ofstream(path_) << std::string(5000, 'x');
  expect_error(ErrorKind::corrupt, path_, [&] { Database::open(path_, Mode::read_write); });
  expect_error(ErrorKind::corrupt, path_, [&] { Database::open(path_, Mode::read_only); });
  expect_error(ErrorKind::io, "is a folder", [&] { Database::open(folder_, Mode::read_write); });
  expect_error(ErrorKind::not_found, "no such file",
               [&] { Database::open(folder_ + "/none", Mode::read_only); });
  std::filesystem::remove(path_);
  Database::open(path_, Mode::read_write).execute("PRAGMA application_id = 1");
  expect_error(ErrorKind::corrupt, "not an mlrepro database",
               [&] { Database::open(path_, Mode::read_write); });
}

TEST_F(SqliteDatabase, AppliesEachMigrationOnceAndWhole)
{
  sqlite::Migrations steps = sqlite::migrations();
  (void)Database::open(path_, Mode::read_write);
  steps.push_back("CREATE TABLE extra (x); CREATE TABLE broken (");
  EXPECT_THROW(Database::open(path_, Mode::read_write, steps), model::Error);
  EXPECT_EQ(Database::open(path_, Mode::read_write)
                .query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'"),
            0);
  steps.back() = "CREATE TABLE extra (x)";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Database::open(path_, Mode::read_write, steps).query_integer("PRAGMA user_version"),
              static_cast<std::int64_t>(steps.size()));
  }
  for (const Mode mode : {Mode::read_write, Mode::read_only}) {
    expect_error(ErrorKind::conflict, "newer mlrepro", [&] { Database::open(path_, mode); });
  }
}

TEST_F(SqliteDatabase, ReadsAnOlderStoreThatItMayNotUpgrade)
{
  (void)Database::open(path_, Mode::read_write);
  sqlite::Migrations steps = sqlite::migrations();
  steps.emplace_back("CREATE TABLE extra (x)");
  EXPECT_EQ(
      Database::open(path_, Mode::read_only, steps).query_integer("SELECT count(*) FROM extra"), 0);
  EXPECT_EQ(Database::open(path_, Mode::read_write).query_integer("PRAGMA user_version"),
            static_cast<std::int64_t>(sqlite::migrations().size()));
}

// Opens the store as a user who may only read it, and returns whether the one run is there and
// writing is refused.
int read_as_stranger(const std::string& path)
{
  if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
    return 2;
  }
  try {
    Database database = Database::open(path, Mode::read_write);
    sqlite::SqliteRunStore runs(database);
    if (!database.read_only() || runs.list({}).size() != 1) {
      return 3;
    }
    runs.insert(make_run(2));
  } catch (const model::Error& error) {
    return error.message() == "store '" + path + "' is read-only" ? 0 : 4;
  }
  return 5;
}

TEST_F(SqliteDatabase, ReadsAStoreThatItMayNotWrite)
{
  for (const bool pending : {false, true}) {
    auto database = std::make_unique<Database>(Database::open(path_, Mode::read_write));
    if (!pending) {
      sqlite::SqliteRunStore(*database).insert(make_run(1));
      database.reset();
    } else {
      // Leaves something in the log.
      const std::size_t version = sqlite::migrations().size();
      database->execute("PRAGMA user_version = " + std::to_string(version));
    }
    std::filesystem::permissions(folder_, std::filesystem::perms(0555));
    std::filesystem::permissions(path_, std::filesystem::perms(0444));
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(read_as_stranger(path_));
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0) << pending;
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    std::filesystem::permissions(path_, std::filesystem::perms(0644));
  }
}

TEST_F(SqliteDatabase, RollsBackWhatIsNotCommitted)
{
  Database database = Database::open(path_, Mode::read_write);
  {
    sqlite::Transaction transaction(database);
    database.execute("INSERT INTO experiments (name) VALUES ('x')");
  }
  EXPECT_EQ(database.query_integer("SELECT count(*) FROM experiments"), 0);
}

}  // namespace
}  // namespace mlrepro
