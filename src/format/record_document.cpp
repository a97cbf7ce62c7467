// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/record_document.hpp"

#include "format/record_query.hpp"
#include "format/record_run.hpp"
#include "format/record_values.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using namespace records;

constexpr const char* k_run = "mlrepro.record/1";
constexpr const char* k_environment = "mlrepro.environment/1";
constexpr const char* k_points = "mlrepro.points/1";
constexpr const char* k_snapshot = "mlrepro.entry/1";
constexpr const char* k_forgotten = "mlrepro.forgotten/1";

json put_snapshot(const model::Snapshot& snapshot)
{
  const model::TreeEntry& root = snapshot.root;
  json value = {{"id", put(snapshot.id)},
                {"name", put_text(snapshot.name)},
                {"path", put_text(snapshot.path)},
                {"created_at", put(snapshot.created_at)},
                {"root",
                 {{"name", put_text(root.name)},
                  {"type", static_cast<int>(root.type)},
                  {"executable", root.executable},
                  {"size", root.size},
                  {"files", root.files},
                  {"digest", put(root.digest)}}},
                {"stored_bytes", snapshot.stored_bytes},
                {"new_bytes", snapshot.new_bytes},
                {"stored", snapshot.stored == model::Stored::content},
                {"source_kind", put_text(snapshot.source_kind)},
                {"source_uri", put_optional(snapshot.source_uri, put_text)},
                {"source_query", put_optional(snapshot.source_query, put_text)}};
  // Only where there is one: the documents of all other snapshots are what they have always been,
  // so that a remote that has them knows them.
  if (snapshot.result) {
    value["result"] = put_query_result(*snapshot.result);
  }
  return value;
}

model::TreeEntry take_root(const json& value)
{
  model::TreeEntry root;
  root.name = take_text(value.at("name"));
  const auto type = take_whole<std::int64_t>(value.at("type"));
  if (type < 0 || type > static_cast<std::int64_t>(model::EntryType::symlink)) {
    refuse("a type of file is none");
  }
  root.type = static_cast<model::EntryType>(type);
  root.executable = value.at("executable").get<bool>();
  root.size = take_whole<std::uint64_t>(value.at("size"));
  root.files = take_whole<std::uint64_t>(value.at("files"));
  root.digest = take_digest(value.at("digest"));
  return root;
}

model::Snapshot take_snapshot(const json& value)
{
  model::Snapshot snapshot;
  snapshot.id = take_digest(value.at("id"));
  snapshot.name = take_text(value.at("name"));
  snapshot.path = take_path(value.at("path"));
  snapshot.created_at = take_time(value.at("created_at"));
  snapshot.root = take_root(value.at("root"));
  snapshot.stored_bytes = take_whole<std::uint64_t>(value.at("stored_bytes"));
  snapshot.new_bytes = take_whole<std::uint64_t>(value.at("new_bytes"));
  snapshot.stored =
      value.at("stored").get<bool>() ? model::Stored::content : model::Stored::identity_only;
  snapshot.source_kind = take_text(value.at("source_kind"));
  snapshot.source_uri = take_optional(value.at("source_uri"), take_text);
  snapshot.source_query = take_optional(value.at("source_query"), take_text);
  if (value.contains("result")) {
    snapshot.result = take_query_result(value.at("result"));
  }
  return snapshot;
}

json put_history(const model::TagChange& change)
{
  return json::array({put_text(change.key), put_text(change.value), put(change.replaced_at)});
}

json put_proof(const model::ProofOfRun& proof)
{
  return json::array(
      {proof.replay.str(), static_cast<int>(proof.level), put_text(proof.verdict), put(proof.at)});
}

}  // namespace

std::string encode_run_document(const RunDocument& document)
{
  const model::RunRecord& record = document.record;
  json points = json::array();
  for (const auto& [key, digests] : document.points) {
    points.push_back(json::array({put_text(key), put_list(digests, [](const model::Digest& digest) {
                                    return put(digest);
                                  })}));
  }
  return json{{"schema", k_run},
              {"run", put_run(record.run)},
              {"environment", put_optional(document.environment)},
              {"points", std::move(points)},
              {"tag_history", put_list(record.tag_history, put_history)},
              {"proofs", put_list(record.proofs, put_proof)},
              {"entries", put_list(record.entries, put_snapshot)}}
      .dump();
}

