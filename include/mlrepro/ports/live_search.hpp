// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/client_run.hpp"
#include "mlrepro/ports/page.hpp"

namespace mlrepro::ports {

// Searches runs of which some still run, and have reported what no database has yet. Any number of
// threads use it.
class LiveSearch {
 public:
  LiveSearch() = default;
  LiveSearch(const LiveSearch&) = delete;
  LiveSearch& operator=(const LiveSearch&) = delete;
  virtual ~LiveSearch() = default;

  // As ClientRuns::search, where what is said of `running` counts instead of what is stored of
  // them.
  [[nodiscard]] virtual Page<model::ClientRun> search(
      const SearchRequest& request, const std::vector<model::ClientRun>& running) = 0;
};

}  // namespace mlrepro::ports
