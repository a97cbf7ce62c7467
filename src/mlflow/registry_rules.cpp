// SPDX-License-Identifier: Apache-2.0
#include "mlflow/registry_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "mlflow/json_text.hpp"
#include "mlflow/validation.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_max_source = 2048;

bool is_control(char character)
{
  return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
}

std::string small(const std::string& text)
{
  std::string result = text;
  for (char& character : result) {
    if (character >= 'A' && character <= 'Z') {
      character = static_cast<char>(character + 32);
    }
  }
  return result;
}

}  // namespace

void check_model_name(const std::string& name)
{
  check_length("name", k_max_name, name);
  if (name.find_first_of("/:") != std::string::npos) {
    refuse("Invalid model name '" + name + "'. Names cannot contain '/' or ':'.");
  }
  if (std::any_of(name.begin(), name.end(), is_control)) {
    refuse("Invalid model name " + json_text(name) + ". Names cannot contain control characters.");
  }
}

void check_registry_tags(const std::map<std::string, std::string>& tags)
{
  for (const auto& [key, value] : tags) {
    check_length("key", k_max_key, key);
    check_length("value", k_max_registry_tag, value);
    if (std::any_of(key.begin(), key.end(), is_control)) {
      refuse("Invalid tag name: it has control characters");
    }
  }
}

void check_source(const std::string& source)
{
  check_length("source", k_max_source, source);
  const auto bad = [&](const std::string& why) {
    refuse("Invalid model version source: '" + source + "'. " + why);
  };
  if (source.find_first_of("#;?\\%") != std::string::npos ||
      std::any_of(source.begin(), source.end(), is_control)) {
    bad("It can't have '#', ';', '?', '%', backslashes or control characters.");
  }
  const std::size_t colon = source.find(':');
  const std::string scheme = small(source.substr(0, colon));
  if (colon == std::string::npos || scheme.empty() || scheme.find('/') != std::string::npos ||
      scheme == "file" || scheme.size() == 1) {
    bad("A path of some machine is no source: log the model to a run, and register that.");
  }
  if (scheme == "http" || scheme == "https") {
    bad("An address on the web is no source.");
  }
  if (scheme == "mlflow-artifacts" && source.substr(colon).starts_with("://") &&
      !source.substr(colon).starts_with(":///")) {
    bad("Artifacts of another server are no source.");
  }
  const std::string path = source.substr(colon + 1) + "/";
  if (path.find("/../") != std::string::npos || path.starts_with("../")) {
    bad("It can't have '..' in it.");
  }
}

std::string to_stage(const std::string& word)
{
  constexpr std::array<const char*, 4> k_stages = {"None", "Staging", "Production", "Archived"};
  for (const char* stage : k_stages) {
    if (small(stage) == small(word)) {
      return stage;
    }
  }
  refuse("Invalid Model Version stage: " + word.substr(0, 100) +
         ". Value must be one of None, Staging, Production, Archived.");
}

ports::VersionName version_of(const Fields& fields)
{
  ports::VersionName name;
  name.model = fields.require_text("name");
  if (!fields.has("version")) {
    (void)fields.require_text("version");
  }
  const auto text = fields.enumerator("version").value_or("");
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, name.version);
  if (error != std::errc{} || stop != end) {
    refuse("Parameter 'version' must be an integer, got '" + text.substr(0, 100) + "'.");
  }
  return name;
}

}  // namespace mlrepro::mlflow
