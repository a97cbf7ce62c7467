// SPDX-License-Identifier: Apache-2.0
#include "sources/mlflow_legacy.hpp"

#include <array>

namespace mlrepro::sources {
namespace {

constexpr const char* k_name_tag = "mlflow.runName";

std::string source_type(const std::string& text)
{
  constexpr std::array<const char*, 5> k_names = {"", "NOTEBOOK", "JOB", "PROJECT", "LOCAL"};
  if (text.size() == 1 && text[0] >= '1' && text[0] <= '4') {
    return k_names[static_cast<std::size_t>(text[0] - '0')];
  }
  return text == "UNKNOWN" || text == "5" ? "" : text;
}

}  // namespace

void add_legacy_fields(const LegacyFields& fields, model::MlflowRun& run)
{
  const auto add = [&](const char* tag, const std::string& value) {
    if (!value.empty()) {
      run.tags.emplace(tag, value);
    }
  };
  const auto named = run.tags.find(k_name_tag);
  run.name = !fields.run_name.empty()  ? fields.run_name
             : named != run.tags.end() ? named->second
                                       : "";
  // MLflow itself writes the type without the others.
  if (!fields.source_name.empty()) {
    add("mlflow.source.name", fields.source_name);
    add("mlflow.source.type", source_type(fields.source_type));
  }
  add("mlflow.source.git.commit", fields.source_version);
  add("mlflow.project.entryPoint", fields.entry_point);
}

}  // namespace mlrepro::sources
