// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/judging_options.hpp"
#include "cli/project.hpp"
#include "cli/replay_jobs.hpp"
#include "cli/what_if_options.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::cli {

// Of `reproduce`, as they were given.
struct ReproduceOptions {
  std::vector<std::string> references;
  std::string filter;
  std::string environment = "check";
  std::string junit;
  std::string markdown;
  JudgingOptions judging;
  std::string scratch;
  WhatIfOptions what_if;
  bool keep = false;
  bool show_output = false;
  bool no_network = false;
  bool trace = false;
  std::string timeout;
  std::string jobs;
  std::string answer;              // a file: where a replay among several leaves its document
  std::vector<std::string> words;  // what each of several replays is started with
};

// Each run in a scratch folder of its own, one after another.
using ReplayAction = std::function<void(const reproduction::ReproduceRequest&)>;
void for_each_run(const ReproduceOptions& options, const std::vector<model::Run>& runs,
                  Project& project, const ReplayAction& action);

// What happens to one of several runs does not keep the others from being replayed.
bool ends_all(const model::Error& error, const ReproduceOptions& options,
              const std::vector<model::Run>& runs);

// Absent where the runs are replayed one after another, by this process. Throws Error{usage}.
std::optional<ReplayJobs> jobs_of(const ReproduceOptions& options,
                                  const std::vector<model::Run>& runs);

// The answer, where it is wanted, in the form in which it is wanted there.
bool as_json(const ReproduceOptions& options, Project& project);
void tell(const ReproduceOptions& options, const std::string& text);

}  // namespace mlrepro::cli
