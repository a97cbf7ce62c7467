// SPDX-License-Identifier: Apache-2.0
#include "format/document_values.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::format {
namespace {

Json code_value(const model::CodeState& code)
{
  return {
      {"commit", text_or_null(code.commit)},
      {"branch", text_or_null(code.branch)},
      {"remote_url", text_or_null(code.remote_url)},
      {"dirty", code.dirty},
      {"changes",
       list_value(code.changes,
                  [](const model::CodeChange& change) -> Json {
                    return {{"path", text_value(change.path)}, {"state", text_value(change.state)}};
                  })},
      {"digest", or_null(code.digest, digest_value)},
      {"forgotten", or_null(code.forgotten, time_value)},
      {"in_git", code.in_git},
      {"submodules", list_value(code.submodules,
                                [](const model::Submodule& module) -> Json {
                                  return {{"path", text_value(module.path)},
                                          {"commit", text_or_null(module.commit)},
                                          {"dirty", module.dirty}};
                                })},
      {"omitted", list_value(code.omitted, [](const model::Omission& omission) -> Json {
         return {{"path", text_value(omission.path)}, {"reason", text_value(omission.reason)}};
       })}};
}

Json data_value(const model::RunData& data)
{
  return {{"path", text_value(data.path)},
          {"snapshot", or_null(data.snapshot, id_value)},
          {"digest", or_null(data.digest, digest_value)},
          {"files", data.files},
          {"bytes", data.bytes},
          {"changed_during_run", data.changed_during_run},
          {"stored", data.stored},
          {"forgotten", or_null(data.forgotten, time_value)},
          {"declared", data.declared},
          {"traced", data.traced ? Json(*data.traced) : Json(nullptr)},
          {"partial", data.partial}};
}

Json trace_value(const model::RunTrace& trace)
{
  return {{"mode", trace.active ? "seccomp" : "none"},
          {"complete", trace.complete},
          {"reasons", list_value(trace.reasons, text_value)},
          {"data_roots", list_value(trace.data_roots, text_value)},
          {"outside",
           {{"read", list_value(trace.outside_read, text_value)},
            {"written", list_value(trace.outside_written, text_value)}}},
          {"remotes", list_value(trace.remotes, text_value)}};
}

Json summary_value(const model::MetricSummary& summary)
{
  return {{"last", number_value(summary.last)},
          {"step", summary.step},
          {"min", or_null(summary.min, number_value)},
          {"max", or_null(summary.max, number_value)},
          {"count", summary.count},
          {"added_later", summary.added_later},
          {"source", text_or_null(summary.source)}};
}

void add_maps(Json& document, const model::Run& run)
{
  document["params"] =
      map_value(run.params, [](const model::Parameter& param) { return text_value(param.value); });
  document["param_sources"] =
      map_value(run.params, [](const model::Parameter& param) { return text_value(param.source); });
  document["metrics"] = map_value(run.metrics, summary_value);
  document["tags"] = map_value(run.tags, text_value);
}

Json sweep_value(const model::Sweep& sweep)
{
  return {{"each", list_value(sweep.each, text_value)},
          {"sample", sweep.sample ? Json(*sweep.sample) : Json(nullptr)},
          {"seed", sweep.seed},
          {"size", sweep.size},
          {"jobs", sweep.jobs},
          {"options", list_value(sweep.options, text_value)}};
}

Json environment_or_null(const model::Run& run)
{
  if (!run.environment) {
    return nullptr;
  }
  Json value = {{"digest", or_null(run.environment_digest, digest_value)}};
  value.update(environment_value(*run.environment));
  return value;
}

}  // namespace

