// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_content.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "mlflow/documents.hpp"
#include "mlflow/export_points.hpp"
#include "mlflow/export_values.hpp"
#include "mlflow/json_text.hpp"
#include "mlrepro/format/artifact_path.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/text_source.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::mlflow {
namespace {

// MLflow's own, which servers of other makers keep to as well.
constexpr std::size_t k_param_there = 6000;
constexpr std::size_t k_tag_there = 8000;
constexpr std::size_t k_longest_dataset_name = 500;
constexpr std::size_t k_longest_fingerprint = 36;

OpenContent opener(const ExportPorts& ports, const model::Digest& digest)
{
  const ports::ObjectStore& objects = ports.store.data.objects;
  return
      [&objects, digest] { return ports::open_recorded(objects, ports::ObjectKind::blob, digest); };
}

ExportedFile file_of_text(const ExportPorts& ports, std::string text)
{
  ExportedFile file;
  file.bytes = text.size();
  file.digest = ports.store.data.digester.digest(text);
  file.open = [text = std::move(text)] { return std::make_unique<ports::TextSource>(text); };
  return file;
}

std::uint64_t length_of_blob(ports::ByteSource& source)
{
  std::array<std::byte, 65536> buffer;
  std::uint64_t bytes = 0;
  while (const std::size_t size = source.read(buffer)) {
    bytes += size;
  }
  return bytes;
}

// An absolute path below a folder: the same without its slash.
std::string relative(const std::string& path)
{
  return path.substr(std::min(path.find_first_not_of('/'), path.size()));
}

class ContentReader {
 public:
  ContentReader(const ExportPorts& ports, const model::Run& run, const ExportRequest& request,
                ExportedRun& result)
      : ports_(ports), run_(run), request_(request), result_(result)
  {
  }

  void read()
  {
    auto found = ports_.runs.find(run_.id);
    if (!found) {
      throw model::Error(model::ErrorKind::not_found, "run '" + run_.name + "': it is gone");
    }
    result_.run = *std::move(found);
    read_values();
    read_datasets();
    if (request_.artifacts) {
      add_artifacts(ports_, run_.artifacts, result_.files, result_.differences, result_.notes);
      for (const model::RunData& output : run_.outputs) {
        read_output(output);
      }
      read_log("stdout", run_.logs.stdout_digest);
      read_log("stderr", run_.logs.stderr_digest);
      add_file(std::string(k_own_folder) + "record.json",
               file_of_text(ports_, format::to_json(run_)));
    }
  }

 private:
  void read_values();
  void read_model_notes(const std::string& text);
  [[nodiscard]] std::map<std::string, std::string> own_tags() const;
  void read_datasets();
  void read_output(const model::RunData& output);
  void read_log(const std::string& name, const std::optional<model::Digest>& digest);
  void add_file(const std::string& path, ExportedFile file);

  const ExportPorts& ports_;
  const model::Run& run_;
  const ExportRequest& request_;
  ExportedRun& result_;
};

std::map<std::string, std::string> ContentReader::own_tags() const
{
  std::map<std::string, std::string> tags = {
      {k_run_tag, run_.id.str()}, {"mlrepro.level", std::string(to_string(run_.recorded))}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      tags.emplace(key, value);
    }
  };
  add("mlrepro.host", run_.host);
  add("mlrepro.exit_code", run_.exit_code ? std::to_string(*run_.exit_code) : "");
  add(k_parent_tag, run_.parent ? run_.parent->str() : "");
  add("mlrepro.code", run_.code.digest ? run_.code.digest->to_string() : "");
  add("mlrepro.environment", run_.environment_digest ? run_.environment_digest->to_string() : "");
  return tags;
}

void ContentReader::read_values()
{
  ValueFitter fitter(request_.truncate ? TooLong::cut : TooLong::left_out, result_.notes,
                     result_.differences);
  result_.params = fitter.fit("parameter", result_.run.params, k_param_there);
  std::map<std::string, std::string> tags = result_.run.tags;
  if (const auto history = tags.find(k_model_history_tag); history != tags.end()) {
    read_model_notes(history->second);
  }
  // The parent has another id there, and the session was one of this machine's.
  for (const char* own :
       {k_model_history_tag, "mlflow.parentRunId", "mlrepro.session", "mlrepro.export"}) {
    tags.erase(own);
  }
  for (const auto& [key, value] : own_tags()) {
    tags.insert_or_assign(key, value);
  }
  result_.tags = fitter.fit("tag", tags, k_tag_there);
  std::vector<std::string> names;
  for (const model::MetricObservation& metric : result_.run.metrics) {
    names.push_back(metric.key);
  }
  result_.metrics = fitter.fit_names("metric", names);
}

void ContentReader::read_model_notes(const std::string& text)
{
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_array()) {
    return;
  }
  for (const Json& item : list) {
    if (item.is_object()) {
      result_.model_notes.push_back(item);
    }
  }
}

