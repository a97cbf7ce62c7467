// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/import_document.hpp"

#include "format/json_values.hpp"

namespace mlrepro::format {
namespace {

Json tally_value(const model::MlflowImport::Tally& tally)
{
  return {{"new", tally.added}, {"changed", tally.changed}, {"unchanged", tally.unchanged}};
}

Json troubles_value(const std::vector<model::ImportTrouble>& troubles)
{
  return list_value(troubles, [](const model::ImportTrouble& trouble) -> Json {
    return {{"kind", text_value(trouble.kind)},
            {"where", text_value(trouble.where)},
            {"reason", text_value(trouble.why)}};
  });
}

}  // namespace

std::string to_json(const model::MlflowImport& import)
{
  return document_text(
      {{"schema", "mlrepro.import_mlflow/1"},
       {"source", text_value(import.source)},
       {"dry_run", import.dry_run},
       {"experiments", tally_value(import.experiments)},
       {"runs", tally_value(import.runs)},
       {"running", import.running},
       {"logged_models", tally_value(import.models)},
       {"registered_models", tally_value(import.registered_models)},
       {"artifacts", import.artifacts},
       {"artifact_bytes", import.artifact_bytes},
       {"new_bytes", import.new_bytes},
       {"lost", troubles_value(import.lost)},
       {"left_out", troubles_value(import.left_out)},
       {"others", map_value(import.others, [](std::uint64_t count) { return Json(count); })}});
}

}  // namespace mlrepro::format
