// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::sources {

// The type that holds the values of a PostgreSQL type exactly: `oid` and `modifier` as the server
// describes a column. What the engine has no such type for (arrays, JSON, enumerations, intervals,
// composites, …) is text as PostgreSQL writes it.
std::string stored_type(std::uint32_t oid, int modifier);

inline constexpr std::uint32_t k_bytea = 17;

// A line of COPY's text format, with its line feed or without it, as cells; `bytes` says which
// column holds hexadecimal digits of a bytea.
class CopyLine {
 public:
  explicit CopyLine(std::string_view line) : line_(line) {}

  // False behind the last field.
  bool next(ports::SourceCell& cell, bool bytes);

 private:
  std::string_view line_;
  std::size_t at_ = 0;
  bool done_ = false;
};

}  // namespace mlrepro::sources
