// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_values.hpp"

#include <algorithm>

#include "mlflow/validation.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

bool is_allowed(const std::string& key)
{
  try {
    check_key("key", "key", key);
    return !key.empty();
  } catch (const model::Error&) {
    return false;
  }
}

// Every character that MLflow refuses as '_'; where that is not enough, slashes and dots too.
std::string allowed_key(const std::string& key)
{
  std::string text = format::json_text(key);
  std::replace_if(
      text.begin(), text.end(),
      [](char character) {
        return !is_allowed({'a', character, 'a'});
      },
      '_');
  if (!is_allowed(text)) {
    std::replace_if(
        text.begin(), text.end(),
        [](char character) { return character == '/' || character == '.'; }, '_');
  }
  return text;
}

}  // namespace

std::string first_characters(const std::string& text, std::size_t count)
{
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U;
    if (begins && count-- == 0) {
      break;
    }
  }
  return text.substr(0, end);
}

std::optional<std::string> ValueFitter::fit_key(const std::string& what, const std::string& key)
{
  if (is_allowed(key)) {
    return key;
  }
  const std::string shown = what + " '" + first_characters(format::json_text(key), 100) + "'";
  if (length_of(key) > k_max_key) {
    differences_.push_back(shown + ": a name of " + std::to_string(length_of(key)) +
                           " characters, and MLflow has room for " + std::to_string(k_max_key));
    return std::nullopt;
  }
  std::string allowed = allowed_key(key);
  if (!is_allowed(allowed)) {
    differences_.push_back(shown + ": MLflow takes no such name");
    return std::nullopt;
  }
  notes_.push_back(shown + ": called '" + allowed + "' there, since MLflow takes no such name");
  return allowed;
}

std::optional<std::string> ValueFitter::fit_value(const std::string& what, const std::string& value,
                                                  std::size_t limit)
{
  std::string text = value;
  if (!format::is_utf8(text)) {
    text = format::json_text(text);
    notes_.push_back(what + ": not UTF-8; it goes with its bytes written out");
  }
  const std::size_t length = length_of(text);
  if (length <= limit) {
    return text;
  }
  const std::string of =
      std::to_string(limit) + " of its " + std::to_string(length) + " characters";
  if (too_long_ == TooLong::left_out) {
    differences_.push_back(what + ": MLflow has room for " + of + "; --truncate cuts it");
    return std::nullopt;
  }
  notes_.push_back(what + ": cut to " + of);
  return first_characters(text, limit);
}

std::map<std::string, std::string> ValueFitter::fit(
    const std::string& what, const std::map<std::string, std::string>& values, std::size_t limit)
{
  std::vector<std::string> names;
  for (const auto& [key, value] : values) {
    names.push_back(key);
  }
  std::map<std::string, std::string> fitted;
  for (const auto& [there, here] : fit_names(what, names)) {
    if (auto value = fit_value(what + " '" + there + "'", values.at(here), limit)) {
      fitted.emplace(there, *std::move(value));
    }
  }
  return fitted;
}

std::map<std::string, std::string> ValueFitter::fit_names(const std::string& what,
                                                          const std::vector<std::string>& names)
{
  std::map<std::string, std::string> fitted;
  // Names that stay as they are come first, so that no other takes their place.
  for (const bool changed : {false, true}) {
    for (const std::string& name : names) {
      if (is_allowed(name) == changed) {
        continue;
      }
      const auto there = fit_key(what, name);
      if (there && !fitted.emplace(*there, name).second) {
        differences_.push_back(what + " '" + format::json_text(name) + "': '" + *there +
                               "' is another one's name there");
      }
    }
  }
  return fitted;
}

}  // namespace mlrepro::mlflow
