// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/parameter_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using Parameters = std::map<std::string, std::string>;
using ::testing::HasSubstr;

struct Case {
  std::string file, text;
  Parameters parameters;
};

TEST(ParameterFile, FlattensEachFormat)
{
  const Parameters same = {
      {"lr", "0.1"}, {"model.depth", "6"}, {"model.name", "tree"}, {"on", "true"}};
  EXPECT_EQ(parse_parameters("p.yaml", "lr: 0.1\nmodel: {depth: 6, name: 'tree'}\n\"on\": true\n"),
            same);
  EXPECT_EQ(parse_parameters("p.json", R"({"lr":0.1,"model":{"depth":6,"name":"tree"},"on":true})"),
            same);
  EXPECT_EQ(
      parse_parameters("p.toml", "lr = 0.1\non = true\n[model]\ndepth = 6\nname = \"tree\"\n"),
      same);
}

TEST(ParameterFile, KeepsScalarsAsTheyAreWritten)
{
  const std::vector<Case> cases = {
      {"p.yaml",
       "a: 1e-3\nb: 0.10\nc: ~\nd:\ne: ''\nf: No\ng: 0x1F",
       {{"a", "1e-3"},
        {"b", "0.10"},
        {"c", "null"},
        {"d", "null"},
        {"e", ""},
        {"f", "No"},
        {"g", "0x1F"}}},
      {"p.json",
       R"({"a":1e-3,"b":0.10,"c":null,"d":18446744073709551616,"e":-7,"f":NaN,"g":"NaN"})",
       {{"a", "1e-3"},
        {"b", "0.10"},
        {"c", "null"},
        {"d", "18446744073709551616"},
        {"e", "-7"},
        {"f", "NaN"},
        {"g", "NaN"}}},
      {"p.toml",
       "a = 1e-3\nb = 0.10\nc = 1_000\nd = 2021-06-01\ne = false\nf = 'x'\ng = nan\nh = 07:32:00",
       {{"a", "0.001"},
        {"b", "0.1"},
        {"c", "1000"},
        {"d", "2021-06-01"},
        {"e", "false"},
        {"f", "x"},
        {"g", "NaN"},
        {"h", "07:32:00"}}}};
  for (const Case& item : cases) {
    EXPECT_EQ(parse_parameters(item.file, item.text), item.parameters) << item.file;
  }
}

TEST(ParameterFile, WritesPlainListsAsOneValueAndOthersByIndex)
{
  EXPECT_EQ(parse_parameters("p.json",
                             R"({"a":[1,2],"b":[],"c":[{"n":1},{"n":2}],"d":[[1],[2,3]],"e":{}})"),
            (Parameters{{"a", "[1, 2]"},
                        {"b", "[]"},
                        {"c.0.n", "1"},
                        {"c.1.n", "2"},
                        {"d.0", "[1]"},
                        {"d.1", "[2, 3]"},
                        {"e", "{}"}}));
}

TEST(ParameterFile, TellsDifferentListsApart)
{
  const std::vector<std::string> lists = {
      R"(["a, b"])", R"(["a","b"])", R"(["a, b",""])", R"(["[a"])", R"([" a"])",
      R"(["a"])",    R"(["\"a\""])", R"([""])",        R"([])",     R"(["a\nb"])"};
  std::set<std::string> values;
  for (const std::string& list : lists) {
    values.insert(parse_parameters("p.json", "{\"x\":" + list + "}").at("x"));
  }
  EXPECT_EQ(values.size(), lists.size());
}

TEST(ParameterFile, TakesASubtree)
{
  const std::string text = "model:\n  tree: {depth: 6}\n  trees: 3\nlr: 1\n";
  EXPECT_EQ(parse_parameters("p.yaml", text, "model.tree"),
            (Parameters{{"model.tree.depth", "6"}}));
  EXPECT_EQ(parse_parameters("p.yaml", text, "lr"), (Parameters{{"lr", "1"}}));
  testing::expect_error(model::ErrorKind::usage, HasSubstr("no key 'mod'"),
                        [&] { parse_parameters("p.yaml", text, "mod"); });
}

