// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/process_runner.hpp"

namespace mlrepro::environments {

// Runs the programs that make an environment, one after another, and keeps what they say.
class Installer {
 public:
  // `logs` is an absolute, writable folder.
  Installer(ports::ProcessRunner& processes, std::string logs);

  struct Ran {
    bool succeeded = false;
    std::string out;        // stdout
    std::string last_line;  // of stderr, else of stdout: what the program complains about
  };
  // Their output is not passed on. Error{interrupted} when a signal to us ended the program.
  Ran run(const std::vector<std::string>& argv);

  // In $PATH: the first, and every one.
  [[nodiscard]] std::optional<std::string> find(const std::string& program) const;
  [[nodiscard]] std::vector<std::string> find_all(const std::string& program) const;

 private:
  ports::ProcessRunner& processes_;
  std::string logs_;
  int count_ = 0;
};

}  // namespace mlrepro::environments
