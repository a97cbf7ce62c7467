// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_run.hpp"

#include <algorithm>
#include <iterator>

#include "mlflow/documents.hpp"
#include "mlflow/export_batch.hpp"
#include "mlflow/export_files.hpp"
#include "mlflow/json_text.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr unsigned k_most_refusals = 20;

Json pair_json(const std::string& key, const std::string& value)
{
  return {{"key", key}, {"value", value}};
}

std::string shown(const Json& item)
{
  return text_of(item, "key");
}

// What one and the same model of an old client is told by.
std::string model_mark(const Json& model)
{
  return text_of(model, "artifact_path") + " " + text_of(model, "utc_time_created");
}

std::set<std::string> noted_models(const ServerRun& run)
{
  std::set<std::string> marks;
  if (const auto tag = run.tags.find(k_model_history_tag); tag != run.tags.end()) {
    const Json list = Json::parse(tag->second, nullptr, false);
    for (const Json& item : list.is_array() ? list : Json::array()) {
      marks.insert(model_mark(item));
    }
  }
  return marks;
}

}  // namespace

void RunExporter::tell(const std::string& what, const std::string& why)
{
  if (told_of_.insert(what).second) {
    told_.differences.push_back(what + ": " + why);
  }
}

void RunExporter::set_state(const std::string& state)
{
  post("runs/set-tag",
       {{"run_id", told_.server_run}, {"key", k_state_tag}, {"value", state + " " + digest_}});
  known_ = state + " " + digest_;
}

Json RunExporter::creation(const ExportPlace& place) const
{
  const model::ClientRun& run = wanted_.run;
  return {{"experiment_id", place.experiment},
          {"user_id", run.user},
          {"run_name", run.name},
          {"start_time", run.started_at.ms},
          {"tags",
           Json::array({pair_json(k_run_tag, run.id.str()), pair_json("mlflow.runName", run.name),
                        pair_json(k_state_tag, "incomplete " + digest_)})}};
}

void RunExporter::bring(const ExportPlace& place, ExportedRun run)
{
  wanted_ = std::move(run);
  if (!place.parent.empty()) {
    wanted_.tags.insert_or_assign("mlflow.parentRunId", place.parent);
  }
  models_ = models_of(ports_, request_, wanted_);
  versions_ = versions_of(ports_, wanted_.run.id);
  auto texts = texts_of(models_);
  std::ranges::copy(texts_of(versions_), std::back_inserter(texts));
  digest_ = digest_of(ports_, wanted_, texts).to_string();
  auto there = find_there(place);
  told_.notes = wanted_.notes;
  if (told_.state == model::ServerExport::State::unchanged && known_ == "complete " + digest_ &&
      !request_.recheck) {
    return;
  }
  if (!there && !request_.dry_run) {
    there = make(place);
  }
  send_all(place.experiment, there.value_or(ServerRun()));
  if (!request_.dry_run) {
    finish();
  }
}

std::optional<ServerRun> RunExporter::find_there(const ExportPlace& place)
{
  using State = model::ServerExport::State;
  std::optional<ServerRun> there;
  if (!place.experiment.empty()) {
    there = find_run(server_, place.experiment, wanted_.run.id.str());
  }
  told_.state = there ? State::unchanged : State::made;
  if (there) {
    told_.server_run = there->id;
    const auto state = there->tags.find(k_state_tag);
    known_ = state == there->tags.end() ? "" : state->second;
    trusted_ = known_ == "complete " + digest_ || known_ == "incomplete " + digest_;
  }
  return there;
}

ServerRun RunExporter::make(const ExportPlace& place)
{
  std::optional<ServerRun> found;
  const Json answer = server_.create("runs/create", creation(place), [&]() -> std::optional<Json> {
    found = find_run(server_, place.experiment, wanted_.run.id.str());
    return found ? std::optional<Json>(Json::object()) : std::nullopt;
  });
  ServerRun made = found ? *std::move(found) : to_server_run(object_of(answer, "run"));
  told_.server_run = made.id;
  known_ = "incomplete " + digest_;
  trusted_ = true;
  return made;
}

