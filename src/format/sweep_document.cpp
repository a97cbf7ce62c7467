// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/sweep_document.hpp"

#include "format/json_values.hpp"

namespace mlrepro::format {

std::string sweep_plan_to_json(std::span<const SweepPlanLine> lines)
{
  return document_text({{"schema", "mlrepro.sweep/1"},
                        {"runs", list_value(lines, [](const SweepPlanLine& line) {
                           return Json{{"item", line.item},
                                       {"params", map_value(line.point, text_value)},
                                       {"command", list_value(line.command, text_value)}};
                         })}});
}

}  // namespace mlrepro::format
