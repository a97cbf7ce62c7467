// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/reproduction/reproduce.hpp"
#include "reproduction/replay_places.hpp"

namespace mlrepro::reproduction {

// A recorded run as a run to be: where its code and data go, and what is executed there.
class Replay {
 public:
  // `run` is what is replayed; it may differ from the one of the request in what a question
  // changes.
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
  [[nodiscard]] std::string place_of(const std::string& recorded) const
  {
    return places_.place_of(recorded);
  }

 private:
  [[nodiscard]] std::string code_folder() const { return places_.code_folder(); }
  void require_inside(const std::string& input) const;
  void replace_links(const std::string& path, bool is_folder);
  void add_data(const std::vector<model::RunData>& list, std::vector<std::string>& places,
                tracking::RunRequest& request) const;
  void make_room(const std::string& path);
  void make_folder(const std::string& place);
  [[nodiscard]] std::vector<std::string> param_files() const;
  [[nodiscard]] std::string program() const;
  void set_variables(tracking::RunRequest& request) const;

  const tracking::Ports& ports_;
  const ReproduceRequest& request_;
  const model::Run& run_;
  ReplayPlaces places_;
};

struct Replayed {
  model::Run run;                   // its record in full
  std::optional<double> timeout_s;  // that the command ran into, and was ended
};

// Runs it; absent where the command is not there to be run. Error{io} where the replay could not be
// recorded as a whole: our own trouble says nothing about the run.
std::optional<Replayed> run_replay(const tracking::Ports& ports,
                                   const tracking::RunRequest& request);

}  // namespace mlrepro::reproduction
