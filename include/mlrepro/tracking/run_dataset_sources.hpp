// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "mlrepro/ports/dataset_sources.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::tracking {

// Of a command that mlrepro runs for its user, who may read what the command may: what it logs as a
// dataset becomes an input, as `run -i` makes one.
class RunDatasetSources final : public ports::DatasetSources {
 public:
  struct Place {
    std::string top;    // of the project, absolute
    std::string cwd;    // of the command, absolute
    std::string store;  // nothing below it is an input
  };

  // Nobody else may use `ports` meanwhile.
  RunDatasetSources(const versioning::Ports& ports, Place place)
      : ports_(ports), place_(std::move(place))
  {
  }

  std::optional<model::RunData> take(const model::RunId& run, const std::string& path) override;

 private:
  [[nodiscard]] model::RunData take_snapshot(const model::RunId& run,
                                             const std::string& path) const;

  versioning::Ports ports_;
  Place place_;
  std::mutex mutex_;
};

}  // namespace mlrepro::tracking
