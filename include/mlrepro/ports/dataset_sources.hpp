// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/run.hpp"

namespace mlrepro::ports {

// What a dataset that a client logs was read from.
class DatasetSources {
 public:
  DatasetSources() = default;
  DatasetSources(const DatasetSources&) = delete;
  DatasetSources& operator=(const DatasetSources&) = delete;
  virtual ~DatasetSources() = default;

  // Takes a snapshot of what the path holds now, as an input of the run. Absent where the client
  // has no business with the path, or there is nothing. Any number of threads; never fails.
  virtual std::optional<model::RunData> take(const model::RunId& run, const std::string& path) = 0;
};

// Of a server: a path that came over the network is never opened.
class NoDatasetSources final : public DatasetSources {
 public:
  std::optional<model::RunData> take(const model::RunId&, const std::string&) override
  {
    return std::nullopt;
  }
};

}  // namespace mlrepro::ports
