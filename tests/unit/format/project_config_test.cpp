// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/project_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ProjectConfig, HasDefaultsForAnEmptyFile)
{
  const ProjectConfig config = parse_config("mlrepro.toml", "");
  EXPECT_TRUE(config.experiment.empty());
  EXPECT_TRUE(config.capture);
  EXPECT_FALSE(config.require_clean);
  EXPECT_FALSE(config.timeout_s);
  EXPECT_EQ(config.resources_s, 5);
  EXPECT_EQ(config.max_untracked_bytes, 50'000'000U);
}

TEST(ProjectConfig, ReadsEveryKey)
{
  const ProjectConfig config = parse_config("mlrepro.toml", R"(
[run]
experiment = "orders"
inputs = ["data/"]
outputs = ["model.pkl", "plots"]
metrics = ["metrics.json"]
params = ["params.yaml:model"]
env = ["LANG"]
tags = { team = "a", "dotted.key" = "b" }
level = "data"
timeout = 3600
grace = 2.5
resources = 0.5
require_clean = true
capture = false
trace = true
data_roots = ["/data"]
[code]
max_untracked = "1.5 MiB"
[[tolerance]]
metric = "val/*"
rtol = 1e-3
[[tolerance]]
metric = "auc"
absolute = 0.002
direction = "higher-is-better"
min = -0.5
max = 1
required = true
[[output]]
path = "out/*.csv"
key = ["store", "week"]
atol = 1e-6
[[output]]
path = "p.tsv"
key = "id"
)");
  EXPECT_EQ(config.experiment, "orders");
  EXPECT_THAT(config.inputs, ElementsAre("data/"));
  EXPECT_THAT(config.outputs, ElementsAre("model.pkl", "plots"));
  EXPECT_THAT(config.metric_files, ElementsAre("metrics.json"));
  EXPECT_THAT(config.param_files, ElementsAre("params.yaml:model"));
  EXPECT_THAT(config.env, ElementsAre("LANG"));
  EXPECT_EQ(config.tags, (std::map<std::string, std::string>{{"team", "a"}, {"dotted.key", "b"}}));
  EXPECT_EQ(config.level, "data");
  EXPECT_EQ(config.timeout_s, 3600);
  EXPECT_EQ(config.grace_s, 2.5);
  EXPECT_EQ(config.resources_s, 0.5);
  EXPECT_TRUE(config.require_clean);
  EXPECT_TRUE(config.trace);
  EXPECT_THAT(config.data_roots, ElementsAre("/data"));
  EXPECT_FALSE(config.capture);
  EXPECT_EQ(config.max_untracked_bytes, 1'572'864U);
  ASSERT_EQ(config.tolerances.size(), 2U);
  EXPECT_EQ(config.tolerances[0].metric, "val/*");
  EXPECT_EQ(config.tolerances[0].tolerance, (model::Tolerance{0, 1e-3}));
  EXPECT_EQ(
      config.tolerances[1],
      (model::MetricRule{"auc", {0.002, 0}, model::Direction::higher_is_better, -0.5, 1, true}));
  EXPECT_THAT(config.row_rules,
              ElementsAre(model::RowRule{"out/*.csv", {1e-6, 0}, {"store", "week"}},
                          model::RowRule{"p.tsv", {}, {"id"}}));
}

TEST(ProjectConfig, ReadsWhatToLookForInOutput)
{
  EXPECT_EQ(parse_config("f.toml", "").scalars.patterns.size(), 5U);
  EXPECT_EQ(default_config().scalars, parse_config("f.toml", "[scalars]\n").scalars);
  const auto chosen =
      parse_config("f.toml", "[scalars]\npatterns = [\"json\"]\ntemplates = [\"a {a}\"]\n");
  EXPECT_EQ(chosen.scalars, (model::ScalarRules{{"json"}, {"a {a}"}}));
  EXPECT_TRUE(parse_config("f.toml", "[scalars]\nenabled = false\n").scalars.empty());
  testing::expect_error(
      model::ErrorKind::usage, HasSubstr("file 'f.toml': 'scalars': no pattern is called 'x'"),
      [] { parse_config("f.toml", "[scalars]\nenabled = false\npatterns = [\"x\"]\n"); });
}

