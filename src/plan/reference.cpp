// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/reference.hpp"

#include <charconv>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why)
{
  throw model::Error(
      model::ErrorKind::usage, "reference '" + std::string(text) + "': " + why,
      "use an id, a prefix of one, a name, @1, @experiment:1, tag:key=value or run:path");
}

std::optional<std::size_t> parse_position(std::string_view digits)
{
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

std::size_t require_position(std::string_view text, std::string_view digits)
{
  const auto position = parse_position(digits);
  if (!position) {
    refuse(text, "'" + std::string(digits) + "' is no number");
  }
  if (*position == 0) {
    refuse(text, "counting starts at 1, the newest run");
  }
  return *position;
}

// What follows a ':' at `colon`; empty without one.
std::string path_behind(std::string_view text, std::string_view rest, std::size_t colon)
{
  if (colon == std::string_view::npos) {
    return {};
  }
  if (colon + 1 == rest.size()) {
    refuse(text, "a path must follow ':'");
  }
  return std::string(rest.substr(colon + 1));
}

// "@2", "@2:path", "@experiment", "@experiment:2", "@experiment:2:path"
Reference parse_at(std::string_view text)
{
  Reference reference;
  std::string_view rest = text.substr(1);
  const std::size_t colon = rest.find(':');
  if (rest.empty() || colon == 0) {
    refuse(text, "a number or an experiment must follow '@'");
  }
  if (parse_position(rest.substr(0, colon))) {
    reference.kind = Reference::Kind::latest;
    reference.position = require_position(text, rest.substr(0, colon));
    reference.path = path_behind(text, rest, colon);
    return reference;
  }
  reference.kind = Reference::Kind::of_experiment;
  reference.word = rest.substr(0, colon);
  if (colon == std::string_view::npos) {
    return reference;
  }
  rest.remove_prefix(colon + 1);
  const std::size_t second = rest.find(':');
  reference.position = require_position(text, rest.substr(0, second));
  reference.path = path_behind(text, rest, second);
  return reference;
}

}  // namespace

Reference parse_reference(std::string_view text)
{
  if (text.empty()) {
    refuse(text, "empty");
  }
  if (text.front() == '@') {
    return parse_at(text);
  }
  Reference reference;
  if (text.starts_with("tag:")) {
    const std::string_view rest = text.substr(4);
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      refuse(text, "write tag:key=value");
    }
    reference.kind = Reference::Kind::tag;
    reference.word = rest.substr(0, equals);
    reference.value = rest.substr(equals + 1);
    return reference;
  }
  std::string_view word = text;
  if (word.starts_with("sha256:")) {
    word.remove_prefix(7);
  }
  if (word.empty()) {
    refuse(text, "a digest must follow 'sha256:'");
  }
  const std::size_t colon = word.find(':');
  // A path may hold a colon, a run's name may not; a reference that starts like a path is one.
  if (colon != std::string_view::npos && colon > 0 && word.find('/') > colon) {
    reference.path = path_behind(text, word, colon);
    word = word.substr(0, colon);
  }
  reference.word = word;
  return reference;
}

}  // namespace mlrepro::plan