TEST(ParameterFile, ExpandsAliasesAndMergeKeys)
{
  EXPECT_EQ(
      parse_parameters("p.yaml", "base: &b {lr: 1, depth: 6}\nbig: {<<: *b, depth: 9}\n"),
      (Parameters{{"base.lr", "1"}, {"base.depth", "6"}, {"big.lr", "1"}, {"big.depth", "9"}}));
  EXPECT_EQ(parse_parameters("p.yaml", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n"),
            (Parameters{{"a.x", "1"}, {"b.x", "2"}, {"b.y", "2"}, {"c.x", "1"}, {"c.y", "2"}}));
}

TEST(ParameterFile, IsEmptyWithoutContent)
{
  EXPECT_TRUE(parse_parameters("p.yaml", "").empty());
  EXPECT_TRUE(parse_parameters("p.yaml", "# none\n---\n").empty());
  EXPECT_TRUE(parse_parameters("p.json", "\xef\xbb\xbf{}").empty());
  EXPECT_TRUE(parse_parameters("p.toml", "").empty());
}

TEST(ParameterFile, SaysWhereItIsWrong)
{
  const std::string deep(1000, '[');
  struct Bad {
    std::string file, text, message;
  };
  const std::vector<Bad> cases = {
      {"p.yaml", "a: 1\nb: 2\na: 3\n", "file 'p.yaml', line 3, column 1: key 'a' stands twice"},
      {"p.yaml", "a: {b: 1, b: 2}\n", "line 1, column 11: key 'b' stands twice"},
      {"p.yaml", "a: b: c\n", "file 'p.yaml', line 1"},
      {"p.yaml", "a: *nobody\n", "line 1, column 4"},
      {"p.yaml", "? [1]\n: 2\n", "line 1, column 3: a key must be plain text"},
      {"p.yaml", "- 1\n", "its top level is no map"},
      {"p.yaml", "a: 1\n---\nb: 2\n", "line 3, column 1: a second document begins"},
      {"p.yaml", "a: " + deep, "file 'p.yaml', line"},
      {"p.yaml", "a: &a [*a]\n", "nested too deeply"},
      {"p.yaml", "x: &x [[]]\na: {<<: &b [*b]}\n", "nested too deeply"},
      {"p.yaml", "a: {<<: 3}\n", "line 1, column 9: '<<' merges a map"},
      {"p.yaml", "a: 1\n]\n", "file 'p.yaml', line 2"},
      {"p.toml", "[=]\n", "file 'p.toml': it is malformed"},
      {"p.toml", std::string("[\0a]\n", 5), "line 1, column 2: a control character"},
      {"p.json", "{\"a\":1,\n  \"a\":2}", "file 'p.json', line 2, column 3: key 'a' stands twice"},
      {"p.json", "{\"a\\\"\":1,\n  \"a\\\"\":2}", "line 2, column 3: key 'a\"' stands twice"},
      {"p.json", "{\"a\":NaN,\"a\":2}", "line 1, column 10: key 'a' stands twice"},
      {"p.json", "{\"a\":}", "line 1, column 6: this is not JSON"},
      {"p.json", "{\"a\":1", "line 1, column 7: the file ends early"},
      {"p.json", "{\"a\":1} x", "line 1, column 9: this is not JSON"},
      {"p.json", "{\"a\":\"\xff\"}", "line 1, column 7"},
      {"p.json", "{\"a\":" + deep, "line 1, column 105: nested too deeply"},
      {"p.json", "{\"a.b\":1,\"a\":{\"b\":2}}", "key 'a.b' stands twice"},
      {"p.json", "3", "its top level is no map"},
      {"p.toml", "a = 1\na = 2\n", "file 'p.toml', line 2"},
      {"p.toml", "a = = 1\n", "file 'p.toml', line 1, column 5"},
      {"p.toml", "a = " + deep, "file 'p.toml', line 1"},
      {"p.toml", std::string(100'000, 'a') + " = 1\nb = \"\xff\"", "file 'p.toml', line 2"},
      {"p.ini", "a=1", "file 'p.ini': its ending is none of"}};
  for (const Bad& item : cases) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr(item.message),
                          [&] { parse_parameters(item.file, item.text); });
  }
}

TEST(ParameterFile, EndsForTextInWhichYamlCppFindsEndlessDocuments)
{
  EXPECT_LE(parse_parameters("p.yaml",
                             ",a: &\xb3"
                             "a*:aa*")
                .size(),
            1U);
}

TEST(ParameterFile, RefusesAliasesThatExpandTooFar)
{
  std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  std::string merges = "m0: &m0 []\n";
  for (int i = 1; i < 12; ++i) {
    const std::string n = std::to_string(i);
    const std::string p = std::to_string(i - 1);
    text += "a" + n + ": &a" + n + " [*a" + p + ", *a" + p + ", *a" + p + ", *a" + p + ", *a" + p +
            "]\n";
    merges += "m" + n + ": &m" + n + " [*m" + p + ", *m" + p + ", *m" + p + ", *m" + p + ", *m" +
              p + "]\n";
  }
  for (const std::string& bomb : {text, merges + "x: {<<: *m11}\n"}) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr("expanded too far"),
                          [&] { parse_parameters("p.yaml", bomb); });
  }
}

