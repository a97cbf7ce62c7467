// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "mlrepro/model/run_event.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// What a running run logs, each event once: of $MLREPRO_METRICS, of `mlrepro log`, then of its
// resources. Files that
// were opened stay readable when the run is sealed. Nothing is locked.
class EventFollower {
 public:
  using Visit = std::function<void(const model::RunEvent&)>;

  EventFollower(const Ports& ports, const model::RunId& id, Visit visit);

  // Whole lines only: the end of one that is being written is still to come.
  void read_live();
  // The rest, as nobody writes any more.
  void finish();

 private:
  struct Source {
    std::string path;
    std::unique_ptr<ports::OpenFile> file;
    std::string rest;  // of a line whose end is still to come
  };

  void read(Source& source);

  const Ports& ports_;
  Visit visit_;
  std::array<Source, 3> sources_;
};

}  // namespace mlrepro::tracking
