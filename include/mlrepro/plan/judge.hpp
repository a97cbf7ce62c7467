// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/tolerance.hpp"

namespace mlrepro::plan {

// By their bytes.
std::vector<model::OutputCheck> check_outputs(const model::Run& recorded, const model::Run& replay);

// "output 'a.csv': row 3 differs".
std::string describe_output(const model::OutputCheck& check);

// A run of the same record, looked at beside others of it.
struct Repeated {
  model::Run run;
  std::vector<model::OutputCheck> outputs;   // beside those of the record
  std::vector<model::OutputCheck> to_first;  // of a later replay: beside those of the first
  std::optional<double> timeout_s = {};      // its command ran into that, and was ended
};

struct JudgeRequest {
  std::vector<Repeated> replays;  // at least one
  std::vector<Repeated> repeats;  // of the record, made when it was
  std::vector<ToleranceRule> rules;
  model::Gate gate = model::Gate::no;
  model::EnvironmentPolicy policy = model::EnvironmentPolicy::check;
  bool no_network = false;  // the replays had none
};

// What the replays did, compared with what the record says. They are runs with the same code and
// inputs; whether their environment is the same is compared here, too, as the policy has it.
model::Reproduction judge(const model::Run& recorded, const JudgeRequest& request);
// One replay, outputs by their bytes.
model::Reproduction judge(const model::Run& recorded, const model::Run& replay,
                          const std::vector<ToleranceRule>& rules,
                          model::EnvironmentPolicy policy = model::EnvironmentPolicy::check);

}  // namespace mlrepro::plan