TEST(ParameterFile, ReadsALargeMapSoon)
{
  std::string yaml;
  std::string json = "{";
  for (int i = 0; i < 20'000; ++i) {
    yaml += "k" + std::to_string(i) + ": 1\n";
    json += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(parse_parameters("p.yaml", yaml).size(), 20'000U);
  EXPECT_EQ(parse_parameters("p.json", json + "}").size(), 20'000U);
}

TEST(ParameterFile, AnotherValueStandsWhereTheOldOneStood)
{
  const std::string yaml =
      "# 20 rows\nmin_rows: 20  # of each store\nmodel:\n  depth: 20\n"
      "  kind: 'gbm'\n  sizes: [1, 20]\nempty:\n";
  EXPECT_EQ(with_parameter("p.yaml", yaml, "min_rows", "50"),
            "# 20 rows\nmin_rows: 50  # of each store\nmodel:\n  depth: 20\n"
            "  kind: 'gbm'\n  sizes: [1, 20]\nempty:\n");
  EXPECT_THAT(*with_parameter("p.yaml", yaml, "model.depth", "7"), HasSubstr("  depth: 7\n"));
  EXPECT_THAT(*with_parameter("p.yaml", yaml, "model.kind", "it's: #1"), HasSubstr("\"it's: #1\""));
  EXPECT_THAT(*with_parameter("p.yaml", yaml, "model.sizes", "[2]"), HasSubstr("sizes: [2]\n"));
  EXPECT_EQ(with_parameter("p.yaml", yaml, "min_rows", "20"), yaml);
  EXPECT_EQ(with_parameter("p.yaml", yaml, "empty", "1"), std::nullopt);
  EXPECT_EQ(with_parameter("p.yaml", yaml, "nothing", "1"), std::nullopt);
  EXPECT_EQ(with_parameter("p.json", R"({"a": {"lr": 0.1}, "lr": 0.1})", "lr", "0.3"),
            R"({"a": {"lr": 0.1}, "lr": 0.3})");
  EXPECT_EQ(with_parameter("p.json", R"({"kind": 1})", "kind", "rf"), R"({"kind": "rf"})");
  EXPECT_EQ(with_parameter("p.toml", "[a]\nb = \"x\"\n", "a.b", "y"), "[a]\nb = \"y\"\n");
}

TEST(ParameterFile, AValueAmongManyEqualOnesIsFoundByItsName)
{
  std::string text = "{";
  for (int i = 0; i < 3000; ++i) {
    text += "\"k" + std::to_string(i) + "\":1,";
  }
  text += "\"last\":1}";
  EXPECT_THAT(*with_parameter("p.json", text, "last", "2"), HasSubstr("\"last\":2}"));
}

}  // namespace
}  // namespace mlrepro::format
