// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::cli {

// The only place where an outcome becomes a number; docs/cli.md repeats the table.
enum class ExitCode : int {
  ok = 0,
  check_says_no = 1,
  usage = 2,
  not_found = 3,
  conflict = 4,
  locked = 5,
  corrupt = 6,
  io = 7,
  external = 8,
  incomparable = 9,
  interrupted = 130,
};

// Of `run` only, as timeout(1) and env(1) have them.
inline constexpr int k_timed_out = 124;
inline constexpr int k_not_started = 125;
inline constexpr int k_not_executable = 126;
inline constexpr int k_no_such_command = 127;

ExitCode exit_code_of(model::ErrorKind kind);
ExitCode exit_code_of(model::Verdict verdict);

// The table as --help prints it.
std::string exit_code_help();

}  // namespace mlrepro::cli
