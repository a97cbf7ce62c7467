// SPDX-License-Identifier: Apache-2.0
#include "sources/source_error.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/model/ascii.hpp"
#include "mlrepro/plan/source_address.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;

std::string first_line(std::string_view text)
{
  std::string line(text.substr(0, text.find_first_of("\r\n")));
  line.erase(std::find_if_not(line.rbegin(), line.rend(),
                              [](unsigned char c) { return std::isspace(c) != 0 || c == '.'; })
                 .base(),
             line.end());
  return line;
}

}  // namespace

Error source_error(ErrorKind kind, const SourceLabel& label, std::string_view text,
                   const std::string& hint)
{
  const std::string line = plan::hide_secrets(first_line(text), label.secrets);
  return {kind, "source '" + label.name + "': " + (line.empty() ? "no reason given" : line),
          plan::hide_secrets(hint, label.secrets)};
}

void check_columns(const std::vector<ports::SourceColumn>& columns)
{
  if (columns.empty()) {
    throw Error(ErrorKind::usage, "--sql: its rows have no columns", "select at least one column");
  }
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::string& name = columns[i].name;
    if (name.empty() || name.find('\0') != std::string::npos || !format::is_utf8(name)) {
      throw Error(ErrorKind::usage,
                  "--sql: column " + number +
                      (name.empty() ? " has no name" : " has a name that is not UTF-8"),
                  "give it one: … AS NAME");
    }
    const auto [same, is_new] = seen.emplace(model::lower_case(name), i);
    if (!is_new) {
      throw Error(ErrorKind::usage,
                  "--sql: columns " + std::to_string(same->second + 1) + " and " + number +
                      " are both called '" + name + "'" +
                      (columns[same->second].name == name ? "" : " but for upper and lower case"),
                  "name them apart: … AS NAME");
    }
  }
}

void check_text(std::string_view text, const ports::SourceColumn& column, std::uint64_t row)
{
  if (!format::is_utf8(text)) {
    throw Error(
        ErrorKind::usage,
        "column '" + column.name + "', row " + std::to_string(row) + ": its text is not UTF-8",
        "let the query convert it, or select its bytes");
  }
}

}  // namespace mlrepro::sources
