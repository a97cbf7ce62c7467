// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::model {

struct Interpreter {
  std::string name;     // "python"
  std::string version;  // "3.11.2"
  std::string path;     // as the command named it, resolved through PATH but not through links

  bool operator==(const Interpreter&) const = default;
};

struct Package {
  std::string name;  // of Python's normalised as PEP 503 says
  std::string version;
  // Where it came from: "dist-info" and "egg-info" from an index, "vcs <url>@<commit>",
  // "archive <url> sha256=…", "folder <path>", "editable <path>@<commit>", "conda <build>", "CRAN".
  std::string source;
  // Files that are not what was installed, by their path in the installation; none where it is
  // gone.
  std::map<std::string, std::optional<Digest>> modified = {};

  auto operator<=>(const Package&) const = default;
};

struct Environment {
  std::string os;      // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;  // "Linux 6.1.0"
  std::string arch;    // "x86_64"
  std::string cpu;     // model name
  int threads = 0;     // processors this process may run on
  std::uint64_t memory_bytes = 0;
  std::vector<std::string> gpus;
  std::optional<Interpreter> interpreter;
  std::vector<Package> packages;  // sorted by name
  std::map<std::string, std::string> variables;
  // What else makes one machine differ from another, each under its name (docs/environment.md).
  std::map<std::string, std::string> facts;

  bool operator==(const Environment&) const = default;
};

}  // namespace mlrepro::model