void RunExporter::send_all(const std::string& experiment, const ServerRun& there)
{
  const ExportTask task = {ports_,
                           server_,
                           request_,
                           told_,
                           [this] { begin(); },
                           [this](const auto& what, const auto& why) { tell(what, why); }};
  ModelExporter models(task);
  const bool as_models = models_.empty() || models.has_models(experiment);
  if (!as_models) {
    add_files_of(models_, wanted_);
  }
  told_.notes = wanted_.notes;
  told_.differences = wanted_.differences;
  send_values(there);
  send_metrics(there);
  send_datasets(there);
  send_model_notes(there);
  send_files(there);
  RegistryExporter(task).bring(wanted_.run.id, versions_,
                               {there.id, there.artifact_uri,
                                as_models ? models.bring({experiment, there.id}, models_)
                                          : sources_in_run(models_, there.artifact_uri)});
  send_end(there);
}

void RunExporter::finish()
{
  check(run_at(server_, told_.server_run));
  if (!told_.differences.empty()) {
    told_.state = model::ServerExport::State::incomplete;
    if (known_ == "complete " + digest_) {
      set_state("changing");  // or the next export would not look again
    }
  } else if (known_ != "complete " + digest_) {
    set_state("complete");
  }
}

void RunExporter::send_batch(const char* list, const std::vector<Json>& items)
{
  try {
    post("runs/log-batch", {{"run_id", told_.server_run}, {list, items}});
  } catch (const ServerRefusal& error) {
    if (error.is_final() || (items.size() == 1 && ++refusals_ > k_most_refusals)) {
      throw;
    }
    if (items.size() == 1) {
      tell(std::string(list).substr(0, std::string(list).size() - 1) + " '" + shown(items.front()) +
               "'",
           "the server refuses it: " + error.message());
      return;
    }
    // One that is refused is no reason to do without the others.
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    send_batch(list, {items.begin(), middle});
    send_batch(list, {middle, items.end()});
  }
}

void RunExporter::send_values(const ServerRun& there)
{
  const auto send = [&](const char* list, const auto& wanted, const auto& known, bool may_change) {
    Batch batch(k_values_a_batch, [&](const std::vector<Json>& items) { send_batch(list, items); });
    std::uint64_t count = 0;
    for (const auto& [key, value] : wanted) {
      const auto found = known.find(key);
      if (found == known.end() || (may_change && found->second != value)) {
        ++count;
        begin();
        batch.add(pair_json(key, value));
      }
    }
    batch.flush();
    return count;
  };
  told_.params += send("params", wanted_.params, there.params, false);
  told_.tags += send("tags", wanted_.tags, there.tags, true);
}

PointMarks RunExporter::missing_points(const ServerRun& there, const std::string& key)
{
  PointSorter known(ports_.scratch);
  if (there.metrics.contains(key)) {
    for_each_point(server_, there.id, key, [&](const ServerPoint& point) {
      known.add({point, 0});
    });
  }
  PointSorter here(ports_.scratch);
  SeriesPages pages(ports_.runs, wanted_.run.id, wanted_.metrics.at(key));
  std::uint64_t number = 0;
  for (auto points = pages.next(); !points.empty(); points = pages.next()) {
    for (const model::MetricObservation& point : points) {
      here.add({to_server_point(point), number++});
    }
  }
  return find_missing(here, known);
}

void RunExporter::send_metrics(const ServerRun& there)
{
  Batch batch(k_metrics_a_batch,
              [&](const std::vector<Json>& items) { send_batch("metrics", items); });
  for (const auto& [key, here] : wanted_.metrics) {
    const PointMarks missing = missing_points(there, key);
    if (missing.count == 0) {
      continue;
    }
    told_.points += missing.count;
    begin();
    if (request_.dry_run) {
      continue;
    }
    const std::string& name = key;
    for_each_marked(SeriesPages(ports_.runs, wanted_.run.id, here), missing,
                    [&](const model::MetricObservation& point) {
                      batch.add(metric_json({name, point.value, point.step, point.time}));
                    });
  }
  batch.flush();
}