Json run_value(const model::Run& run)
{
  Json document = {
      {"schema", "mlrepro.run/1"},
      {"id", run.id.str()},
      {"name", text_value(run.name)},
      {"experiment", text_value(run.experiment)},
      {"status", model::to_string(run.status)},
      {"exit_code", run.exit_code ? Json(*run.exit_code) : Json(nullptr)},
      {"signal", run.signal ? Json(*run.signal) : Json(nullptr)},
      {"stopped_by", run.stopped_by ? Json(*run.stopped_by) : Json(nullptr)},
      {"started_at", time_value(run.started_at)},
      {"ended_at", or_null(run.ended_at, time_value)},
      {"duration_s",
       run.ended_at ? Json(model::seconds_between(run.started_at, *run.ended_at)) : Json(nullptr)},
      {"command", list_value(run.command, text_value)},
      {"cwd", text_value(run.cwd)},
      {"user", text_value(run.user)},
      {"host", text_value(run.host)},
      {"code", code_value(run.code)}};
  add_maps(document, run);
  document["note"] = text_or_null(run.note);
  document["inputs"] = list_value(run.inputs, data_value);
  document["outputs"] = list_value(run.outputs, data_value);
  document["artifacts"] = list_value(run.artifacts, [](const model::Artifact& artifact) -> Json {
    return {{"path", text_value(artifact.path)},
            {"digest", digest_value(artifact.digest)},
            {"bytes", artifact.bytes},
            {"forgotten", or_null(artifact.forgotten, time_value)}};
  });
  document["environment"] = environment_or_null(run);
  document["resources"] = {{"user_s", number_value(run.resources.user_s)},
                           {"system_s", number_value(run.resources.system_s)},
                           {"max_rss_bytes", run.resources.max_rss_bytes}};
  document["logs"] = {{"stdout", or_null(run.logs.stdout_digest, digest_value)},
                      {"stderr", or_null(run.logs.stderr_digest, digest_value)},
                      {"index", or_null(run.logs.index_digest, digest_value)}};
  document["level"] = {
      {"recorded", static_cast<int>(run.recorded)},
      {"proven",
       or_null(run.proven, [](model::Level level) { return Json(static_cast<int>(level)); })},
      {"missing", list_value(run.missing, text_value)}};
  document["parent"] = or_null(run.parent, [](const model::RunId& id) { return Json(id.str()); });
  document["sweep"] = or_null(run.sweep, sweep_value);
  document["sweep_item"] = run.sweep_item ? Json(*run.sweep_item) : Json(nullptr);
  document["metric_files"] = list_value(run.metric_files, text_value);
  document["scalars"] = {{"patterns", list_value(run.scalars.patterns, text_value)},
                         {"templates", list_value(run.scalars.templates, text_value)}};
  document["trace"] = or_null(run.trace, trace_value);
  document["keep"] = model::to_string(run.keep);
  document["seed"] = run.seed ? Json(*run.seed) : Json(nullptr);
  document["program"] = text_or_null(run.program);
  document["problems"] = list_value(run.problems, text_value);
  document["additions"] = list_value(run.additions, [](const model::Addition& addition) -> Json {
    return {{"at", time_value(addition.at)},
            {"kind", text_value(addition.kind)},
            {"key", text_value(addition.key)},
            {"value", text_value(addition.value)}};
  });
  return document;
}

Json modified_value(const std::map<std::string, std::optional<model::Digest>>& files)
{
  Json list = Json::array();
  for (const auto& [path, digest] : files) {
    list.push_back({{"path", text_value(path)}, {"digest", or_null(digest, digest_value)}});
  }
  return list;
}

Json environment_value(const model::Environment& environment)
{
  Json interpreter = nullptr;
  if (environment.interpreter) {
    interpreter = {{"name", text_value(environment.interpreter->name)},
                   {"version", text_value(environment.interpreter->version)},
                   {"path", text_value(environment.interpreter->path)}};
  }
  return {{"os", text_value(environment.os)},
          {"kernel", text_value(environment.kernel)},
          {"arch", text_value(environment.arch)},
          {"cpu", text_value(environment.cpu)},
          {"threads", environment.threads},
          {"memory_bytes", environment.memory_bytes},
          {"gpus", list_value(environment.gpus, text_value)},
          {"interpreter", std::move(interpreter)},
          {"packages", list_value(environment.packages,
                                  [](const model::Package& package) -> Json {
                                    return {{"name", text_value(package.name)},
                                            {"version", text_value(package.version)},
                                            {"source", text_value(package.source)},
                                            {"modified", modified_value(package.modified)}};
                                  })},
          {"variables", map_value(environment.variables, text_value)},
          {"facts", map_value(environment.facts, text_value)}};
}

std::string document_text(const Json& document)
{
  return document.dump(2) + "\n";
}

std::string to_json(const model::Run& run)
{
  return document_text(run_value(run));
}

std::string to_json_line(const model::Run& run)
{
  return run_value(run).dump() + "\n";
}

std::string logs_to_json(const model::RunId& run, std::string_view out, std::string_view err)
{
  return document_text({{"schema", "mlrepro.logs/1"},
                        {"run", run.str()},
                        {"stdout", json_text(out)},
                        {"stderr", json_text(err)}});
}

std::string logged_to_json(const model::RunId& run, std::size_t added)
{
  return document_text({{"schema", "mlrepro.log/1"}, {"run", run.str()}, {"added", added}});
}

std::string runs_to_json(std::span<const model::Run> runs, const std::optional<std::string>& next)
{
  return document_text({{"schema", "mlrepro.list/1"},
                        {"runs", list_value(runs, run_value)},
                        {"next", or_null(next, text_value)}});
}

std::string canonical_text(const model::Environment& environment)
{
  return environment_value(environment).dump();
}

}  // namespace mlrepro::format
