// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/exit_code.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// What stands below the options in a verb's help.
struct HelpPage {
  std::string text;  // paragraphs, wrapped here
  std::vector<std::string> examples;
  std::vector<CodeLine> codes;  // only those that the verb can return
};

void set_help(CLI::App& command, const HelpPage& page);

// The same layout for every verb, as wide on every terminal: docs/cli.md is made from it.
void use_help_layout(CLI::App& app);

// "mlrepro show [OPTIONS] REF"
std::string usage_line(const CLI::App& command);

}  // namespace mlrepro::cli
