// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/tracking/run_command.hpp"

namespace mlrepro::tracking {

ports::ProbeRequest probe_request(const RunRequest& request, const std::string& program,
                                  bool packages);

// What is on record of a run before it starts. Ports and request outlive it.
class RunPreparation {
 public:
  RunPreparation(const Ports& ports, const RunRequest& request) : ports_(ports), request_(request)
  {
  }

  // What the user got wrong; none of it depends on the store.
  void check_request();
  // Captures code, inputs and a first look at the environment. With Strict::no, what can't be
  // captured is a problem of the record.
  model::Run prepare(const std::string& program);

 private:
  [[nodiscard]] std::vector<std::string> without_secrets(std::vector<std::string> command) const;
  [[nodiscard]] std::string recorded(const std::string& path) const;
  // Throws Error{not_found} where nothing is at the path `word`.
  void require_there(const std::string& what, const std::string& word) const;
  [[nodiscard]] std::string near_name(const std::string& path) const;
  std::map<std::string, model::Parameter> collect_params();
  [[nodiscard]] std::pair<std::string, std::string> split_file(const std::string& word) const;
  model::CodeState capture();
  std::vector<model::RunData> take_inputs();
  std::optional<model::RunTrace> plan_trace();
  [[nodiscard]] std::vector<std::string> files_of(const std::string& word) const;
  std::optional<model::Environment> read_environment(const std::string& program);
  void problem(const std::string& text);

  const Ports& ports_;
  const RunRequest& request_;
  model::Run run_;
};

}  // namespace mlrepro::tracking