TEST(ProjectConfig, SwitchesMeasuringOff)
{
  EXPECT_FALSE(parse_config("mlrepro.toml", "[run]\nresources = false").resources_s);
  EXPECT_EQ(parse_config("mlrepro.toml", "[run]\nresources = true").resources_s, 5);
}

TEST(ProjectConfig, SaysWhatIsWrong)
{
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[run", "file 'mlrepro.toml', line 1"},
      {"[rum]\n", "unknown key 'rum'"},
      {"[run]\ninput = []", "unknown key 'run.input'"},
      {"run = 3", "'run' must be a table"},
      {"[run]\ninputs = \"data\"", "'run.inputs' must be a list"},
      {"[run]\ninputs = [[\"data\"]]", "'run.inputs' must be one value"},
      {"[run]\nexperiment = []", "'run.experiment' must be one value"},
      {"[run]\ntimeout = -1", "'run.timeout' must be a number of 0 or more"},
      {"[run]\ntimeout = nan", "'run.timeout' must be a number"},
      {"[run]\ntimeout = inf", "'run.timeout' must be a number"},
      {"[run]\ngrace = \"soon\"", "'run.grace' must be a number"},
      {"[run]\nresources = 0", "'run.resources' must be from 0.1 to 86400 seconds, or false"},
      {"[run]\nresources = nan", "'run.resources' must be from 0.1"},
      {"[run]\ncapture = 1", "'run.capture' must be true or false"},
      {"[run]\ntags = [1]", "'run.tags' must be a table"},
      {"[code]\nmax_untracked = \"big\"", "'code.max_untracked' must be a size"},
      {"[tolerance]\nmetric = \"a\"", "write '[[tolerance]]'"},
      {"[[tolerance]]\nrtol = 1", "needs 'metric'"},
      {"[[tolerance]]\nmetric = \"a\"\nrtol = inf", "'tolerance.relative' must be a number"},
      {"[[tolerance]]\nmetric = \"a\"\ntol = 1", "unknown key 'tolerance.tol'"},
      {"[[tolerance]]\nmetric = \"a\"\ndirection = \"up\"", "must be lower-is-better"},
      {"[[tolerance]]\nmetric = \"a\"\nmin = 2\nmax = 1", "'tolerance.min' of 'a' is above"},
      {"[[tolerance]]\nmetric = \"a\"\nmax = nan", "'tolerance.max' must be a finite number"},
      {"[output]\npath = \"a\"", "write '[[output]]'"},
      {"[[output]]\natol = 1", "needs 'path'"},
      {"[[output]]\npath = \"a\"\natol = -1", "'output.absolute' must be a number"}};
  for (const auto& [text, message] : cases) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr(message),
                          [&text = text] { parse_config("mlrepro.toml", text); });
  }
}

TEST(ProjectConfig, NamesTheKeysThatItKnows)
{
  try {
    parse_config("mlrepro.toml", "[code]\nlimit = 1");
    FAIL();
  } catch (const model::Error& error) {
    EXPECT_EQ(error.hint(), "known here: max_untracked");
  }
}

TEST(ProjectConfig, ReadsSizes)
{
  const std::vector<std::pair<std::string, std::optional<std::uint64_t>>> cases = {
      {"0", 0},
      {"4096", 4096},
      {"12B", 12},
      {"50MB", 50'000'000},
      {"50 MB", 50'000'000},
      {"1k", 1000},
      {"1KiB", 1024},
      {"1.5 GB", 1'500'000'000},
      {"2TiB", 2'199'023'255'552},
      {"0.5", 0},
      {"", std::nullopt},
      {"MB", std::nullopt},
      {"-1", std::nullopt},
      {"1XB", std::nullopt},
      {"1MBB", std::nullopt},
      {"1 M B", std::nullopt},
      {"1.2.3", std::nullopt},
      {"nan", std::nullopt},
      {"99999999999TB", std::nullopt},
      {"1e3", std::nullopt}};
  for (const auto& [text, bytes] : cases) {
    EXPECT_EQ(parse_bytes(text), bytes) << text;
  }
}

}  // namespace
}  // namespace mlrepro::format
