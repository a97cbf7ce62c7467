// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::sources {

// What a source is called in errors, and what must not be seen in them.
struct SourceLabel {
  std::string name;  // its public address, or what it was named by on the command line
  std::vector<std::string> secrets;
};

// The first line of what a library says, without secrets, behind the source's name.
model::Error source_error(model::ErrorKind kind, const SourceLabel& label, std::string_view text,
                          const std::string& hint = {});

// Error{usage} for columns that can't be kept: none, without a name, of a name that is not UTF-8,
// or of one that another one has (upper and lower case are not told apart).
void check_columns(const std::vector<ports::SourceColumn>& columns);

// Error{usage} that says where text is not UTF-8; `row` counts from 1.
void check_text(std::string_view text, const ports::SourceColumn& column, std::uint64_t row);

}  // namespace mlrepro::sources
