// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/argv_parameters.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

namespace mlrepro::plan {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// Where the value of a parameter stands.
struct Place {
  std::size_t word = 0;
  std::size_t offset = 0;  // in that word
  bool bare = false;       // a switch: the word itself stands for "true"
};

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

class ParameterList {
 public:
  void set(std::string_view key, std::string_view value, Place place)
  {
    const auto [entry, added] = entries_.try_emplace(std::string(key), parameters_.size());
    if (added) {
      parameters_.emplace_back(key, value);
      places_.push_back(place);
    } else {
      parameters_[entry->second].second = value;
      places_[entry->second] = place;
    }
  }

  [[nodiscard]] std::optional<Place> place_of(const std::string& key) const
  {
    const auto entry = entries_.find(key);
    return entry == entries_.end() ? std::nullopt : std::optional(places_[entry->second]);
  }
  Parameters take() { return std::move(parameters_); }

 private:
  Parameters parameters_;
  std::vector<Place> places_;  // of the same index in `parameters_`
  std::map<std::string, std::size_t> entries_;
};

bool is_interpreter(std::string_view program)
{
  constexpr std::array<std::string_view, 8> k_names = {"Rscript", "R",    "bash", "sh",
                                                       "julia",   "node", "perl", "ruby"};
  return program.starts_with("python") ||
         std::find(k_names.begin(), k_names.end(), program) != k_names.end();
}

std::string_view program_name(std::string_view path)
{
  const std::size_t slash = path.rfind('/');
  return path.substr(slash == std::string_view::npos ? 0 : slash + 1);
}

bool is_assignment(std::string_view word)
{
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && is_key(word.substr(0, equals));
}

// Where the real command begins behind "env A=1" and "uv run".
std::size_t skip_launchers(const std::vector<std::string>& command)
{
  std::size_t at = 0;
  while (at < command.size()) {
    const std::string_view program = program_name(command[at]);
    const bool is_env = program == "env";
    if (!is_env && !(program == "uv" && at + 1 < command.size() && command[at + 1] == "run")) {
      break;
    }
    at += is_env ? 1 : 2;
    while (at < command.size() &&
           (command[at].starts_with('-') || (is_env && is_assignment(command[at])))) {
      ++at;
    }
  }
  return at;
}

// Where the arguments of the script begin: behind the script, "-" for a script that is read from
// the input, "-m module" or "-c text".
std::size_t first_argument(const std::vector<std::string>& command)
{
  const std::size_t program = skip_launchers(command);
  if (program >= command.size() || !is_interpreter(program_name(command[program]))) {
    return program + 1;
  }
  for (std::size_t i = program + 1; i < command.size(); ++i) {
    const std::string& word = command[i];
    if (word == "-m" || word == "-c") {
      return i + 2;
    }
    if (word == "-W" || word == "-X") {
      ++i;
    } else if (!word.starts_with('-') || word == "-") {
      return i + 1;
    }
  }
  return command.size();
}

// "lr=0.1", and Hydra's "+lr=0.1" and "++lr=0.1"; `prefix` characters of the word
// come before the name.
void add_assignment(std::string_view whole, std::size_t prefix, std::size_t index,
                    ParameterList& parameters)
{
  const std::string_view word = whole.substr(prefix);
  if (is_assignment(word)) {
    const std::size_t equals = word.find('=');
    parameters.set(word.substr(0, equals), word.substr(equals + 1), {index, prefix + equals + 1});
  }
}

ParameterList read_command(const std::vector<std::string>& command)
{
  ParameterList parameters;
  for (std::size_t i = first_argument(command); i < command.size() && command[i] != "--"; ++i) {
    const std::string_view word = command[i];
    if (!is_option(word)) {
      add_assignment(word,
                     word.starts_with("++")  ? 2
                     : word.starts_with('+') ? 1
                                             : 0,
                     i, parameters);
      continue;
    }
    const std::size_t dashes = word.starts_with("--") ? 2 : 1;
    const std::string_view key = word.substr(dashes);
    if (key.find('=') != std::string_view::npos) {
      add_assignment(word, dashes, i, parameters);
    } else if (is_key(key)) {
      const bool has_value =
          i + 1 < command.size() && !is_option(command[i + 1]) && command[i + 1] != "--";
      if (has_value) {
        parameters.set(key, command[i + 1], {i + 1, 0});
        ++i;
      } else {
        parameters.set(key, "true", {i, 0, true});
      }
    }
  }
  return parameters;
}

}  // namespace

Parameters find_argv_parameters(const std::vector<std::string>& command)
{
  return read_command(command).take();
}

std::optional<std::vector<std::string>> with_argv_parameter(const std::vector<std::string>& command,
                                                            const std::string& key,
                                                            const std::string& value)
{
  const auto place = read_command(command).place_of(key);
  if (!place) {
    return std::nullopt;
  }
  std::vector<std::string> changed = command;
  if (!place->bare) {
    changed[place->word].replace(place->offset, std::string::npos, value);
  } else if (value == "false") {
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(place->word));
  } else if (value != "true") {
    return std::nullopt;
  }
  return changed;
}

}  // namespace mlrepro::plan
