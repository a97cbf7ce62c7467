// SPDX-License-Identifier: Apache-2.0
#include "analysis/cell_rules.hpp"

namespace mlrepro::analysis {
namespace {

using plan::ColumnKind;

// What reads back as it was written is of the type for certain.
std::string reads_back(const std::string& cell, const char* type, const std::string& written)
{
  return "CAST(TRY_CAST(" + cell + " AS " + type + ") AS VARCHAR) = " + written;
}

// Codes such as 007, digits that a DOUBLE does not hold, and 1_000 are text.
std::string is_floating(const std::string& cell, CellReader reader)
{
  const char* const refused = reader == CellReader::typed ? "^ *[+-]?(0[0-9]|[0-9]{17,} *$)|_"
                                                          : "^[+-]?0[0-9]|[\\s_]|^[+-]?[0-9]{16,}$";
  return "(TRY_CAST(" + cell + " AS DOUBLE) IS NOT NULL AND NOT regexp_matches(" + cell + ", '" +
         refused + "'))";
}

// The engine would cut what is smaller than a microsecond.
std::string is_moment(const std::string& cell, CellReader reader)
{
  const std::string form =
      reader == CellReader::typed
          ? "regexp_matches(" + cell +
                ", '^\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?$')"
          : "(" + cell + " LIKE '____-__-__%' AND NOT regexp_matches(" + cell + ", '\\.\\d{7}'))";
  return "(TRY_CAST(" + cell + " AS TIMESTAMP) IS NOT NULL AND " + form + ")";
}

// Also moments without a zone, which are in UTC.
std::string is_instant(const std::string& cell)
{
  return "(TRY_CAST(" + cell + " AS TIMESTAMP WITH TIME ZONE) IS NOT NULL AND regexp_matches(" +
         cell +
         ", '^\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?"
         "(Z|[+-]\\d\\d(:?\\d\\d)?)?$'))";
}

}  // namespace

std::string is_of_kind(const std::string& cell, ColumnKind kind, CellReader reader)
{
  switch (kind) {
    case ColumnKind::truth:
      return "lower(" + cell + ") IN ('true', 'false')";
    case ColumnKind::integer:
      return reads_back(cell, "BIGINT", reader == CellReader::typed ? "trim(" + cell + ")" : cell);
    case ColumnKind::huge:
      return reads_back(cell, "HUGEINT", cell);
    case ColumnKind::floating:
      return is_floating(cell, reader);
    case ColumnKind::date:
      return reads_back(cell, "DATE", cell);
    case ColumnKind::moment:
      return is_moment(cell, reader);
    case ColumnKind::instant:
      return is_instant(cell);
    default:
      return "true";
  }
}

}  // namespace mlrepro::analysis