void RunExporter::send_datasets(const ServerRun& there)
{
  Batch batch(k_values_a_batch, [&](const std::vector<Json>& items) {
    post("runs/log-inputs", {{"run_id", told_.server_run}, {"datasets", items}});
  });
  for (const Json& item : wanted_.datasets) {
    const Json& dataset = object_of(item, "dataset");
    if (there.datasets.contains({text_of(dataset, "name"), text_of(dataset, "digest")})) {
      continue;
    }
    ++told_.datasets;
    begin();
    batch.add(item);
  }
  batch.flush();
}

// What clients before 3.0 say of the models that they logged. The run in it is the one there.
void RunExporter::send_model_notes(const ServerRun& there)
{
  const std::set<std::string> known = noted_models(there);
  for (Json note : wanted_.model_notes) {
    const std::string mark = model_mark(note);
    if (known.contains(mark)) {
      continue;
    }
    ++told_.models;
    begin();
    if (request_.dry_run) {
      continue;
    }
    note["run_id"] = told_.server_run;
    // The server appends, so that one whose answer was lost is looked for.
    const auto find = [&]() -> std::optional<Json> {
      const bool is_there = noted_models(run_at(server_, told_.server_run)).contains(mark);
      return is_there ? std::optional<Json>(Json::object()) : std::nullopt;
    };
    (void)server_.create("runs/log-model",
                         {{"run_id", told_.server_run}, {"model_json", json_text(note)}}, find);
  }
}

void RunExporter::send_files(const ServerRun& there)
{
  if (wanted_.files.empty()) {
    return;
  }
  FileExporter files(ports_, server_, there.artifact_uri, run_lister(server_, there.id));
  const bool is_new = there.id.empty();
  if (!is_new && !files.takes_files()) {
    tell("artifacts", FileExporter::why_not(there.artifact_uri));
    return;
  }
  const Files missing =
      is_new ? wanted_.files : files.missing(wanted_.files, trusted_, read_of(request_));
  told_.files += missing.size();
  for (const auto& [path, file] : missing) {
    told_.bytes += file.bytes;
  }
  if (missing.empty()) {
    return;
  }
  begin();
  if (request_.dry_run) {
    return;
  }
  Files sent = wanted_.files;
  if (known_ == "changing " + digest_) {
    // The list there must not vouch for what is about to be replaced.
    std::erase_if(sent, [&](const auto& item) { return missing.contains(item.first); });
    files.send_manifest(sent);
    sent = wanted_.files;
  }
  const std::set<std::string> failed =
      files.send("send files of " + wanted_.run.name, missing,
                 [this](const std::string& what, const std::string& why) { tell(what, why); });
  std::erase_if(sent, [&](const auto& item) { return failed.contains(item.first); });
  files.send_manifest(sent);
}

void RunExporter::send_end(const ServerRun& there)
{
  const Json info = run_info_json(wanted_.run);
  Json change = {{"run_id", told_.server_run}, {"status", info.at("status")}};
  if (wanted_.run.ended_at) {
    change["end_time"] = wanted_.run.ended_at->ms;
  }
  const bool same = there.status == info.at("status") && there.name == wanted_.run.name &&
                    (!wanted_.run.ended_at || there.ended_ms == wanted_.run.ended_at->ms);
  if (!same) {
    begin();
    change["run_name"] = wanted_.run.name;
    post("runs/update", change);
  }
}

void RunExporter::begin()
{
  using State = model::ServerExport::State;
  if (told_.state == State::unchanged) {
    told_.state = State::completed;
  }
  if (known_ != "incomplete " + digest_ && known_ != "changing " + digest_) {
    set_state("changing");
  }
}

void RunExporter::post(const std::string& route, const Json& message)
{
  if (!request_.dry_run) {
    server_.post(route, message);
  }
}

}  // namespace mlrepro::mlflow
