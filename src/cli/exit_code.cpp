// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <algorithm>

namespace mlrepro::cli {

ExitCode exit_code_of(model::ErrorKind kind)
{
  switch (kind) {
    case model::ErrorKind::usage:
      return ExitCode::usage;
    case model::ErrorKind::not_found:
    case model::ErrorKind::ambiguous:
      return ExitCode::not_found;
    case model::ErrorKind::conflict:
      return ExitCode::conflict;
    case model::ErrorKind::locked:
      return ExitCode::locked;
    case model::ErrorKind::corrupt:
      return ExitCode::corrupt;
    case model::ErrorKind::io:
      return ExitCode::io;
    case model::ErrorKind::external:
      return ExitCode::external;
    case model::ErrorKind::interrupted:
      return ExitCode::interrupted;
  }
  return ExitCode::io;
}

ExitCode exit_code_of(model::Verdict verdict)
{
  switch (verdict) {
    case model::Verdict::reproduced:
    case model::Verdict::passed:
      return ExitCode::ok;
    case model::Verdict::differs:
      return ExitCode::check_says_no;
    case model::Verdict::incomparable:
      return ExitCode::incomparable;
    case model::Verdict::failed:
      return ExitCode::external;
    case model::Verdict::blocked:
      return ExitCode::not_found;
  }
  return ExitCode::io;
}

std::string meaning_of(int code)
{
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::ok:
      return "done";
    case ExitCode::check_says_no:
      return "the check says no: reproduce differs, verify found damage, diff --exit-code found "
             "differences";
    case ExitCode::usage:
      return "usage: the command line, a configuration or a parameter file is wrong";
    case ExitCode::not_found:
      return "not found, or ambiguous: a reference, a path, a folder, the store";
    case ExitCode::conflict:
      return "conflict: it would overwrite something, or a newer mlrepro wrote the store";
    case ExitCode::locked:
      return "locked: another process kept the store for too long";
    case ExitCode::corrupt:
      return "corrupt: stored content is damaged; see 'mlrepro verify'";
    case ExitCode::io:
      return "input or output failed: disk full, no permission, a read-only store";
    case ExitCode::external:
      return "something outside failed: Git, a remote, or the command that was replayed";
    case ExitCode::incomparable:
      return "incomparable: a result is missing or NaN, or there is none";
    case ExitCode::interrupted:
      return "interrupted";
  }
  return "";
}

std::vector<CodeLine> all_codes()
{
  return {{ExitCode::ok, "done; the answer of a check is yes"},
          ExitCode::check_says_no,
          ExitCode::usage,
          {ExitCode::not_found,
           meaning_of(3) + "; for reproduce also blocked: the record lacks something"},
          ExitCode::conflict,
          ExitCode::locked,
          ExitCode::corrupt,
          ExitCode::io,
          ExitCode::external,
          ExitCode::incomparable,
          ExitCode::interrupted};
}

std::vector<CodeLine> store_codes(const std::vector<CodeLine>& special)
{
  std::vector<CodeLine> lines = {ExitCode::ok,       ExitCode::usage,      ExitCode::not_found,
                                 ExitCode::conflict, ExitCode::locked,     ExitCode::corrupt,
                                 ExitCode::io,       ExitCode::interrupted};
  for (const CodeLine& line : special) {
    const auto same = std::find_if(lines.begin(), lines.end(),
                                   [&](const CodeLine& other) { return other.code == line.code; });
    if (same != lines.end()) {
      *same = line;
    } else {
      lines.push_back(line);
    }
  }
  std::sort(lines.begin(), lines.end(),
            [](const CodeLine& a, const CodeLine& b) { return a.code < b.code; });
  return lines;
}

}  // namespace mlrepro::cli
