// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro::model {

struct Interpreter {
  std::string name;     // "python"
  std::string version;  // "3.11.2"
  std::string path;     // as the command named it, resolved through PATH but not through links

  bool operator==(const Interpreter&) const = default;
};

struct Package {
  std::string name;  // normalised as PEP 503 says
  std::string version;
  std::string source;  // where the record came from: "dist-info", "egg-info", "vcs <url>@<commit>"

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

  bool operator==(const Environment&) const = default;
};

}  // namespace mlrepro::model
