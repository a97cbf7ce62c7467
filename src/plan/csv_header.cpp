// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/csv_header.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::array<char, 4> k_delimiters = {',', ';', '\t', '|'};

// One cell from `at` on, which then stands at the delimiter behind it or at the end.
std::string take_cell(std::string_view header, char delimiter, std::size_t& at)
{
  if (at >= header.size() || header[at] != '"') {
    const std::size_t begin = at;
    at = std::min(header.find(delimiter, at), header.size());
    return std::string(header.substr(begin, at - begin));
  }
  std::string cell;
  for (++at; at < header.size(); ++at) {
    if (header[at] == '"' && (at + 1 == header.size() || header[at + 1] != '"')) {
      break;
    }
    at += header[at] == '"' ? 1 : 0;
    cell += header[at];
  }
  ++at;
  if (at < header.size() && header[at] != delimiter) {
    throw Error(ErrorKind::usage, "line 1: text behind the closing quote of column '" + cell + "'");
  }
  return cell;
}

void check_names(const std::vector<std::string>& names)
{
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\0') != std::string::npos) {
      throw Error(ErrorKind::usage,
                  "line 1: the name of column " + std::to_string(i + 1) + " has a zero byte in it");
    }
    const auto [other, is_new] = places.emplace(model::lower_case(names[i]), i);
    if (!is_new) {
      throw Error(ErrorKind::usage,
                  "line 1: columns " + std::to_string(other->second + 1) + " and " +
                      std::to_string(i + 1) + " are both called '" + names[i] + "'",
                  "give one of them another name");
    }
  }
}

}  // namespace

bool is_whole_record(std::string_view text)
{
  return std::count(text.begin(), text.end(), '"') % 2 == 0;
}

char csv_delimiter(std::string_view header)
{
  std::array<std::size_t, k_delimiters.size()> counts{};
  bool quoted = false;
  for (const char c : header) {
    quoted = c == '"' ? !quoted : quoted;
    for (std::size_t i = 0; i < k_delimiters.size(); ++i) {
      counts[i] += !quoted && c == k_delimiters[i] ? 1 : 0;
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  return k_delimiters[static_cast<std::size_t>(most - counts.begin())];
}

std::vector<std::string> csv_columns(std::string_view header, char delimiter)
{
  std::vector<std::string> names;
  std::size_t at = 0;
  do {
    at += names.empty() ? 0 : 1;  // behind the delimiter
    names.push_back(take_cell(header, delimiter, at));
  } while (at < header.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = names[i].empty() ? "column" + std::to_string(i) : names[i];
  }
  check_names(names);
  return names;
}

}  // namespace mlrepro::plan