// What clients described, and besides it the inputs that they did not: each by its content.
void ContentReader::read_datasets()
{
  std::set<model::Digest> described;
  for (const model::DatasetLink& link : result_.run.datasets) {
    if (link.snapshot) {
      described.insert(*link.snapshot);
    }
  }
  const Json document = run_json(result_.run);
  for (const Json& item : list_of(object_of(document, "inputs"), "dataset_inputs")) {
    result_.datasets.push_back(item);
  }
  for (const model::RunData& input : run_.inputs) {
    if (!input.snapshot || described.contains(*input.snapshot)) {
      continue;
    }
    model::DatasetLink link;
    const std::string path = format::json_text(input.path);
    link.dataset.name = first_characters(path, k_longest_dataset_name);
    link.dataset.fingerprint = input.snapshot->hex().substr(0, k_longest_fingerprint);
    link.dataset.source_type = "local";
    link.dataset.source = Json({{"uri", path}}).dump();
    link.dataset.profile = Json({{"files", input.files}, {"bytes", input.bytes}}).dump();
    link.tags = {{"mlflow.data.context", "input"}};
    link.snapshot = input.snapshot;
    result_.datasets.push_back(dataset_json(link));
  }
}

void ContentReader::read_output(const model::RunData& output)
{
  const std::string shown = "output '" + output.path + "'";
  if (!output.snapshot) {
    return;
  }
  const auto snapshot = ports::find_snapshot(ports_.store.data.snapshots, *output.snapshot);
  if (!output.stored || !snapshot) {
    result_.notes.push_back(shown + ": only its identity is on record, so that no file goes");
    return;
  }
  if (output.forgotten) {
    result_.notes.push_back(shown + ": content of it was forgotten, so that no file goes");
    return;
  }
  const std::string base = std::string(k_own_folder) + "outputs/" + relative(output.path);
  versioning::walk_tree(
      versioning::loader(ports_.store.data.objects), snapshot->root,
      [&](const std::string& path, const model::TreeEntry& entry) {
        const std::string place = path.empty() ? base : base + "/" + path;
        if (entry.type == model::EntryType::symlink) {
          result_.notes.push_back("'" + place + "': a link, which MLflow has no place for");
        } else if (entry.type == model::EntryType::file) {
          add_file(place, {entry.size, entry.digest, opener(ports_, entry.digest)});
        }
        return true;
      });
}

void ContentReader::read_log(const std::string& name, const std::optional<model::Digest>& digest)
{
  if (!digest) {
    return;
  }
  if (ports_.store.data.objects.forgotten(*digest)) {
    result_.notes.push_back(name + ": it was forgotten");
    return;
  }
  const OpenContent open = opener(ports_, *digest);
  if (const std::uint64_t bytes = length_of_blob(*open()); bytes > 0) {
    add_file(k_own_folder + name + ".txt", {bytes, *digest, open});
  }
}

void ContentReader::add_file(const std::string& path, ExportedFile file)
{
  if (format::normal_artifact_path(path) != path) {
    result_.differences.push_back("file '" + path + "': no path that an artifact may have");
  } else if (!result_.files.emplace(path, std::move(file)).second) {
    result_.differences.push_back("file '" + path + "': an artifact has its path");
  }
}

}  // namespace

void add_artifacts(const ExportPorts& ports, const std::vector<model::Artifact>& artifacts,
                   std::map<std::string, ExportedFile>& files,
                   std::vector<std::string>& differences, std::vector<std::string>& notes)
{
  for (const model::Artifact& artifact : artifacts) {
    if (artifact.forgotten) {
      notes.push_back("artifact '" + artifact.path + "': its content was forgotten");
    } else if (format::normal_artifact_path(artifact.path) != artifact.path) {
      differences.push_back("artifact '" + artifact.path + "': no path that MLflow takes");
    } else {
      files.insert_or_assign(artifact.path, ExportedFile{artifact.bytes, artifact.digest,
                                                         opener(ports, artifact.digest)});
    }
  }
}

ExportedRun content_of(const ExportPorts& ports, const model::Run& run,
                       const ExportRequest& request)
{
  ExportedRun result;
  ContentReader(ports, run, request, result).read();
  return result;
}

model::Digest digest_of(const ExportPorts& ports, const ExportedRun& run,
                        const std::vector<std::string>& models)
{
  const ports::Digester& digester = ports.store.data.digester;
  Json points = Json::object();
  for (const auto& [there, here] : run.metrics) {
    SeriesText text(SeriesPages(ports.runs, run.run.id, here));
    points[there] = digester.digest(text).hex();
  }
  Json files = Json::object();
  for (const auto& [path, file] : run.files) {
    files[path] = file.digest.hex();
  }
  const Json all = {
      {"info", run_info_json(run.run)}, {"params", run.params},     {"tags", run.tags},
      {"metrics", std::move(points)},   {"datasets", run.datasets}, {"files", std::move(files)},
      {"notes", run.model_notes},       {"models", models}};
  return digester.digest(json_text(all));
}

}  // namespace mlrepro::mlflow
