// SPDX-License-Identifier: Apache-2.0
#include "cli/ask_what_if.hpp"

#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/reproduction_reader.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/reproduction/what_if.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

void refuse_with_what_if(const ReproduceOptions& options)
{
  std::vector<std::pair<std::string, bool>> given = judging_options_given(options.judging);
  given.emplace_back("--junit", !options.junit.empty());
  given.emplace_back("--markdown", !options.markdown.empty());
  for (const auto& [option, is_given] : given) {
    if (is_given) {
      throw Error(ErrorKind::usage, option + ": a replay with changes is compared, not judged",
                  "leave it out, or reproduce the run as it was recorded");
    }
  }
  if (!options.what_if.environment_of.empty() && options.environment != "check") {
    throw Error(
        ErrorKind::usage,
        "--env-of and --env '" + options.environment + "': the other run's environment is rebuilt",
        "give one of them");
  }
}

model::WhatIf could_not_ask(const model::Run& run, const std::string& reason)
{
  model::WhatIf answer;
  answer.run = run.id;
  answer.run_name = run.name;
  answer.reasons = {reason};
  return answer;
}

std::vector<model::WhatIf> ask_all(const ReproduceOptions& options,
                                   const std::vector<model::Run>& runs,
                                   const reproduction::Changes& changes, Project& project)
{
  std::vector<model::WhatIf> answers;
  tracking::Ports& ports = project.open_store();
  for_each_run(options, runs, project, [&](const reproduction::ReproduceRequest& request) {
    try {
      answers.push_back(
          reproduction::what_if(ports, project.environment_builder(), request, changes));
    } catch (const Error& error) {
      if (ends_all(error, options, runs)) {
        throw;
      }
      answers.push_back(could_not_ask(request.run, error.message()));
    }
  });
  return answers;
}

std::vector<model::WhatIf> ask_at_once(const ReplayJobs& how, const std::vector<model::Run>& runs,
                                       Project& project)
{
  std::vector<model::WhatIf> answers;
  const std::vector<ReplayAnswer> replays = replay_in_jobs(runs, how, project);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    answers.push_back(replays[i].document.empty() ? could_not_ask(runs[i], replays[i].problem)
                                                  : format::read_what_if(replays[i].document));
  }
  return answers;
}

}  // namespace

int ask_what_if(const ReproduceOptions& options, const std::vector<model::Run>& runs,
                Project& project)
{
  refuse_with_what_if(options);
  const reproduction::Changes changes =
      find_changes(options.what_if, project, project.open_store());
  const auto jobs = jobs_of(options, runs);
  const std::vector<model::WhatIf> answers =
      jobs ? ask_at_once(*jobs, runs, project) : ask_all(options, runs, changes, project);
  tell(options, as_json(options, project) ? format::what_ifs_to_json(answers)
                                          : render_what_ifs(answers, project.style()));
  ExitCode code = ExitCode::ok;
  for (const model::WhatIf& answer : answers) {
    if (answer.outcome == model::ReplayOutcome::failed) {
      return static_cast<int>(ExitCode::external);
    }
    if (answer.outcome == model::ReplayOutcome::blocked) {
      code = ExitCode::not_found;
    }
  }
  return static_cast<int>(code);
}

}  // namespace mlrepro::cli
