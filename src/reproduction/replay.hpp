// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::reproduction {

// A recorded run as a run to be: where its code and data go, and what is executed there.
class Replay {
 public:
  // `run` is what is replayed; it may differ from the one of the request in what a question changes.
  Replay(const tracking::Ports& ports, const ReproduceRequest& request, const model::Run& run);

  // Why a replay is out of the question; empty: it is not.
  [[nodiscard]] std::vector<std::string> obstacles() const;

  // The code and the inputs, at the places where the command expects them. Error{not_found} for
  // what is not in the store.
  void restore();

  [[nodiscard]] tracking::RunRequest run_request() const;

  // So that the judge compares like with like: the replay's paths under the names of the record.
  void rename_moved(model::Run& replay) const;

  // Where a recorded path is in the replay.
  [[nodiscard]] std::string place_of(const std::string& recorded) const;

 private:
  [[nodiscard]] std::string code_folder() const { return request_.scratch + "/code"; }
  std::string next_place(const std::string& path);
  void make_room(const std::string& path);
  [[nodiscard]] std::string moved_path(const std::string& path) const;
  [[nodiscard]] std::string original_of(const std::string& path) const;
  [[nodiscard]] std::string moved_value(const std::string& value) const;
  [[nodiscard]] std::string moved(const std::string& word) const;
  [[nodiscard]] std::vector<std::string> param_files() const;
  [[nodiscard]] std::string program() const;
  void set_variables(tracking::RunRequest& request) const;

  const tracking::Ports& ports_;
  const ReproduceRequest& request_;
  const model::Run& run_;
  std::map<std::string, std::string> moved_;  // paths outside the project, and their copies
  std::size_t outside_ = 0;
};

// Runs it; its record in full, or absent where the command is not there to be run. Error{io} where
// the replay could not be recorded as a whole: our own trouble says nothing about the run.
std::optional<model::Run> run_replay(const tracking::Ports& ports,
                                     const tracking::RunRequest& request);

}  // namespace mlrepro::reproduction
