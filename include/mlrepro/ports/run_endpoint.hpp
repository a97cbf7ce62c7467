// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/process_runner.hpp"

namespace mlrepro::ports {

// A place where a wrapped command's tracking client logs to, as long as the command runs.
class RunEndpoint {
 public:
  // Open until it is closed, or ends.
  class Session {
   public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    virtual ~Session() = default;

    // By which the command's clients find it.
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> variables() const = 0;
    // Waits until every request that has been received is answered. A second time does nothing.
    virtual void close() = 0;
    // What went wrong with it up to now, for the run's record.
    [[nodiscard]] virtual std::vector<std::string> problems() const = 0;
  };

  RunEndpoint() = default;
  RunEndpoint(const RunEndpoint&) = delete;
  RunEndpoint& operator=(const RunEndpoint&) = delete;
  virtual ~RunEndpoint() = default;

  // For a run that is on record. Null when the process has another place to log to already. Throws
  // Error{io} when there is no address to listen at.
  virtual std::unique_ptr<Session> open(const model::RunId& run, const ProcessRequest& process) = 0;
};

}  // namespace mlrepro::ports
