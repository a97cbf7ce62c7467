// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

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

std::string exit_code_help()
{
  return "Exit codes:\n"
         "  0    yes, done\n"
         "  1    the check says no (reproduce differs, verify found damage, diff --exit-code found "
         "differences)\n"
         "  2    usage\n"
         "  3    not found or ambiguous (reproduce: blocked, something needed is not in the "
         "record)\n"
         "  4    conflict (would overwrite; dirty with --require-clean)\n"
         "  5    locked\n"
         "  6    corrupt\n"
         "  7    input or output failed (disk full, permission)\n"
         "  8    an external program or the replayed command failed\n"
         "  9    incomparable (reproduce: a result is missing or NaN, or there is nothing to "
         "compare)\n"
         "  130  interrupted\n";
}

}  // namespace mlrepro::cli
