// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/argv_parameters.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace mlrepro::plan {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

bool is_letter(char c)
{
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_key(std::string_view text)
{
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' ||
                  c == '-' || c == '/';
         });
}

// "-3" and "-.5e2" are values, not options.
bool is_negative_number(std::string_view text)
{
  return text.size() > 1 && text[0] == '-' &&
         (std::isdigit(static_cast<unsigned char>(text[1])) != 0 || text[1] == '.');
}

bool is_option(std::string_view text)
{
  return text.size() > 1 && text[0] == '-' && !is_negative_number(text) && text != "--";
}

void set(Parameters& parameters, std::string_view key, std::string_view value)
{
  for (auto& [known, old] : parameters) {
    if (known == key) {
      old = value;
      return;
    }
  }
  parameters.emplace_back(key, value);
}

bool is_interpreter(std::string_view program)
{
  const std::size_t slash = program.rfind('/');
  program.remove_prefix(slash == std::string_view::npos ? 0 : slash + 1);
  constexpr std::array<std::string_view, 11> k_names = {
      "python", "Rscript", "R", "bash", "sh", "julia", "node", "perl", "ruby", "uv", "env"};
  return program.starts_with("python") ||
         std::find(k_names.begin(), k_names.end(), program) != k_names.end();
}

// Where the arguments of the script begin: behind the script, "-m module" or "-c text".
std::size_t first_argument(const std::vector<std::string>& command)
{
  if (command.empty() || !is_interpreter(command[0])) {
    return 1;
  }
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string& word = command[i];
    if (word == "-m" || word == "-c") {
      return i + 2;
    }
    if (word == "-W" || word == "-X") {
      ++i;
    } else if (!word.starts_with('-')) {
      // "env" and "uv run" are followed by the real command or by assignments.
      return i + 1;
    }
  }
  return command.size();
}

}  // namespace

Parameters find_argv_parameters(const std::vector<std::string>& command)
{
  Parameters parameters;
  for (std::size_t i = first_argument(command); i < command.size(); ++i) {
    const std::string_view word = command[i];
    if (word == "--") {
      break;
    }
    const std::size_t equals = word.find('=');
    if (!is_option(word)) {
      const std::string_view bare = word.starts_with('+') ? word.substr(1) : word;
      const std::size_t at = bare.find('=');
      if (at != std::string_view::npos && is_key(bare.substr(0, at))) {
        set(parameters, bare.substr(0, at), bare.substr(at + 1));
      }
      continue;
    }
    const std::size_t dashes = word.starts_with("--") ? 2 : 1;
    if (equals != std::string_view::npos) {
      if (is_key(word.substr(dashes, equals - dashes))) {
        set(parameters, word.substr(dashes, equals - dashes), word.substr(equals + 1));
      }
      continue;
    }
    const std::string_view key = word.substr(dashes);
    if (!is_key(key)) {
      continue;
    }
    const bool has_value =
        i + 1 < command.size() && !is_option(command[i + 1]) && command[i + 1] != "--";
    set(parameters, key, has_value ? std::string_view(command[i + 1]) : "true");
    i += has_value ? 1 : 0;
  }
  return parameters;
}

}  // namespace mlrepro::plan
