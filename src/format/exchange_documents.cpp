// SPDX-License-Identifier: Apache-2.0
#include "format/json_values.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::format {
namespace {

Json left_out_value(const model::LeftOut& item)
{
  return {{"run", item.run ? Json(item.run->str()) : Json(nullptr)},
          {"name", text_value(item.name)},
          {"reason", text_value(item.reason)}};
}

}  // namespace

std::string to_json(const model::Exchange& exchange, const std::string& schema)
{
  return document_text(
      {{"schema", schema},
       {"remote", text_or_null(exchange.remote)},
       {"location", text_value(exchange.location)},
       {"dry_run", exchange.dry_run},
       {"runs",
        list_value(
            exchange.runs,
            [](const model::Exchange::Run& run) -> Json {
              return {{"id", run.id.str()}, {"name", text_value(run.name)}, {"new", run.is_new}};
            })},
       {"snapshots", exchange.snapshots},
       {"forgotten", exchange.forgotten},
       {"records", exchange.records},
       {"bytes", exchange.bytes},
       {"unchanged", exchange.unchanged},
       {"incomplete", list_value(exchange.incomplete, left_out_value)},
       {"running", list_value(exchange.running, left_out_value)}});
}

std::string remotes_to_json(std::span<const RemoteLine> remotes)
{
  return document_text(
      {{"schema", "mlrepro.remotes/1"},
       {"remotes", list_value(remotes, [](const RemoteLine& remote) -> Json {
          return {{"name", text_value(remote.name)}, {"location", text_value(remote.location)}};
        })}});
}

}  // namespace mlrepro::format
