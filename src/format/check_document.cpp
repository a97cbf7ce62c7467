// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/check_document.hpp"

#include <algorithm>

#include "format/document_values.hpp"
#include "format/profile_values.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/row_diff_document.hpp"

namespace mlrepro::format {
namespace {

Json retyped_value(const model::RetypedColumn& column)
{
  return {{"name", text_value(column.then.name)},
          {"then", query_column_value(column.then)},
          {"now", query_column_value(column.now)}};
}

Json check_value(const model::SourceCheck& check)
{
  const model::Snapshot& snapshot = check.snapshot;
  const std::uint64_t then = snapshot.result ? snapshot.result->rows : 0;
  Json rows = {{"then", then},
               {"now", check.rows_now ? Json(*check.rows_now) : Json(nullptr)},
               {"diff", or_null(check.rows, row_diff_value)}};
  return {{"snapshot", id_value(snapshot.id)},
          {"name", text_or_null(snapshot.name)},
          {"path", text_value(snapshot.path)},
          {"taken_at", time_value(snapshot.created_at)},
          {"source",
           {{"kind", text_value(snapshot.source_kind)},
            {"uri", or_null(snapshot.source_uri, text_value)},
            {"query", or_null(snapshot.source_query, text_value)},
            {"product", snapshot.result ? text_value(snapshot.result->product) : Json(nullptr)}}},
          {"now", {{"uri", text_or_null(check.uri)}, {"product", text_or_null(check.product)}}},
          {"verdict", model::to_string(check.verdict)},
          {"reason", text_or_null(check.reason)},
          {"columns",
           {{"added", list_value(check.added, query_column_value)},
            {"removed", list_value(check.removed, query_column_value)},
            {"retyped", list_value(check.retyped, retyped_value)},
            {"reordered", check.reordered}}},
          {"rows", std::move(rows)},
          {"drift", check.drift ? drift_value(*check.drift) : Json(nullptr)}};
}

}  // namespace

std::string checks_to_json(const std::string& reference, std::span<const model::SourceCheck> checks)
{
  const bool same = std::all_of(checks.begin(), checks.end(), [](const model::SourceCheck& check) {
    return check.verdict == model::SourceCheck::Verdict::same;
  });
  return document_text({{"schema", "mlrepro.check/1"},
                        {"reference", text_value(reference)},
                        {"same", same},
                        {"checks", list_value(checks, check_value)}});
}

}  // namespace mlrepro::format
