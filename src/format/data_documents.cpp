// SPDX-License-Identifier: Apache-2.0
#include "format/document_values.hpp"
#include "format/profile_values.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/profile_document.hpp"

namespace mlrepro::format {

Json query_column_value(const model::QueryColumn& column)
{
  return {{"name", text_value(column.name)},
          {"source_type", text_value(column.source_type)},
          {"type", text_value(column.type)},
          {"role", column.role ? Json(model::to_string(*column.role)) : Json(nullptr)}};
}

namespace {

Json source_value(const model::Snapshot& snapshot)
{
  Json source = {{"kind", text_value(snapshot.source_kind)},
                 {"uri", or_null(snapshot.source_uri, text_value)},
                 {"query", or_null(snapshot.source_query, text_value)},
                 {"product", nullptr},
                 {"given_as", nullptr},
                 {"rows", nullptr},
                 {"order_by", Json::array()},
                 {"columns", Json::array()}};
  if (snapshot.result) {
    source["product"] = text_value(snapshot.result->product);
    source["given_as"] = text_or_null(snapshot.result->given_as);
    source["rows"] = snapshot.result->rows;
    source["order_by"] = list_value(snapshot.result->order_by, text_value);
    source["columns"] = list_value(snapshot.result->columns, query_column_value);
  }
  return source;
}

}  // namespace

Json snapshot_value(const model::Snapshot& snapshot)
{
  return {{"schema", "mlrepro.snapshot/1"},
          {"id", id_value(snapshot.id)},
          {"name", text_or_null(snapshot.name)},
          {"path", text_value(snapshot.path)},
          {"created_at", time_value(snapshot.created_at)},
          {"digest", digest_value(snapshot.root.digest)},
          {"files", snapshot.root.files},
          {"bytes", snapshot.root.size},
          {"stored_bytes", snapshot.stored_bytes},
          {"new_bytes", snapshot.new_bytes},
          {"source", source_value(snapshot)},
          {"profile", nullptr},
          {"stored", snapshot.stored == model::Stored::content},
          {"forgotten", or_null(snapshot.forgotten, time_value)}};
}

namespace {

Json side_value(const std::optional<model::ManifestEntry>& entry)
{
  if (!entry) {
    return nullptr;
  }
  const char* type = entry->type == model::EntryType::folder    ? "folder"
                     : entry->type == model::EntryType::symlink ? "symlink"
                                                                : "file";
  return {{"type", type},
          {"executable", entry->executable},
          {"bytes", entry->size},
          {"digest", digest_value(entry->digest)}};
}

Json change_value(const model::FileChange& change)
{
  return {{"path", text_value(change.path)},
          {"a", side_value(change.before)},
          {"b", side_value(change.after)}};
}

Json files_value(const model::ManifestDiff& diff)
{
  return {{"added", list_value(diff.added, change_value)},
          {"removed", list_value(diff.removed, change_value)},
          {"changed", list_value(diff.changed, change_value)}};
}

Json data_value(const model::DataDiff& data)
{
  return {{"path", text_value(data.path)},
          {"a", or_null(data.a, id_value)},
          {"b", or_null(data.b, id_value)},
          {"files", data.files_known ? files_value(data.files) : Json(nullptr)},
          {"tables", list_value(data.tables, drift_value)}};
}

Json code_value(const model::CodeDiff& code)
{
  return {{"same", code.same},
          {"comparable", code.comparable},
          {"commits", {{"a", text_or_null(code.commit_a)}, {"b", text_or_null(code.commit_b)}}},
          {"files", list_value(code.files, [](const model::CodeFileDiff& file) -> Json {
             return {{"path", text_value(file.path)},
                     {"state", model::to_string(file.state)},
                     {"added", file.added_lines ? Json(*file.added_lines) : Json(nullptr)},
                     {"removed", file.removed_lines ? Json(*file.removed_lines) : Json(nullptr)},
                     {"patch", text_or_null(file.patch)}};
           })}};
}

Json metric_value(const model::MetricDiff& metric)
{
  return {{"key", text_value(metric.key)},
          {"a", or_null(metric.a, number_value)},
          {"b", or_null(metric.b, number_value)},
          {"delta", or_null(metric.delta, number_value)},
          {"relative", or_null(metric.relative, number_value)}};
}

}  // namespace

std::string to_json(const model::Snapshot& snapshot)
{
  return document_text(snapshot_value(snapshot));
}

std::string to_json(const model::Snapshot& snapshot, std::span<const model::TableProfile> tables)
{
  Json document = snapshot_value(snapshot);
  document["profile"] = tables.empty() ? Json(nullptr) : profiles_value(tables);
  return document_text(document);
}

std::string profiled_to_json(std::span<const ProfiledSnapshot> snapshots)
{
  return document_text({{"schema", "mlrepro.list/1"},
                        {"snapshots", list_value(snapshots,
                                                 [](const ProfiledSnapshot& item) {
                                                   Json value = snapshot_value(item.snapshot);
                                                   value["profile"] = profiles_value(item.tables);
                                                   return value;
                                                 })},
                        {"next", nullptr}});
}

std::string snapshots_to_json(std::span<const model::Snapshot> snapshots,
                              const std::optional<std::string>& next)
{
  return document_text({{"schema", "mlrepro.list/1"},
                        {"snapshots", list_value(snapshots, snapshot_value)},
                        {"next", or_null(next, text_value)}});
}

std::string experiments_to_json(std::span<const ExperimentLine> experiments,
                                const std::optional<std::string>& next)
{
  return document_text(
      {{"schema", "mlrepro.list/1"},
       {"experiments", list_value(experiments,
                                  [](const ExperimentLine& experiment) -> Json {
                                    return {{"name", text_value(experiment.name)},
                                            {"runs", experiment.runs},
                                            {"last_started_at",
                                             or_null(experiment.last_started_at, time_value)}};
                                  })},
       {"next", or_null(next, text_value)}});
}

Json diff_value(const model::RunDiff& diff)
{
  const auto text = [](const std::optional<std::string>& value) {
    return or_null(value, text_value);
  };
  return {{"schema", "mlrepro.diff/1"},
          {"a", text_value(diff.a)},
          {"b", text_value(diff.b)},
          {"same", diff.same},
          {"command",
           {{"same", diff.command_same},
            {"a", list_value(diff.command_a, text_value)},
            {"b", list_value(diff.command_b, text_value)}}},
          {"code", code_value(diff.code)},
          {"params", list_value(diff.params,
                                [&](const model::ParamDiff& param) -> Json {
                                  return {{"key", text_value(param.key)},
                                          {"a", text(param.a)},
                                          {"b", text(param.b)},
                                          {"source", text_value(param.source)}};
                                })},
          {"metrics", list_value(diff.metrics, metric_value)},
          {"inputs", list_value(diff.inputs, data_value)},
          {"outputs", list_value(diff.outputs, data_value)},
          {"environment", list_value(diff.environment, [&](const model::ItemDiff& item) -> Json {
             return {{"item", text_value(item.item)}, {"a", text(item.a)}, {"b", text(item.b)}};
           })}};
}

Json diff_value(const model::SnapshotDiff& diff)
{
  const Json data = {{"path", ""},
                     {"a", text_value(diff.a)},
                     {"b", text_value(diff.b)},
                     {"files", files_value(diff.files)},
                     {"tables", list_value(diff.tables, drift_value)}};
  return {{"schema", "mlrepro.diff/1"},
          {"a", text_value(diff.a)},
          {"b", text_value(diff.b)},
          {"same", diff.same},
          {"command", nullptr},
          {"code", nullptr},
          {"params", Json::array()},
          {"metrics", Json::array()},
          {"inputs", diff.same ? Json::array() : Json::array({data})},
          {"outputs", Json::array()},
          {"environment", Json::array()}};
}

std::string to_json(const model::RunDiff& diff)
{
  return document_text(diff_value(diff));
}

std::string to_json(const model::SnapshotDiff& diff)
{
  return document_text(diff_value(diff));
}

std::string to_json(const model::Verification& verification)
{
  return document_text(
      {{"schema", "mlrepro.verification/1"},
       {"checked", verification.checked},
       {"bytes", verification.bytes},
       {"sample", or_null(verification.sample, number_value)},
       {"indexes",
        {{"damaged", verification.damaged_indexes}, {"mended", verification.mended_indexes}}},
       {"damaged", list_value(verification.damaged,
                              [](const model::Damage& damage) -> Json {
                                return {
                                    {"object", digest_value(damage.object)},
                                    {"problem", text_value(damage.problem)},
                                    {"paths", list_value(damage.paths, text_value)},
                                    {"snapshots", list_value(damage.snapshots, id_value)},
                                    {"runs", list_value(damage.runs,
                                                        [](const model::RunId& id) {
                                                          return Json(id.str());
                                                        })},
                                    {"repaired_from", or_null(damage.repaired_from, text_value)},
                                    {"not_repaired", text_or_null(damage.not_repaired)}};
                              })},
       {"forgotten", verification.forgotten}});
}

std::string to_json(const model::Collection& collection)
{
  return document_text({{"schema", "mlrepro.collection/1"},
                        {"applied", collection.applied},
                        {"objects", collection.objects},
                        {"bytes", collection.bytes},
                        {"reasons", list_value(collection.leftovers,
                                               [](const model::Leftover& leftover) -> Json {
                                                 return {{"reason", text_value(leftover.reason)},
                                                         {"objects", leftover.objects},
                                                         {"bytes", leftover.bytes}};
                                               })},
                        {"packs",
                         {{"removed", collection.packs_removed},
                          {"rewritten", collection.packs_rewritten},
                          {"skipped", collection.packs_skipped},
                          {"rescued", collection.rescued}}},
                        {"needed_bytes", collection.needed_bytes},
                        {"left_bytes", collection.left_bytes},
                        {"trash_bytes", collection.trash_bytes},
                        {"emptied_bytes", collection.emptied_bytes},
                        {"linked_bytes", collection.linked_bytes},
                        {"freed_bytes", collection.freed_bytes}});
}

std::string to_json(const model::Optimization& optimization)
{
  return document_text({{"schema", "mlrepro.optimization/1"},
                        {"level", optimization.level},
                        {"packs",
                         {{"rewritten", optimization.packs_rewritten},
                          {"left", optimization.packs_left},
                          {"skipped", optimization.packs_skipped}}},
                        {"bytes_before", optimization.bytes_before},
                        {"bytes_after", optimization.bytes_after}});
}

std::string to_json(const model::Forgetting& forgetting)
{
  return document_text(
      {{"schema", "mlrepro.forgetting/1"},
       {"runs", list_value(forgetting.runs,
                           [](const model::ForgottenRun& run) -> Json {
                             return {{"id", run.id.str()},
                                     {"name", text_value(run.name)},
                                     {"replays", list_value(run.replays, text_value)}};
                           })},
       {"snapshots",
        list_value(forgetting.snapshots, [](const model::ForgottenSnapshot& snapshot) -> Json {
          return {{"id", id_value(snapshot.id)},
                  {"path", text_value(snapshot.path)},
                  {"kept_by", list_value(snapshot.kept_by, text_value)}};
        })}});
}

std::string to_json(const model::ForgottenContent& forgotten)
{
  return document_text({{"schema", "mlrepro.forgotten/1"},
                        {"files", forgotten.files},
                        {"paths", list_value(forgotten.paths, text_value)},
                        {"snapshots", list_value(forgotten.snapshots, id_value)},
                        {"runs", list_value(forgotten.runs, text_value)},
                        {"freed_bytes", forgotten.freed_bytes}});
}

std::string to_json(const model::Error& error)
{
  const Json document = {{"error",
                          {{"kind", model::to_string(error.kind())},
                           {"message", text_value(error.message())},
                           {"hint", text_or_null(error.hint())}}}};
  return document.dump() + "\n";
}

std::string init_to_json(const std::string& store, bool created)
{
  return document_text(
      {{"schema", "mlrepro.init/1"}, {"store", text_value(store)}, {"created", created}});
}

std::string restored_to_json(const std::string& target, const RestoreCounts& counts)
{
  return document_text({{"schema", "mlrepro.restore/1"},
                        {"target", text_value(target)},
                        {"files", counts.files},
                        {"bytes", counts.bytes},
                        {"kept", counts.kept},
                        {"linked", counts.linked}});
}

}  // namespace mlrepro::format
