// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/run_endpoint.hpp"

namespace mlrepro::posix {

// The descriptor under which a server finds the socket that it is to accept connections at.
inline constexpr int k_handed_listener = 3;
// The variable in which it finds the word that clients have to show.
inline constexpr const char* k_session_variable = "MLREPRO_SESSION";

// Listens at an address of this machine from a run's start to its end. A server is started with the
// first connection: a process of its own, so that nothing that it does can harm the run; one that
// crashes is followed by another. A command that never connects costs a socket and a thread that
// sleeps.
class LoopbackEndpoint final : public ports::RunEndpoint {
 public:
  // The words of a command line for this program, without its name, that serves the run. It ends
  // with SIGTERM, or when the run does.
  using Arguments = std::function<std::vector<std::string>(const model::RunId& run)>;

  // The clock outlives the endpoint.
  LoopbackEndpoint(const ports::Clock& clock, Arguments arguments)
      : clock_(clock), arguments_(std::move(arguments))
  {
  }

  std::unique_ptr<Session> open(const model::RunId& run,
                                const ports::ProcessRequest& process) override;

 private:
  const ports::Clock& clock_;
  Arguments arguments_;
};

}  // namespace mlrepro::posix
