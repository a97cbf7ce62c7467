// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "fuzz/target.hpp"
#include "mlrepro/plan/argv_parameters.hpp"
#include "mlrepro/plan/scrub.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  // Words end in NUL, as the system passes them.
  std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  std::vector<std::string> command;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    command.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (const auto& [key, value] : mlrepro::plan::find_argv_parameters(command)) {
    mlrepro::fuzz::require(!key.empty(), "a parameter has a name");
  }
  const auto scrubbed = mlrepro::plan::scrub_command(command);
  mlrepro::fuzz::require(scrubbed.size() == command.size(), "scrubbing keeps the words");
  for (std::size_t i = 0; i < command.size(); ++i) {
    mlrepro::fuzz::require(scrubbed[i] == command[i] || mlrepro::plan::is_scrubbed(scrubbed[i]),
                           "what was scrubbed is known as such: " + command[i]);
  }
  return 0;
}
