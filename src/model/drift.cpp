// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/drift.hpp"

#include <algorithm>

namespace mlrepro::model {

std::string_view to_string(ColumnClass kind)
{
  switch (kind) {
    case ColumnClass::numeric:
      return "numeric";
    case ColumnClass::text:
      return "text";
    case ColumnClass::boolean:
      return "boolean";
    case ColumnClass::time:
      return "time";
  }
  return "unknown";
}

std::string_view to_string(SchemaChange::Kind kind)
{
  switch (kind) {
    case SchemaChange::Kind::added:
      return "added";
    case SchemaChange::Kind::removed:
      return "removed";
    case SchemaChange::Kind::retyped:
      return "retyped";
    case SchemaChange::Kind::moved:
      return "moved";
  }
  return "unknown";
}

std::string_view to_string(TableDrift::Source source)
{
  switch (source) {
    case TableDrift::Source::data:
      return "data";
    case TableDrift::Source::profiles:
      return "profiles";
    case TableDrift::Source::none:
      return "none";
  }
  return "unknown";
}

bool TableDrift::flagged() const
{
  return !exceeded.empty() || std::any_of(columns.begin(), columns.end(),
                                          [](const auto& column) { return column.flagged(); });
}

}  // namespace mlrepro::model
