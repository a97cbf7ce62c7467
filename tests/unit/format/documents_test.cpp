// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace mlrepro::format {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsSupersetOf;

constexpr double k_infinity = std::numeric_limits<double>::infinity();

std::vector<std::string> keys_of(const Json& object)
{
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    keys.push_back(key);
  }
  return keys;
}

model::Digest digest(char fill)
{
  return *model::Digest::parse(std::string(64, fill));
}

model::RunId run_id()
{
  return *model::RunId::parse("7f3a000102030405060708090a0bff00");
}

model::Run full_run()
{
  model::Run run;
  run.id = run_id();
  run.name = "brave-otter-7f3a";
  run.experiment = "orders";
  run.status = model::RunStatus::failed;
  run.exit_code = 3;
  run.started_at = {1'700'000'000'123};
  run.ended_at = model::Timestamp{1'700'000'041'323};
  run.command = {"python", "train.py", "caf\xe9"};
  run.cwd = ".";
  run.code.commit = std::string(40, 'c');
  run.code.in_git = true;
  run.code.dirty = true;
  run.code.changes = {{"a\xff.py", "staged-added+modified", std::nullopt}};
  run.code.submodules = {{"lib", "", true}};
  run.code.omitted = {{"big.bin", "larger than 50 MB"}};
  run.code.digest = digest('1');
  run.params = {{"lr", {"0.1", "argv"}}, {"model.depth", {"6", "file:params.yaml"}}};
  run.metrics["rmse"] = {0.412, 7, 0.4, 0.5, 8, false};
  run.metrics["loss"] = {std::nan(""), 0, std::nullopt, k_infinity, 1, true};
  run.tags = {{"team", "a"}};
  run.inputs = {{"data", digest('2'), digest('3'), 4, 1000, true, true}};
  run.outputs = {{"model.pkl", std::nullopt, std::nullopt, 0, 0, true, false}};
  run.artifacts = {{"plot.png", digest('4'), 12}};
  run.environment_digest = digest('5');
  run.environment.emplace();
  run.environment->interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  run.environment->packages = {{"numpy", "1.24.2", "dist-info"}};
  run.environment->variables = {{"OMP_NUM_THREADS", "1"}};
  run.logs.stdout_digest = digest('6');
  run.trace = model::RunTrace{true, true, {}, {"/data"}, {}, {}, {"10.0.0.7:80"}};
  run.recorded = model::Level::data;
  run.proven = model::Level::code;
  run.missing = {"environment: no interpreter was recognised"};
  run.additions = {{{1'700'000'050'000}, "tag", "team", "a"}};
  return run;
}

const std::vector<std::string> k_run_fields = {
    "schema",    "id",         "name",     "experiment", "status",        "exit_code",
    "signal",    "started_at", "ended_at", "duration_s", "command",       "cwd",
    "user",      "host",       "code",     "params",     "param_sources", "metrics",
    "tags",      "note",       "inputs",   "outputs",    "artifacts",     "environment",
    "resources", "logs",       "level",    "parent",     "trace"};

TEST(RunDocument, AlwaysHasEveryField)
{
  for (const model::Run& run : {model::Run(), full_run()}) {
    const Json document = Json::parse(to_json(run));
    EXPECT_THAT(keys_of(document), IsSupersetOf(k_run_fields));
    EXPECT_THAT(keys_of(document["code"]),
                IsSupersetOf({"commit", "branch", "remote_url", "dirty", "changes", "digest"}));
    EXPECT_THAT(keys_of(document["resources"]),
                IsSupersetOf({"user_s", "system_s", "max_rss_bytes"}));
    EXPECT_THAT(keys_of(document["logs"]), IsSupersetOf({"stdout", "stderr"}));
    EXPECT_THAT(keys_of(document["level"]), IsSupersetOf({"recorded", "proven", "missing"}));
  }
}

