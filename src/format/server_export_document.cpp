// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/server_export_document.hpp"

#include "format/json_values.hpp"

namespace mlrepro::format {
namespace {

Json run_value(const model::ServerExport::Run& run)
{
  return {
      {"id", run.id.str()},
      {"name", text_value(run.name)},
      {"experiment", text_value(run.experiment)},
      {"server_run", text_or_null(run.server_run)},
      {"state", std::string(model::to_string(run.state))},
      {"params", run.params},
      {"tags", run.tags},
      {"points", run.points},
      {"datasets", run.datasets},
      {"models", run.models},
      {"files", run.files},
      {"bytes", run.bytes},
      {"notes", list_value(run.notes, [](const std::string& text) { return text_value(text); })},
      {"differences",
       list_value(run.differences, [](const std::string& text) { return text_value(text); })}};
}

}  // namespace

std::string to_json(const model::ServerExport& result)
{
  return document_text({{"schema", "mlrepro.export_mlflow/1"},
                        {"location", text_value(result.location)},
                        {"dry_run", result.dry_run},
                        {"complete", result.complete()},
                        {"runs", list_value(result.runs, run_value)}});
}

}  // namespace mlrepro::format
