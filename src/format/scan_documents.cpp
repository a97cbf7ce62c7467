// SPDX-License-Identifier: Apache-2.0
#include "format/json_values.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::format {

std::string scan_to_json(std::span<const ScannedScalar> scalars)
{
  return document_text(
      {{"schema", "mlrepro.scan/1"},
       {"scalars", list_value(scalars, [](const ScannedScalar& found) -> Json {
          return {{"metric", text_value(found.scalar.key)},
                  {"value", number_value(found.scalar.value)},
                  {"step", found.scalar.step ? Json(*found.scalar.step) : Json(nullptr)},
                  {"source", text_value(found.source)},
                  {"line", found.scalar.line},
                  {"pattern", text_value(found.pattern)}};
        })}});
}

std::string patterns_to_json(const model::ScalarRules& rules)
{
  return document_text({{"schema", "mlrepro.patterns/1"},
                        {"patterns", list_value(scalar_patterns(),
                                                [&](const ScalarPattern& pattern) -> Json {
                                                  return {{"name", pattern.name},
                                                          {"on", is_on(rules, pattern)},
                                                          {"finds", pattern.finds},
                                                          {"example", pattern.example}};
                                                })},
                        {"templates", list_value(rules.templates, text_value)}});
}

}  // namespace mlrepro::format