RunDocument decode_run_document(std::string_view text)
{
  return read_document(text, k_run, [](const json& value) {
    RunDocument document;
    model::RunRecord& record = document.record;
    record.run = take_run(value.at("run"));
    document.environment = take_optional(value.at("environment"), take_digest);
    for (const json& item : value.at("points")) {
      document.points.emplace(take_text(item.at(0)), take_list(item.at(1), take_digest));
    }
    record.tag_history = take_list(value.at("tag_history"), [](const json& item) {
      return model::TagChange{take_text(item.at(0)), take_text(item.at(1)), take_time(item.at(2))};
    });
    record.proofs = take_list(value.at("proofs"), [](const json& item) {
      return model::ProofOfRun{take_run_id(item.at(0)), take_level(item.at(1)),
                               take_text(item.at(2)), take_time(item.at(3))};
    });
    record.entries = take_list(value.at("entries"), take_snapshot);
    for (model::Snapshot& entry : record.entries) {
      entry.run = record.run.id;
    }
    return document;
  });
}

std::string encode_environment_document(const model::Environment& environment)
{
  json document = put_environment(environment);
  document["schema"] = k_environment;
  return document.dump();
}

model::Environment decode_environment_document(std::string_view text)
{
  return read_document(text, k_environment, take_environment);
}

std::string encode_points(std::span<const model::MetricPoint> points)
{
  bool has_lines = false;
  for (const model::MetricPoint& point : points) {
    has_lines = has_lines || point.line != 0;
  }
  using Point = model::MetricPoint;
  json document = {{"schema", k_points},
                   {"values", put_list(points, [](const Point& p) { return put_number(p.value); })},
                   {"steps", put_list(points, [](const Point& p) { return json(p.step); })},
                   {"times", put_list(points, [](const Point& p) { return put(p.time); })},
                   {"lines", nullptr}};
  if (has_lines) {
    document["lines"] = put_list(points, [](const Point& p) { return json(p.line); });
  }
  return document.dump();
}

std::vector<model::MetricPoint> decode_points(std::string_view text)
{
  return read_document(text, k_points, [](const json& document) {
    const json& values = document.at("values");
    const json& steps = document.at("steps");
    const json& times = document.at("times");
    const json& lines = document.at("lines");
    const std::size_t count = values.size();
    if (!values.is_array() || !steps.is_array() || !times.is_array() || steps.size() != count ||
        times.size() != count || (!lines.is_null() && lines.size() != count)) {
      refuse("the points of a metric are not complete");
    }
    std::vector<model::MetricPoint> points;
    points.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      points.push_back({take_number(values[i]), take_whole<std::int64_t>(steps[i]),
                        take_time(times[i]),
                        lines.is_null() ? 0 : take_whole<std::uint64_t>(lines.at(i))});
    }
    return points;
  });
}

std::string encode_snapshot_document(const model::Snapshot& snapshot)
{
  json document = put_snapshot(snapshot);
  document["schema"] = k_snapshot;
  return document.dump();
}

model::Snapshot decode_snapshot_document(std::string_view text)
{
  return read_document(text, k_snapshot, take_snapshot);
}

std::string encode_tombstones(std::span<const model::Tombstone> tombstones)
{
  const auto put_one = [](const model::Tombstone& stone) {
    return json::array({put(stone.digest), stone.folder, put_text(stone.path), put(stone.at)});
  };
  return json{{"schema", k_forgotten}, {"forgotten", put_list(tombstones, put_one)}}.dump();
}

std::vector<model::Tombstone> decode_tombstones(std::string_view text)
{
  return read_document(text, k_forgotten, [](const json& document) {
    return take_list(document.at("forgotten"), [](const json& item) {
      return model::Tombstone{take_digest(item.at(0)), item.at(1).get<bool>(),
                              take_text(item.at(2)), take_time(item.at(3))};
    });
  });
}

}  // namespace mlrepro::format
