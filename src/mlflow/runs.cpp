// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/run_text.hpp"
#include "mlflow/validation.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_name_tag = "mlflow.runName";
constexpr const char* k_parent_tag = "mlflow.parentRunId";
constexpr const char* k_session_tag = "mlrepro.session";  // the open run of the session
constexpr std::size_t k_standard_runs = 1000;
constexpr std::size_t k_most_runs = 50'000;
constexpr std::size_t k_max_run_name = 500;

model::Timestamp to_time(const std::string& name, std::int64_t ms)
{
  if (ms < 0 || ms > model::Timestamp::k_last_ms) {
    refuse_value(name, std::to_string(ms), "It must be a time in milliseconds since 1970.");
  }
  return {ms};
}

model::ClientRun require_run(const Call& call, const model::RunId& id)
{
  auto run = call.ports.runs.find(id);
  if (!run) {
    throw model::Error(model::ErrorKind::not_found, "Run with id=" + id.str() + " not found");
  }
  return *std::move(run);
}

void check_run_name(const std::string& name)
{
  check_length("run_name", k_max_run_name, name);
  check_experiment_name(name);  // the same characters
}

// One name, however it was said.
std::string name_of(const Call& call, const std::map<std::string, std::string>& tags)
{
  std::string name = call.fields.text_or_empty("run_name");
  const auto tag = tags.find(k_name_tag);
  if (tag == tags.end()) {
    return name;
  }
  if (!name.empty() && tag->second != name) {
    refuse(
        "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different"
        " values (run_name='" +
        name + "', mlflow.runName='" + tag->second + "').");
  }
  return tag->second;
}

ports::NewRun new_run(const Call& call)
{
  ports::NewRun run;
  run.experiment = to_experiment(call.fields.require_text("experiment_id"));
  run.tags = call.fields.pairs("tags");
  check_pairs(run.tags, "", k_max_tag);
  run.name = name_of(call, run.tags);
  check_run_name(run.name);
  run.user = call.fields.text_or_empty("user_id");
  check_length("user_id", k_max_name, run.user);
  const auto start = call.fields.integer("start_time");
  run.started_at = start ? to_time("start_time", *start) : call.now;
  return run;
}

model::RunStatus to_status(const std::string& word)
{
  struct Status {
    const char* word;
    const char* number;
    model::RunStatus status;
  };
  constexpr std::array k_statuses = {Status{"RUNNING", "1", model::RunStatus::running},
                                     Status{"SCHEDULED", "2", model::RunStatus::running},
                                     Status{"FINISHED", "3", model::RunStatus::finished},
                                     Status{"FAILED", "4", model::RunStatus::failed},
                                     Status{"KILLED", "5", model::RunStatus::killed}};
  for (const Status& each : k_statuses) {
    if (word == each.word || word == each.number) {
      return each.status;
    }
  }
  refuse_value("status", "'" + word.substr(0, 100) + "'",
               "It must be one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED.");
}

// False when a client has it already.
bool adopt(const Call& call, const model::RunId& open, ports::NewRun& run)
{
  if (require_run(call, open).tags.contains(k_session_tag)) {
    return false;
  }
  run.id = open;
  run.tags.insert_or_assign(k_session_tag, open.str());
  call.ports.runs.adopt(run);
  return true;
}

}  // namespace

Json create_run(const Call& call)
{
  ports::NewRun run = new_run(call);
  const auto& open = call.session.run();
  if (open && run.experiment == model::k_default_experiment) {
    // Who chooses none logs where the command was started to log.
    run.experiment = require_run(call, *open).experiment;
  }
  const bool adopted =
      call.session.give([&](const model::RunId& id) { return adopt(call, id, run); });
  if (!adopted) {
    run.id = model::RunId::from_bytes(call.ports.clock.random_bytes());
    if (run.name.empty()) {
      run.name = model::default_run_name(run.id);
    }
    run.tags[k_name_tag] = run.name;
    if (open) {
      run.tags.emplace(k_parent_tag, open->str());
    }
    call.ports.runs.create(run);
  }
  return {{"run", run_json(require_run(call, run.id))}};
}

Json get_run(const Call& call)
{
  return {{"run", run_json(require_run(call, run_id_of(call.fields)))}};
}

Json update_run(const Call& call)
{
  const model::RunId id = run_id_of(call.fields);
  ports::RunChange change;
  if (const auto status = call.fields.enumerator("status")) {
    change.status = to_status(*status);
  }
  if (const auto end = call.fields.integer("end_time")) {
    change.ended_at = to_time("end_time", *end);
  }
  if (const auto name = call.fields.text("run_name"); name && !name->empty()) {
    check_run_name(*name);
    change.name = name;
  }
  call.ports.runs.update(id, change, call.now);
  return {{"run_info", run_info_json(require_run(call, id))}};
}

Json delete_run(const Call& call)
{
  call.ports.runs.set_deleted(run_id_of(call.fields), true, call.now);
  return Json::object();
}

Json restore_run(const Call& call)
{
  call.ports.runs.set_deleted(run_id_of(call.fields), false, call.now);
  return Json::object();
}

std::string search_runs(const Call& call)
{
  ports::SearchRequest request;
  request.experiments = to_experiments(call.fields.texts("experiment_ids"));
  request.limit = to_limit(call.fields, k_standard_runs, k_most_runs);
  request.filter = call.fields.text_or_empty("filter");
  request.order = call.fields.texts("order_by");
  request.lifecycle = to_lifecycle(call.fields, "run_view_type");
  request.after = from_page_token(call.fields.text_or_empty("page_token"));
  const auto page = call.ports.runs.search(request);
  std::string answer;
  JsonWriter json(answer);
  json.begin_object();
  if (!page.next.empty()) {
    json.field("next_page_token", page_token_of(page.next));
  }
  if (!page.items.empty()) {
    json.name("runs");
    json.begin_array();
    for (const model::ClientRun& run : page.items) {
      write_run(json, run);
    }
    json.end_array();
  }
  json.end_object();
  return answer;
}

}  // namespace mlrepro::mlflow
