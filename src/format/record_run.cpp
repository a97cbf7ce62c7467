// SPDX-License-Identifier: Apache-2.0
#include "format/record_run.hpp"

namespace mlrepro::format::records {
namespace {

json put_code(const model::CodeState& code)
{
  return {{"commit", put_text(code.commit)},
          {"branch", put_text(code.branch)},
          {"remote_url", put_text(code.remote_url)},
          {"in_git", code.in_git},
          {"dirty", code.dirty},
          {"digest", put_optional(code.digest)},
          {"changes", put_list(code.changes,
                               [](const model::CodeChange& change) {
                                 return json::array({put_text(change.path), put_text(change.state),
                                                     put_optional(change.staged)});
                               })},
          {"submodules",
           put_list(
               code.submodules,
               [](const model::Submodule& module) {
                 return json::array({put_text(module.path), put_text(module.commit), module.dirty});
               })},
          {"omitted", put_list(code.omitted, [](const model::Omission& omission) {
             return json::array({put_text(omission.path), put_text(omission.reason)});
           })}};
}

model::CodeState take_code(const json& value)
{
  model::CodeState code;
  code.commit = take_text(value.at("commit"));
  code.branch = take_text(value.at("branch"));
  code.remote_url = take_text(value.at("remote_url"));
  code.in_git = value.at("in_git").get<bool>();
  code.dirty = value.at("dirty").get<bool>();
  code.digest = take_optional(value.at("digest"), take_digest);
  code.changes = take_list(value.at("changes"), [](const json& item) {
    return model::CodeChange{take_text(item.at(0)), take_text(item.at(1)),
                             take_optional(item.at(2), take_digest)};
  });
  code.submodules = take_list(value.at("submodules"), [](const json& item) {
    return model::Submodule{take_text(item.at(0)), take_text(item.at(1)), item.at(2).get<bool>()};
  });
  code.omitted = take_list(value.at("omitted"), [](const json& item) {
    return model::Omission{take_text(item.at(0)), take_text(item.at(1))};
  });
  return code;
}

json put_data(const model::RunData& data)
{
  return {{"path", put_text(data.path)},
          {"snapshot", put_optional(data.snapshot)},
          {"digest", put_optional(data.digest)},
          {"files", data.files},
          {"bytes", data.bytes},
          {"stored", data.stored},
          {"changed", data.changed_during_run},
          {"declared", data.declared},
          {"traced", put_optional(data.traced, [](bool traced) { return json(traced); })},
          {"partial", data.partial}};
}

model::RunData take_data(const json& value)
{
  model::RunData data;
  data.path = take_path(value.at("path"));
  data.snapshot = take_optional(value.at("snapshot"), take_digest);
  data.digest = take_optional(value.at("digest"), take_digest);
  data.files = take_whole<std::uint64_t>(value.at("files"));
  data.bytes = take_whole<std::uint64_t>(value.at("bytes"));
  data.stored = value.at("stored").get<bool>();
  data.changed_during_run = value.at("changed").get<bool>();
  data.declared = value.at("declared").get<bool>();
  data.traced =
      take_optional(value.at("traced"), [](const json& traced) { return traced.get<bool>(); });
  data.partial = value.at("partial").get<bool>();
  return data;
}

json put_trace(const model::RunTrace& trace)
{
  return {{"active", trace.active},
          {"complete", trace.complete},
          {"reasons", put_list(trace.reasons, put_text)},
          {"data_roots", put_list(trace.data_roots, put_text)},
          {"outside_read", put_list(trace.outside_read, put_text)},
          {"outside_written", put_list(trace.outside_written, put_text)},
          {"remotes", put_list(trace.remotes, put_text)}};
}

model::RunTrace take_trace(const json& value)
{
  model::RunTrace trace;
  trace.active = value.at("active").get<bool>();
  trace.complete = value.at("complete").get<bool>();
  trace.reasons = take_list(value.at("reasons"), take_text);
  trace.data_roots = take_list(value.at("data_roots"), take_path);
  trace.outside_read = take_list(value.at("outside_read"), take_text);
  trace.outside_written = take_list(value.at("outside_written"), take_text);
  trace.remotes = take_list(value.at("remotes"), take_text);
  return trace;
}

json put_sweep(const model::Sweep& sweep)
{
  return {{"each", put_list(sweep.each, put_text)},
          {"sample", put_optional(sweep.sample, [](std::uint64_t runs) { return json(runs); })},
          {"seed", sweep.seed},
          {"size", sweep.size},
          {"jobs", sweep.jobs},
          {"options", put_list(sweep.options, put_text)}};
}

model::Sweep take_sweep(const json& value)
{
  model::Sweep sweep;
  sweep.each = take_list(value.at("each"), take_text);
  sweep.sample = take_optional(value.at("sample"), take_whole<std::uint64_t>);
  sweep.seed = take_whole<std::int64_t>(value.at("seed"));
  sweep.size = take_whole<std::uint64_t>(value.at("size"));
  sweep.jobs = take_whole<std::uint64_t>(value.at("jobs"));
  sweep.options = take_list(value.at("options"), take_text);
  return sweep;
}

json put_metric(const std::pair<const std::string, model::MetricSummary>& metric)
{
  const model::MetricSummary& summary = metric.second;
  return json::array({put_text(metric.first), put_number(summary.last), summary.step,
                      put_optional(summary.min, put_number), put_optional(summary.max, put_number),
                      summary.count, summary.added_later, put_text(summary.source)});
}

void take_metric(const json& item, model::Run& run)
{
  model::MetricSummary summary;
  summary.last = take_number(item.at(1));
  summary.step = take_whole<std::int64_t>(item.at(2));
  summary.min = take_optional(item.at(3), take_number);
  summary.max = take_optional(item.at(4), take_number);
  summary.count = take_whole<std::int64_t>(item.at(5));
  summary.added_later = item.at(6).get<bool>();
  summary.source = take_text(item.at(7));
  run.metrics.emplace(take_text(item.at(0)), summary);
}

void put_values(json& value, const model::Run& run)
{
  value["params"] = put_list(run.params, [](const auto& param) {
    return json::array(
        {put_text(param.first), put_text(param.second.value), put_text(param.second.source)});
  });
  value["metrics"] = put_list(run.metrics, put_metric);
  value["tags"] = put_list(run.tags, [](const auto& tag) {
    return json::array({put_text(tag.first), put_text(tag.second)});
  });
  value["inputs"] = put_list(run.inputs, put_data);
  value["outputs"] = put_list(run.outputs, put_data);
  value["artifacts"] = put_list(run.artifacts, [](const model::Artifact& artifact) {
    return json::array({put_text(artifact.path), put(artifact.digest), artifact.bytes});
  });
  value["additions"] = put_list(run.additions, [](const model::Addition& addition) {
    return json::array({put(addition.at), put_text(addition.kind), put_text(addition.key),
                        put_text(addition.value)});
  });
}

void take_values(const json& value, model::Run& run)
{
  for (const json& item : value.at("params")) {
    run.params.emplace(take_text(item.at(0)),
                       model::Parameter{take_text(item.at(1)), take_text(item.at(2))});
  }
  for (const json& item : value.at("metrics")) {
    take_metric(item, run);
  }
  for (const json& item : value.at("tags")) {
    run.tags.emplace(take_text(item.at(0)), take_text(item.at(1)));
  }
  run.inputs = take_list(value.at("inputs"), take_data);
  run.outputs = take_list(value.at("outputs"), take_data);
  run.artifacts = take_list(value.at("artifacts"), [](const json& item) {
    return model::Artifact{take_text(item.at(0)), take_digest(item.at(1)),
                           take_whole<std::uint64_t>(item.at(2))};
  });
  run.additions = take_list(value.at("additions"), [](const json& item) {
    return model::Addition{take_time(item.at(0)), take_text(item.at(1)), take_text(item.at(2)),
                           take_text(item.at(3))};
  });
}

json put_package(const model::Package& package)
{
  return json::array({put_text(package.name), put_text(package.version), put_text(package.source),
                      put_list(package.modified, [](const auto& file) {
                        return json::array({put_text(file.first), put_optional(file.second)});
                      })});
}

model::Package take_package(const json& value)
{
  model::Package package{take_text(value.at(0)), take_text(value.at(1)), take_text(value.at(2))};
  for (const json& file : value.at(3)) {
    package.modified.emplace(take_text(file.at(0)), take_optional(file.at(1), take_digest));
  }
  return package;
}

json put_pairs(const std::map<std::string, std::string>& pairs)
{
  return put_list(pairs, [](const auto& pair) {
    return json::array({put_text(pair.first), put_text(pair.second)});
  });
}

std::map<std::string, std::string> take_pairs(const json& value)
{
  std::map<std::string, std::string> pairs;
  for (const json& item : value) {
    pairs.emplace(take_text(item.at(0)), take_text(item.at(1)));
  }
  return pairs;
}

model::RunStatus take_status(const json& value)
{
  const auto status = model::parse_run_status(value.get<std::string>());
  if (!status || *status == model::RunStatus::running) {
    refuse("a run has not ended, or in no way that there is");
  }
  return *status;
}

}  // namespace

model::Level take_level(const json& value)
{
  const auto level = take_whole<std::int64_t>(value);
  if (level < 0 || level > static_cast<std::int64_t>(model::Level::evaluation)) {
    refuse("a level is none");
  }
  return static_cast<model::Level>(level);
}

json put_run(const model::Run& run)
{
  json value = {
      {"id", run.id.str()},
      {"name", put_text(run.name)},
      {"experiment", put_text(run.experiment)},
      {"status", std::string(model::to_string(run.status))},
      {"exit_code", put_optional(run.exit_code, [](int code) { return json(code); })},
      {"signal", put_optional(run.signal, [](int number) { return json(number); })},
      {"started_at", put(run.started_at)},
      {"ended_at", put_optional(run.ended_at)},
      {"parent", put_optional(run.parent, [](const model::RunId& id) { return json(id.str()); })},
      {"command", put_list(run.command, put_text)},
      {"cwd", put_text(run.cwd)},
      {"top", put_text(run.top)},
      {"program", put_text(run.program)},
      {"user", put_text(run.user)},
      {"host", put_text(run.host)},
      {"code", put_code(run.code)},
      {"note", put_text(run.note)},
      {"metric_files", put_list(run.metric_files, put_text)},
      {"scalars",
       {{"patterns", put_list(run.scalars.patterns, put_text)},
        {"templates", put_list(run.scalars.templates, put_text)}}},
      {"environment_digest", put_optional(run.environment_digest)},
      {"user_s", put_number(run.resources.user_s)},
      {"system_s", put_number(run.resources.system_s)},
      {"max_rss_bytes", run.resources.max_rss_bytes},
      {"stdout", put_optional(run.logs.stdout_digest)},
      {"stderr", put_optional(run.logs.stderr_digest)},
      {"log_index", put_optional(run.logs.index_digest)},
      {"keep", static_cast<int>(run.keep)},
      {"seed", put_optional(run.seed, [](std::int64_t seed) { return json(seed); })},
      {"problems", put_list(run.problems, put_text)},
      {"recorded", static_cast<int>(run.recorded)},
      {"missing", put_list(run.missing, put_text)}};
  value["stopped_by"] = put_optional(run.stopped_by, [](int number) { return json(number); });
  value["trace"] = put_optional(run.trace, put_trace);
  value["sweep"] = put_optional(run.sweep, put_sweep);
  value["sweep_item"] =
      put_optional(run.sweep_item, [](std::uint64_t number) { return json(number); });
  put_values(value, run);
  return value;
}

model::Run take_run(const json& value)
{
  model::Run run;
  run.id = take_run_id(value.at("id"));
  run.name = take_label(value.at("name"));
  run.experiment = take_label(value.at("experiment"));
  run.status = take_status(value.at("status"));
  run.exit_code = take_optional(value.at("exit_code"), take_whole<int>);
  run.signal = take_optional(value.at("signal"), take_whole<int>);
  run.started_at = take_time(value.at("started_at"));
  run.ended_at = take_optional(value.at("ended_at"), take_time);
  run.parent = take_optional(value.at("parent"), take_run_id);
  run.command = take_list(value.at("command"), take_text);
  run.cwd = take_path(value.at("cwd"));
  run.top = take_text(value.at("top"));
  run.program = take_text(value.at("program"));
  run.user = take_text(value.at("user"));
  run.host = take_text(value.at("host"));
  run.code = take_code(value.at("code"));
  run.note = take_text(value.at("note"));
  run.metric_files = take_list(value.at("metric_files"), take_path);
  run.scalars = {take_list(value.at("scalars").at("patterns"), take_text),
                 take_list(value.at("scalars").at("templates"), take_text)};
  run.environment_digest = take_optional(value.at("environment_digest"), take_digest);
  run.resources = {take_number(value.at("user_s")), take_number(value.at("system_s")),
                   take_whole<std::uint64_t>(value.at("max_rss_bytes"))};
  run.logs = {take_optional(value.at("stdout"), take_digest),
              take_optional(value.at("stderr"), take_digest),
              take_optional(value.at("log_index"), take_digest)};
  run.keep = take_level(value.at("keep"));
  run.seed = take_optional(value.at("seed"), take_whole<std::int64_t>);
  run.problems = take_list(value.at("problems"), take_text);
  run.recorded = take_level(value.at("recorded"));
  run.missing = take_list(value.at("missing"), take_text);
  run.stopped_by = take_optional(value.at("stopped_by"), take_whole<int>);
  run.trace = take_optional(value.at("trace"), take_trace);
  run.sweep = take_optional(value.at("sweep"), take_sweep);
  run.sweep_item = take_optional(value.at("sweep_item"), take_whole<std::uint64_t>);
  take_values(value, run);
  return run;
}

json put_environment(const model::Environment& environment)
{
  return {{"os", put_text(environment.os)},
          {"kernel", put_text(environment.kernel)},
          {"arch", put_text(environment.arch)},
          {"cpu", put_text(environment.cpu)},
          {"threads", environment.threads},
          {"memory_bytes", environment.memory_bytes},
          {"gpus", put_list(environment.gpus, put_text)},
          {"interpreter", put_optional(environment.interpreter,
                                       [](const model::Interpreter& interpreter) {
                                         return json::array({put_text(interpreter.name),
                                                             put_text(interpreter.version),
                                                             put_text(interpreter.path)});
                                       })},
          {"packages", put_list(environment.packages, put_package)},
          {"variables", put_pairs(environment.variables)},
          {"facts", put_pairs(environment.facts)}};
}

model::Environment take_environment(const json& value)
{
  model::Environment environment;
  environment.os = take_text(value.at("os"));
  environment.kernel = take_text(value.at("kernel"));
  environment.arch = take_text(value.at("arch"));
  environment.cpu = take_text(value.at("cpu"));
  environment.threads = take_whole<int>(value.at("threads"));
  environment.memory_bytes = take_whole<std::uint64_t>(value.at("memory_bytes"));
  environment.gpus = take_list(value.at("gpus"), take_text);
  environment.interpreter = take_optional(value.at("interpreter"), [](const json& item) {
    return model::Interpreter{take_text(item.at(0)), take_text(item.at(1)), take_text(item.at(2))};
  });
  environment.packages = take_list(value.at("packages"), take_package);
  environment.variables = take_pairs(value.at("variables"));
  environment.facts = take_pairs(value.at("facts"));
  return environment;
}

}  // namespace mlrepro::format::records
