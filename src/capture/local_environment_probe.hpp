// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <thread>

#include "mlrepro/ports/environment_probe.hpp"
#include "mlrepro/ports/source_control.hpp"
#include "posix/gpu_memory.hpp"

namespace mlrepro::capture {

class LocalEnvironmentProbe final : public ports::EnvironmentProbe {
 public:
  // With `source`, packages that are imported from a working tree say which commit that is at.
  explicit LocalEnvironmentProbe(const ports::SourceControl* source = nullptr) : source_(source) {}

  ~LocalEnvironmentProbe() override;
  LocalEnvironmentProbe(const LocalEnvironmentProbe&) = delete;
  LocalEnvironmentProbe& operator=(const LocalEnvironmentProbe&) = delete;

  // Begins to read what is of the machine beside whatever else is done until read() is called.
  void start_early();

  void observe(int pid) override;
  [[nodiscard]] model::Environment read(const ports::ProbeRequest& request) const override;

 private:
  // A look before the command has started does not `wait` for what a driver has to say.
  [[nodiscard]] std::map<std::string, std::string> facts_of_machine(bool wait) const;
  [[nodiscard]] std::string state_of(const std::string& folder) const;
  void add_python(model::Environment& environment, bool packages) const;

  const ports::SourceControl* source_;
  // Of the machine, which stays the same while a run is recorded: read once.
  mutable std::optional<std::map<std::string, std::string>> machine_;
  mutable std::thread early_;  // fills machine_
  std::optional<model::Interpreter> seen_;
  bool started_ = false;
  // Asked at the first look, so that it needs no waiting for when the command has ended.
  mutable std::optional<posix::GpuMemory> gpus_;
};

}  // namespace mlrepro::capture
