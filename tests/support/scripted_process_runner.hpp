// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/ports/process_runner.hpp"

namespace mlrepro::testing {

// What one run of a command does, in place of a process.
struct ScriptedRun {
  ports::ProcessResult result;
  std::string stdout_text;
  std::string stderr_text;
  // Called while the "process" runs: writes outputs, appends to $MLREPRO_METRICS, throws.
  std::function<void(const ports::ProcessRequest&)> action;
};

ScriptedRun exits_with(int code, std::string stdout_text = {});
ScriptedRun killed_by(int signal);
ScriptedRun fails_to_start(int error);

// Plays runs in the order in which they were added; when none is left, a run exits with 0 and
// says nothing. Logs are written as the real runner writes them.
class ScriptedProcessRunner final : public ports::ProcessRunner {
 public:
  void add(ScriptedRun run) { script_.push_back(std::move(run)); }
  // Where logs go; without it they are files on disk.
  using WriteLog = std::function<void(const std::string& path, const std::string& text)>;
  void write_logs_with(WriteLog write) { write_log_ = std::move(write); }
  void set_program(const std::string& name, const std::string& path) { programs_[name] = path; }

  ports::ProcessResult run(const ports::ProcessRequest& request,
                           ports::ProcessObserver& observer) override;
  [[nodiscard]] std::optional<std::string> find_program(const std::string& name,
                                                        const std::string& cwd) const override;
  [[nodiscard]] std::optional<std::string> find_isolation_obstacle() const override
  {
    return isolation_obstacle_;
  }
  void set_isolation_obstacle(std::string text) { isolation_obstacle_ = std::move(text); }
  [[nodiscard]] std::optional<std::string> find_trace_obstacle() const override
  {
    return trace_obstacle_;
  }
  void set_trace_obstacle(std::string text) { trace_obstacle_ = std::move(text); }

  // All that was asked for, oldest first.
  [[nodiscard]] const std::vector<ports::ProcessRequest>& requests() const { return requests_; }

 private:
  std::optional<std::string> isolation_obstacle_;
  std::optional<std::string> trace_obstacle_;
  WriteLog write_log_;
  std::vector<ScriptedRun> script_;
  std::map<std::string, std::string> programs_;
  std::vector<ports::ProcessRequest> requests_;
};

}  // namespace mlrepro::testing
