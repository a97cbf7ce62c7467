// SPDX-License-Identifier: Apache-2.0
#include "cli/usage_errors.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "cli/help.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

std::vector<std::string> option_names(const CLI::App& app)
{
  std::vector<std::string> names;
  for (const CLI::App* part = &app; part != nullptr; part = part->get_parent()) {
    for (const CLI::Option* option : part->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  }
  return names;
}

bool is_option(const std::string& word)
{
  return word.size() > 1 && word.front() == '-';
}

std::string see_help(const CLI::App& app)
{
  return "usage: " + usage_line(app);
}

// The required arguments that got no value, as they are written in the usage line.
std::string missing_arguments(const CLI::App& app)
{
  std::string names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_required() && option->empty()) {
      names += (names.empty() ? "" : " and ") + option->get_name(true);
    }
  }
  return names;
}

}  // namespace

const CLI::App& reached(const CLI::App& app)
{
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : reached(*chosen.back());
}

std::vector<std::string> verbs_of(const CLI::App& app)
{
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

Error unexpected_word(const CLI::App& app)
{
  const CLI::App& command = reached(app);
  const auto extras = app.remaining(true);
  const std::string word = extras.empty() ? "" : extras.front();
  const std::string bare = word.substr(0, word.find('='));
  std::string hint =
      plan::did_you_mean(bare, is_option(word) ? option_names(command) : verbs_of(command));
  if (hint.empty() && command.get_name() == "run") {
    hint = "write the command behind '--': mlrepro run [OPTIONS] -- COMMAND";
  } else if (hint.empty()) {
    hint = see_help(command);
  }
  return {ErrorKind::usage,
          "'" + word + "' is not " + (is_option(word) ? "an option" : "expected") + " here", hint};
}

Error usage_error(const CLI::App& app, const CLI::ParseError& error)
{
  const CLI::App& command = reached(app);
  std::string message = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const std::string names = missing_arguments(command);
    if (command.get_parent() == nullptr) {
      message = "no verb";
    } else if (!names.empty()) {
      message = command.get_name() + ": " + names +
                (names.find(" and ") == std::string::npos ? " is missing" : " are missing");
    }
  } else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    message = message.substr(0, message.find(':')) + ": its value is missing";
  }
  return {ErrorKind::usage, message, see_help(command)};
}

std::string suggest_among(const std::string& word, const std::vector<std::string>& names)
{
  constexpr std::size_t k_shown = 10;
  const std::string near = plan::did_you_mean(word, names);
  if (!near.empty() || names.empty()) {
    return near;
  }
  std::string text = "there is ";
  for (std::size_t i = 0; i < std::min(names.size(), k_shown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > k_shown ? text + " and " + std::to_string(names.size() - k_shown) + " more"
                                : text;
}

void check_label(const std::string& option, const std::string& name)
{
  const bool control = std::any_of(name.begin(), name.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (name.empty() || control || name.front() == '@' || name.find(':') != std::string::npos) {
    throw Error(
        ErrorKind::usage, option + " '" + name + "': can't be a name",
        "a name is not empty, does not begin with '@', and has no ':' and no control characters");
  }
}

std::optional<double> parse_amount(const std::string& option, const std::string& word)
{
  if (word.empty()) {
    return std::nullopt;
  }
  const auto value = format::parse_number(word);
  if (!value || !std::isfinite(*value) || *value < 0) {
    throw Error(ErrorKind::usage, option + " '" + word + "': not a number of 0 or more");
  }
  return value;
}

std::int64_t parse_count(const std::string& option, const std::string& word)
{
  const auto value = format::parse_integer(word);
  if (!value || *value < 0) {
    throw Error(ErrorKind::usage, option + " '" + word + "': not a whole number of 0 or more");
  }
  return *value;
}

std::size_t parse_times(const std::string& option, const std::string& word)
{
  if (word.empty()) {
    return 1;
  }
  const std::int64_t times = parse_count(option, word);
  if (times == 0) {
    throw Error(ErrorKind::usage, option + " '" + word + "': not a whole number of 1 or more");
  }
  return static_cast<std::size_t>(times);
}

}  // namespace mlrepro::cli
