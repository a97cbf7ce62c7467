// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

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
inline constexpr int k_signal_base = 128;
inline constexpr int k_any_code = -1;  // stands for the wrapped command's own in a table

ExitCode exit_code_of(model::ErrorKind kind);
ExitCode exit_code_of(model::Verdict verdict);

// One line of the table in a verb's help; an empty meaning stands for the usual one.
struct CodeLine {
  CodeLine(ExitCode known, std::string words = {})
      : code(static_cast<int>(known)), meaning(std::move(words))
  {
  }
  CodeLine(int number, std::string words) : code(number), meaning(std::move(words)) {}

  int code = 0;
  std::string meaning;
};

std::string meaning_of(int code);

// The lines of every code that some verb returns, for the help of the program.
std::vector<CodeLine> all_codes();

// Those of a verb that opens the store: 0, 2, 3, 4, 5, 6, 7 and 130, with some said differently
// and some more.
std::vector<CodeLine> store_codes(const std::vector<CodeLine>& special = {});

}  // namespace mlrepro::cli