TEST(RunDocument, IsNullWhereThereIsNothing)
{
  const Json document = Json::parse(to_json(model::Run()));
  for (const char* field :
       {"exit_code", "signal", "ended_at", "duration_s", "note", "environment", "parent"}) {
    EXPECT_TRUE(document[field].is_null()) << field;
  }
  for (const char* field : {"commit", "branch", "remote_url", "digest"}) {
    EXPECT_TRUE(document["code"][field].is_null()) << field;
  }
  for (const char* field : {"params", "param_sources", "metrics", "tags"}) {
    EXPECT_EQ(document[field], Json::object()) << field;
  }
  for (const char* field : {"command", "inputs", "outputs", "artifacts"}) {
    EXPECT_EQ(document[field], Json::array()) << field;
  }
  EXPECT_TRUE(document["level"]["proven"].is_null());
  EXPECT_EQ(document["level"]["recorded"], 0);
  EXPECT_EQ(document["started_at"], "1970-01-01T00:00:00.000Z");
}

TEST(RunDocument, SaysWhatTheRecordHolds)
{
  const Json document = Json::parse(to_json(full_run()));
  EXPECT_EQ(document["schema"], "mlrepro.run/1");
  EXPECT_EQ(document["status"], "failed");
  EXPECT_EQ(document["started_at"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(document["ended_at"], "2023-11-14T22:14:01.323Z");
  EXPECT_EQ(document["duration_s"], 41.2);
  EXPECT_EQ(document["code"]["digest"], "sha256:" + std::string(64, '1'));
  EXPECT_EQ(document["code"]["submodules"][0]["commit"], nullptr);
  EXPECT_EQ(document["params"], (Json{{"lr", "0.1"}, {"model.depth", "6"}}));
  EXPECT_EQ(document["param_sources"]["model.depth"], "file:params.yaml");
  EXPECT_EQ(document["inputs"][0], (Json{{"path", "data"},
                                         {"snapshot", std::string(64, '2')},
                                         {"digest", "sha256:" + std::string(64, '3')},
                                         {"files", 4},
                                         {"bytes", 1000},
                                         {"changed_during_run", true},
                                         {"stored", true},
                                         {"forgotten", nullptr},
                                         {"declared", true},
                                         {"traced", nullptr},
                                         {"partial", false}}));
  EXPECT_TRUE(document["outputs"][0]["snapshot"].is_null());
  EXPECT_EQ(document["environment"]["packages"][0]["name"], "numpy");
  EXPECT_EQ(document["environment"]["digest"], "sha256:" + std::string(64, '5'));
  EXPECT_THAT(keys_of(document["environment"]),
              IsSupersetOf({"digest", "os", "kernel", "arch", "cpu", "threads", "memory_bytes",
                            "gpus", "interpreter", "packages", "variables"}));
  EXPECT_EQ(document["trace"]["mode"], "seccomp");
  EXPECT_EQ(document["trace"]["remotes"][0], "10.0.0.7:80");
  EXPECT_EQ(document["level"]["recorded"], 3);
  EXPECT_EQ(document["level"]["proven"], 1);
  EXPECT_EQ(document["additions"][0]["at"], "2023-11-14T22:14:10.000Z");
}

TEST(RunDocument, WritesNumbersThatJsonLacksAsText)
{
  const Json metrics = Json::parse(to_json(full_run()))["metrics"];
  EXPECT_EQ(metrics["rmse"]["last"], 0.412);
  EXPECT_THAT(keys_of(metrics["rmse"]), IsSupersetOf({"last", "step", "min", "max", "count"}));
  EXPECT_EQ(metrics["loss"]["last"], "NaN");
  EXPECT_TRUE(metrics["loss"]["min"].is_null());
  EXPECT_EQ(metrics["loss"]["max"], "Infinity");
}

TEST(RunDocument, WritesTextThatIsNotUtf8)
{
  const Json document = Json::parse(to_json(full_run()));
  EXPECT_EQ(document["command"][2], "caf\\xe9");
  EXPECT_EQ(document["code"]["changes"][0]["path"], "a\\xff.py");
}

TEST(RunDocument, HoldsManyNames)
{
  model::Run run;
  for (int i = 0; i < 20'000; ++i) {
    run.params["p" + std::to_string(i)] = {"1", "flag"};
    run.tags["t" + std::to_string(i)] = "1";
  }
  const auto document = nlohmann::json::parse(to_json(run));
  EXPECT_EQ(document["params"].size(), 20'000U);
  EXPECT_EQ(document["tags"].size(), 20'000U);
}

TEST(ListDocuments, HaveTheirFields)
{
  const std::vector<model::Run> runs = {full_run(), model::Run()};
  const Json list = Json::parse(runs_to_json(runs, "41"));
  EXPECT_THAT(keys_of(list), ElementsAre("schema", "runs", "next"));
  EXPECT_EQ(list["schema"], "mlrepro.list/1");
  EXPECT_EQ(list["runs"].size(), 2U);
  EXPECT_EQ(list["next"], "41");
  EXPECT_TRUE(Json::parse(runs_to_json({}, std::nullopt))["next"].is_null());
  EXPECT_EQ(Json::parse(runs_to_json({}, std::nullopt))["runs"], Json::array());

  const std::vector<ExperimentLine> experiments = {{"orders", 3, model::Timestamp{0}},
                                                   {"empty", 0, std::nullopt}};
  const Json named = Json::parse(experiments_to_json(experiments, "7"));
  EXPECT_THAT(keys_of(named), ElementsAre("schema", "experiments", "next"));
  EXPECT_EQ(named["next"], "7");
  EXPECT_EQ(named["experiments"][0]["last_started_at"], "1970-01-01T00:00:00.000Z");
  EXPECT_TRUE(named["experiments"][1]["last_started_at"].is_null());
}

TEST(SnapshotDocument, AlwaysHasEveryField)
{
  model::Snapshot snapshot;
  snapshot.id = digest('a');
  snapshot.path = "data/\xff";
  snapshot.root.digest = digest('b');
  snapshot.root.size = 10;
  snapshot.root.files = 2;
  snapshot.new_bytes = 5;
  const Json document = Json::parse(to_json(snapshot));
  EXPECT_THAT(keys_of(document),
              IsSupersetOf({"schema", "id", "name", "path", "created_at", "digest", "files",
                            "bytes", "stored_bytes", "new_bytes", "source", "profile"}));
  EXPECT_EQ(document["schema"], "mlrepro.snapshot/1");
  EXPECT_EQ(document["id"], std::string(64, 'a'));
  EXPECT_EQ(document["path"], "data/\\xff");
  EXPECT_TRUE(document["name"].is_null());
  EXPECT_EQ(document["source"], (Json{{"kind", "path"},
                                      {"uri", nullptr},
                                      {"query", nullptr},
                                      {"product", nullptr},
                                      {"given_as", nullptr},
                                      {"rows", nullptr},
                                      {"order_by", Json::array()},
                                      {"columns", Json::array()}}));
  const std::vector<model::Snapshot> snapshots = {snapshot};
  const Json list = Json::parse(snapshots_to_json(snapshots, std::nullopt));
  EXPECT_EQ(list["snapshots"][0], document);
  EXPECT_TRUE(list["next"].is_null());
}

const std::vector<std::string> k_diff_fields = {"schema",  "a",       "b",          "same",
                                                "command", "code",    "params",     "metrics",
                                                "inputs",  "outputs", "environment"};

TEST(DiffDocument, AlwaysHasEveryField)
{
  EXPECT_EQ(keys_of(Json::parse(to_json(model::RunDiff()))), k_diff_fields);
  EXPECT_EQ(keys_of(Json::parse(to_json(model::SnapshotDiff()))), k_diff_fields);
  const Json diff = Json::parse(to_json(model::RunDiff()));
  EXPECT_THAT(keys_of(diff["code"]), IsSupersetOf({"same", "commits", "files"}));
}

TEST(DiffDocument, SaysWhatDiffers)
{
  model::RunDiff diff;
  diff.a = std::string(32, 'a');
  diff.b = "working tree";
  diff.same = false;
  diff.code.files = {{"a.py", model::FileState::modified, 3, std::nullopt, ""}};
  diff.params = {{"lr", "0.1", std::nullopt, "argv", false}};
  diff.metrics = {{"rmse", 1.0, k_infinity, std::nullopt, std::nullopt, false}};
  const model::ManifestEntry entry{"x.csv", model::EntryType::file, true, 3, digest('1')};
  diff.inputs = {
      {"data", digest('2'), std::nullopt, {{{"x.csv", std::nullopt, entry}}, {}, {}}, true, false},
      {"other", std::nullopt, std::nullopt, {}, false, false}};
  diff.environment = {{"package numpy", std::nullopt, "1.25", false}};
  const Json document = Json::parse(to_json(diff));
  EXPECT_EQ(document["code"]["files"][0], (Json{{"path", "a.py"},
                                                {"state", "modified"},
                                                {"added", 3},
                                                {"removed", nullptr},
                                                {"patch", nullptr}}));
  EXPECT_EQ(document["params"][0],
            (Json{{"key", "lr"}, {"a", "0.1"}, {"b", nullptr}, {"source", "argv"}}));
  EXPECT_EQ(document["metrics"][0], (Json{{"key", "rmse"},
                                          {"a", 1.0},
                                          {"b", "Infinity"},
                                          {"delta", nullptr},
                                          {"relative", nullptr}}));
  const Json& files = document["inputs"][0]["files"];
  EXPECT_THAT(keys_of(files), ElementsAre("added", "removed", "changed"));
  EXPECT_TRUE(files["added"][0]["a"].is_null());
  EXPECT_EQ(files["added"][0]["b"]["executable"], true);
  EXPECT_EQ(document["inputs"][0]["tables"], Json::array());
  EXPECT_TRUE(document["inputs"][1]["files"].is_null());
  EXPECT_EQ(document["environment"][0],
            (Json{{"item", "package numpy"}, {"a", nullptr}, {"b", "1.25"}}));
}

TEST(DiffDocument, ListsTheFilesOfTwoSnapshots)
{
  model::SnapshotDiff diff{"left", "right", false, {}};
  diff.files.removed = {
      {"x", model::ManifestEntry{"x", model::EntryType::symlink, false, 3, digest('1')},
       std::nullopt}};
  const Json document = Json::parse(to_json(diff));
  EXPECT_EQ(document["inputs"][0]["files"]["removed"][0]["a"]["type"], "symlink");
  diff.same = true;
  EXPECT_EQ(Json::parse(to_json(diff))["inputs"], Json::array());
}

TEST(VerificationDocument, NamesDamageAndWhatNeedsIt)
{
  model::Verification verification;
  verification.checked = 7;
  verification.damaged = {
      {digest('d'), "missing", {"a", "\xff"}, {digest('e')}, {run_id()}, {}, ""}};
  const Json document = Json::parse(to_json(verification));
  EXPECT_EQ(document["schema"], "mlrepro.verification/1");
  EXPECT_EQ(document["checked"], 7);
  EXPECT_EQ(document["damaged"][0], (Json{{"object", "sha256:" + std::string(64, 'd')},
                                          {"problem", "missing"},
                                          {"paths", {"a", "\\xff"}},
                                          {"snapshots", {std::string(64, 'e')}},
                                          {"runs", {run_id().str()}},
                                          {"repaired_from", nullptr},
                                          {"not_repaired", nullptr}}));
  EXPECT_EQ(document["sample"], nullptr);
  EXPECT_EQ(document["indexes"], (Json{{"damaged", 0}, {"mended", 0}}));
  EXPECT_EQ(Json::parse(to_json(model::Verification()))["damaged"], Json::array());
}

TEST(VerificationDocument, SaysWhatARepairDid)
{
  model::Verification verification;
  verification.sample = 0.05;
  verification.damaged_indexes = 2;
  verification.mended_indexes = 1;
  verification.damaged = {{digest('d'), "missing", {}, {}, {}, "data/a", ""},
                          {digest('e'), "missing", {}, {}, {}, {}, "'b' is not there"}};
  const Json document = Json::parse(to_json(verification));
  EXPECT_EQ(document["sample"], 0.05);
  EXPECT_EQ(document["indexes"], (Json{{"damaged", 2}, {"mended", 1}}));
  EXPECT_EQ(document["damaged"][0]["repaired_from"], "data/a");
  EXPECT_EQ(document["damaged"][1]["repaired_from"], nullptr);
  EXPECT_EQ(document["damaged"][1]["not_repaired"], "'b' is not there");
  EXPECT_FALSE(verification.is_sound());
}

TEST(ReproductionDocument, AlwaysHasEveryField)
{
  model::Reproduction reproduction;
  reproduction.run = run_id();
  reproduction.levels = {{model::Level::code, model::CheckStatus::differs, {"other"}}};
  reproduction.metrics = {{"auc",
                           0.5,
                           std::nullopt,
                           std::nullopt,
                           k_infinity,
                           {0.1, 0},
                           model::MetricStatus::incomparable}};
  reproduction.outputs = {{"model.pkl", digest('1'), std::nullopt, model::CheckStatus::missing}};
  const Json document = Json::parse(to_json(reproduction));
  EXPECT_THAT(keys_of(document),
              IsSupersetOf({"schema", "run", "replay", "replays", "repeats", "gate", "verdict",
                            "deterministic", "causes", "levels", "metrics", "outputs", "duration_s",
                            "run_name", "replay_names", "isolation"}));
  EXPECT_EQ(document["schema"], "mlrepro.reproduction/1");
  EXPECT_TRUE(document["replay"].is_null());
  EXPECT_EQ(document["verdict"], "blocked");
  EXPECT_EQ(document["levels"][0], (Json{{"level", 1},
                                         {"name", "code"},
                                         {"status", "differs"},
                                         {"reasons", Json::array({"other"})}}));
  EXPECT_EQ(document["metrics"][0], (Json{{"key", "auc"},
                                          {"recorded", 0.5},
                                          {"replayed", nullptr},
                                          {"abs", nullptr},
                                          {"rel", "Infinity"},
                                          {"tolerance", {{"abs", 0.1}, {"rel", 0.0}}},
                                          {"status", "incomparable"},
                                          {"reason", nullptr},
                                          {"rule", nullptr},
                                          {"direction", "two-sided"},
                                          {"min", nullptr},
                                          {"max", nullptr},
                                          {"required", false},
                                          {"noise", nullptr}}));
  EXPECT_EQ(document["outputs"][0], (Json{{"path", "model.pkl"},
                                          {"recorded", std::string(64, '1')},
                                          {"replayed", nullptr},
                                          {"status", "missing"},
                                          {"normalised", Json::array()},
                                          {"reasons", Json::array()},
                                          {"files", Json::array()},
                                          {"files_not_the_same", 0},
                                          {"ruled", false}}));
}

TEST(ErrorDocument, IsOneLine)
{
  const std::string text =
      to_json(model::Error(model::ErrorKind::corrupt, "open '\xff'\n: no", "type this"));
  EXPECT_THAT(text, EndsWith("}}\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const Json error = Json::parse(text)["error"];
  EXPECT_EQ(error,
            (Json{{"kind", "corrupt"}, {"message", "open '\\xff'\n: no"}, {"hint", "type this"}}));
  EXPECT_TRUE(
      Json::parse(to_json(model::Error(model::ErrorKind::io, "x")))["error"]["hint"].is_null());
}

TEST(SmallDocuments, HaveTheirFields)
{
  EXPECT_EQ(Json::parse(init_to_json("/p/.mlrepro", true)),
            (Json{{"schema", "mlrepro.init/1"}, {"store", "/p/.mlrepro"}, {"created", true}}));
  EXPECT_EQ(Json::parse(restored_to_json("d", {3, 10, 1, 2})),
            (Json{{"schema", "mlrepro.restore/1"},
                  {"target", "d"},
                  {"files", 3},
                  {"bytes", 10},
                  {"kept", 1},
                  {"linked", 2}}));
}

TEST(CanonicalEnvironment, IsEqualOnlyForEqualEnvironments)
{
  const model::Environment one = *full_run().environment;
  model::Environment two = one;
  EXPECT_EQ(canonical_text(one), canonical_text(two));
  two.packages[0].version = "1.25";
  EXPECT_NE(canonical_text(one), canonical_text(two));
  two = one;
  two.interpreter.reset();
  EXPECT_NE(canonical_text(one), canonical_text(two));
}

}  // namespace
}  // namespace mlrepro::format
