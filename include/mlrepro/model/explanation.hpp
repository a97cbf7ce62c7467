// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_id.hpp"

namespace mlrepro::model {

// What two runs can differ in, so that their results do.
enum class Factor { code, configuration, data, environment };
std::string_view to_string(Factor factor);  // code, config, data, environment
// "config, data"; "nothing" for none.
std::string names_of(std::span<const Factor> factors);

// A run with each factor from one of two runs.
struct MixtureReplay {
  std::vector<Factor> from_b;  // the others are from a
  std::optional<RunId> run;
  double value = 0;     // of the metric
  bool reused = false;  // replayed for an earlier question
};

struct FactorShare {
  Factor factor = Factor::code;
  double contribution = 0;
  std::optional<double> share;  // of the difference; absent where that is 0
};

struct FactorPair {
  Factor first = Factor::code;
  Factor second = Factor::code;
  double value = 0;  // what both do together beyond what each does alone
};

// Why a metric of two runs differs.
struct Explanation {
  RunId a;
  RunId b;
  std::string a_name;
  std::string b_name;
  std::string metric;
  std::optional<double> recorded_a;
  std::optional<double> recorded_b;
  // b - a, as the replays of both have it here, which the factors' contributions sum up to.
  double difference = 0;
  // The recorded difference less that: what neither run gives here any more.
  std::optional<double> unexplained;
  std::vector<FactorShare> factors;  // those in which the runs differ, the largest first
  std::vector<FactorPair> interactions;
  std::vector<MixtureReplay> replays;
  bool stopped_early = false;  // one factor explained all
  double duration_s = 0;
};

}  // namespace mlrepro::model
