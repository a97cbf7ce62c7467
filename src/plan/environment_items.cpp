// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/environment_items.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace mlrepro::plan {
namespace {

std::optional<std::string> if_there(const std::string& text)
{
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> field_of(const model::Environment& environment, const std::string& name)
{
  if (name == "threads") {
    return std::to_string(environment.threads);
  }
  if (name == "memory_bytes") {
    return std::to_string(environment.memory_bytes);
  }
  return if_there(name == "os"       ? environment.os
                  : name == "kernel" ? environment.kernel
                  : name == "arch"   ? environment.arch
                                     : environment.cpu);
}

}  // namespace

const std::vector<std::string>& environment_fields()
{
  static const std::vector<std::string> names = {"os",  "kernel",  "arch",
                                                 "cpu", "threads", "memory_bytes"};
  return names;
}

std::string package_key(std::string_view name)
{
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    } else if (c == '_' || c == '.') {
      c = '-';
    }
  }
  return key;
}

std::optional<std::string> environment_item(const model::Environment& environment,
                                            const std::string& name)
{
  const auto& fields = environment_fields();
  if (std::find(fields.begin(), fields.end(), name) != fields.end()) {
    return field_of(environment, name);
  }
  const auto package = std::find_if(environment.packages.begin(), environment.packages.end(),
                                    [key = package_key(name)](const model::Package& candidate) {
                                      return package_key(candidate.name) == key;
                                    });
  if (package != environment.packages.end()) {
    return package->version;
  }
  if (environment.interpreter && environment.interpreter->name == name) {
    return environment.interpreter->version;
  }
  for (const auto* items : {&environment.variables, &environment.facts}) {
    if (const auto found = items->find(name); found != items->end()) {
      return found->second;
    }
  }
  return std::nullopt;
}

std::vector<EnvironmentItem> environment_items(const model::Environment& environment)
{
  std::vector<EnvironmentItem> items;
  for (const std::string& name : environment_fields()) {
    if (auto value = field_of(environment, name)) {
      items.push_back({EnvironmentItemKind::field, name, std::move(*value)});
    }
  }
  std::set<std::string> packages;
  for (const model::Package& package : environment.packages) {
    const std::string key = package_key(package.name);
    if (packages.insert(key).second) {
      items.push_back({EnvironmentItemKind::package, key, package.version});
    }
  }
  std::set<std::string> others;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!packages.contains(package_key(name)) && others.insert(name).second) {
      items.push_back({EnvironmentItemKind::other, name, value});
    }
  };
  if (environment.interpreter) {
    add(environment.interpreter->name, environment.interpreter->version);
  }
  for (const auto* more : {&environment.variables, &environment.facts}) {
    for (const auto& [name, value] : *more) {
      add(name, value);
    }
  }
  return items;
}

}  // namespace mlrepro::plan
