// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Tells when a run has ended.
class EndWatch {
 public:
  EndWatch(const Ports& ports, const model::RunId& id) : ports_(ports), id_(id) {}

  // The run in full once its record is sealed; absent while it goes on. Completes the record where
  // mlrepro and the command are gone; where that fails, the run is handed out as running.
  // Error{not_found} when it was forgotten.
  [[nodiscard]] std::optional<model::Run> find_ended() const;

 private:
  const Ports& ports_;
  model::RunId id_;
};

}  // namespace mlrepro::tracking
