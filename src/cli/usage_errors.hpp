// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/error.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

// What is wrong with a command line, in our words and with the nearest right word.
namespace mlrepro::cli {

// The deepest verb that was understood before parsing stopped.
const CLI::App& reached(const CLI::App& app);

std::vector<std::string> verbs_of(const CLI::App& app);

model::Error usage_error(const CLI::App& app, const CLI::ParseError& error);

// A word that is no verb, option or argument.
model::Error unexpected_word(const CLI::App& app);

// Values of options; Error{usage} names the option. Seconds and tolerances can't be negative.
std::optional<double> parse_amount(const std::string& option, const std::string& word);
// "did you mean …?", else what there is to choose from.
std::string suggest_among(const std::string& word, const std::vector<std::string>& names);

// A name that a reference can name again: no ':', no '@' in front, no control characters.
void check_label(const std::string& option, const std::string& name);

std::int64_t parse_count(const std::string& option, const std::string& word);
// How many times something is done; once where the word is empty.
std::size_t parse_times(const std::string& option, const std::string& word);

}  // namespace mlrepro::cli
