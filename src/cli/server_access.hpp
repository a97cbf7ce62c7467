// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/plan/web_gate.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::cli {

struct AccessOptions {
  std::vector<std::string> allowed_hosts;
  std::string token_file;  // a token a line
  std::string basic_file;  // "user:password" a line
};

// Who may ask: this machine's own names besides the allowed ones. A file that others can read is
// told to the reporter. Throws Error{usage} for a file without a word in it or with one that is too
// short to be a secret, and what reading it throws.
plan::WebRules read_access(const AccessOptions& options, ports::Reporter& reporter);

}  // namespace mlrepro::cli
