// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/record_document.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"

namespace mlrepro::format {
namespace {

using model::ErrorKind;
using nlohmann::json;
using testing::error_of;

model::Digest digest_of(std::uint8_t byte)
{
  model::Digest::Bytes bytes{};
  bytes.fill(byte);
  return model::Digest(bytes);
}

RunDocument sample()
{
  RunDocument document;
  model::Run& run = document.record.run;
  run.id = *model::RunId::parse(std::string(32, 'a'));
  run.name = "name";
  run.status = model::RunStatus::failed;
  run.exit_code = 3;
  run.command = {"sh", "\xff\xfe"};
  run.cwd = "sub";
  run.seed = -5;
  run.code.digest = digest_of(1);
  run.metrics["nan"] = {std::nan(""), 2, {}, {}, 1, true, "text:stdout"};
  run.metrics["inf"] = {-std::numeric_limits<double>::infinity(), 2, 0.1, 1e300, 1, false, ""};
  run.inputs = {{"/abs/path", {}, {}, 0, 0, false, true}};
  run.additions = {{{5}, "note", "", "text"}};
  document.environment = digest_of(2);
  document.points["inf"] = {digest_of(3)};
  document.record.tag_history = {{"k", "v", {6}}};
  document.record.proofs = {{run.id, model::Level::code, "reproduced", {7}}};
  model::Snapshot entry;
  entry.path = "data";
  entry.source_uri = "uri";
  entry.result = model::QueryResult{
      "SQLite 3.40", "env:X", 7, {"a"}, {{"\xff", "INT", "BIGINT", model::ColumnRole::target}}};
  document.record.entries = {entry};
  return document;
}

TEST(RecordDocument, IsReadAsItWasWritten)
{
  const std::string text = encode_run_document(sample());
  const RunDocument read = decode_run_document(text);
  EXPECT_EQ(encode_run_document(read), text);
  EXPECT_EQ(read.record.run.command[1], "\xff\xfe");
  EXPECT_TRUE(std::isnan(read.record.run.metrics.at("nan").last));
  EXPECT_EQ(read.record.run.metrics.at("inf").max, 1e300);
  EXPECT_EQ(read.record.run.seed, -5);
  EXPECT_EQ(read.record.entries.front().run, read.record.run.id);
  EXPECT_EQ(read.record.entries.front().result, sample().record.entries.front().result);
}

// Each change of a sound document makes it one that is refused.
TEST(RecordDocument, TakesNothingOnTrust)
{
  const std::string sound = encode_run_document(sample());
  const std::pair<const char*, json> changes[] = {
      {"/schema", "mlrepro.record/2"},
      {"/run/id", "x"},
      {"/run/status", "running"},
      {"/run/status", 5},
      {"/run/cwd", ".."},
      {"/run/cwd", "a/../.."},
      {"/run/cwd", ""},
      {"/run/command", "sh"},
      {"/run/name", "a\nb"},
      {"/run/keep", 9},
      {"/run/started_at", 1.5},
      {"/run/started_at", INT64_MAX},
      {"/run/inputs/0/path", "../x"},
      {"/run/inputs/0/bytes", -1},
      {"/run/code/digest", "123"},
      {"/environment", "no digest"},
      {"/points", "x"},
      {"/entries/0/path", "../x"},
      {"/entries/0/root/type", 7},
      {"/entries/0/result/rows", -1},
      {"/entries/0/result/columns/0/3", "boss"},
      {"/proofs/0/1", -1},
      {"/run", nullptr},
  };
  for (const auto& [pointer, value] : changes) {
    json document = json::parse(sound);
    document.at(json::json_pointer(pointer)) = value;
    const std::string text = document.dump();
    EXPECT_EQ(error_of([&text] { (void)decode_run_document(text); }).kind(), ErrorKind::corrupt)
        << pointer << " " << text;
  }
  for (const char* text : {"", "[]", "{}", "null", "{\"schema\":5}", "\xff"}) {
    EXPECT_EQ(error_of([&] { (void)decode_run_document(text); }).kind(), ErrorKind::corrupt)
        << text;
  }
}

TEST(RecordDocument, KeepsEveryPoint)
{
  const std::vector<model::MetricPoint> points = {{0.1, -3, {5}, 0},
                                                  {std::nan(""), 4, {6}, 9},
                                                  {std::numeric_limits<double>::max(), 0, {7}, 0}};
  const auto read = decode_points(encode_points(points));
  ASSERT_EQ(read.size(), points.size());
  EXPECT_EQ(read[0], points[0]);
  EXPECT_TRUE(std::isnan(read[1].value));
  EXPECT_EQ(read[1].line, 9U);
  EXPECT_EQ(read[2], points[2]);
  EXPECT_EQ(error_of([] {
              (void)decode_points(R"({"schema":"mlrepro.points/1","values":[1],"steps":[],)"
                                  R"("times":[1],"lines":null})");
            }).kind(),
            ErrorKind::corrupt);
}

TEST(RecordDocument, KeepsTombstonesAndEnvironments)
{
  const std::vector<model::Tombstone> stones = {{digest_of(1), true, "a/\xff", {5}}};
  EXPECT_EQ(decode_tombstones(encode_tombstones(stones)), stones);
  model::Environment environment;
  environment.os = "o";
  environment.interpreter = model::Interpreter{"python", "3", "/p"};
  environment.packages = {{"n", "1", "s", {{"f", digest_of(2)}, {"g", {}}}}};
  environment.variables = {{"A", "b"}};
  environment.facts = {{"blas", "x"}};
  EXPECT_EQ(decode_environment_document(encode_environment_document(environment)), environment);
}

}  // namespace
}  // namespace mlrepro::format
