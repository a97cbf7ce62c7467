// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/row_diff_words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::size_t k_listed_names = 8;

std::optional<double> amount(std::string_view text)
{
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = !text.empty() && error == std::errc{} && end == text.data() + text.size() &&
                    std::isfinite(value) && value >= 0;
  return good ? std::optional(value) : std::nullopt;
}

bool has(const std::vector<std::string>& names, const std::string& name)
{
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string hint_for(const std::string& name, const std::vector<std::string>& known)
{
  const std::string near = did_you_mean(name, known);
  if (!near.empty() || known.empty()) {
    return near;
  }
  std::string text = "it has: ";
  for (std::size_t i = 0; i < std::min(known.size(), k_listed_names); ++i) {
    text += (i == 0 ? "" : ", ") + known[i];
  }
  return known.size() > k_listed_names
             ? text + " and " + std::to_string(known.size() - k_listed_names) + " more"
             : text;
}

[[noreturn]] void refuse_unknown(const std::string& option, const std::string& name,
                                 const std::vector<std::string>& known, const std::string& place)
{
  throw Error(ErrorKind::usage, option + " '" + name + "': no such column in " + place,
              hint_for(name, known));
}

std::vector<std::string> names_of(const std::vector<NamedColumn>& columns)
{
  std::vector<std::string> names;
  for (const NamedColumn& column : columns) {
    names.push_back(column.name);
  }
  return names;
}

std::vector<std::string> split_at_commas(const std::string& word)
{
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t comma = word.find(','); comma != std::string::npos;
       comma = word.find(',', begin)) {
    parts.push_back(word.substr(begin, comma - begin));
    begin = comma + 1;
  }
  parts.push_back(word.substr(begin));
  return parts;
}

}  // namespace

CellTolerance parse_cell_tolerance(std::string_view text)
{
  const std::size_t equals = text.rfind('=');
  CellTolerance parsed;
  std::string_view number = text;
  if (equals != std::string_view::npos) {
    parsed.column = text.substr(0, equals);
    number = text.substr(equals + 1);
  }
  const bool relative = number.ends_with('%');
  const auto value = amount(relative ? number.substr(0, number.size() - 1) : number);
  if (!value || equals == 0) {
    throw Error(ErrorKind::usage,
                "--tolerance '" + std::string(text) + "': no amount of 0 or more in it",
                "write it as in --tolerance 0.01, --tolerance price=0.01 or --tolerance price=1%");
  }
  (relative ? parsed.tolerance.relative : parsed.tolerance.absolute) =
      relative ? *value / 100 : *value;
  return parsed;
}

std::vector<std::string> column_names(const std::string& option,
                                      const std::vector<std::string>& words,
                                      const std::vector<std::string>& known,
                                      const std::string& place)
{
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!has(known, name)) {
      refuse_unknown(option, name, known, place);
    }
    if (!has(names, name)) {
      names.push_back(name);
    }
  };
  for (const std::string& word : words) {
    if (has(known, word)) {
      add(word);
      continue;
    }
    for (const std::string& part : split_at_commas(word)) {
      add(part);
    }
  }
  return names;
}

std::vector<std::size_t> key_places(const std::vector<std::string>& key,
                                    const std::vector<NamedColumn>& columns_a,
                                    const std::vector<NamedColumn>& columns_b,
                                    const ColumnMatch& match)
{
  std::vector<std::size_t> places;
  for (const std::string& name : key) {
    const auto found =
        std::find_if(match.pairs.begin(), match.pairs.end(), [&](const MatchedColumn& pair) {
          return columns_a[pair.a].name == name && columns_b[pair.b].name == name;
        });
    if (found != match.pairs.end()) {
      places.push_back(static_cast<std::size_t>(found - match.pairs.begin()));
      continue;
    }
    const auto names_a = names_of(columns_a);
    const auto names_b = names_of(columns_b);
    if (has(names_a, name) && has(names_b, name)) {
      throw Error(ErrorKind::usage, "--key '" + name + "': the column is ignored",
                  "leave it out of --ignore-columns");
    }
    const bool lacks_a = !has(names_a, name);
    refuse_unknown("--key", name, lacks_a ? names_a : names_b, lacks_a ? "a" : "b");
  }
  return places;
}

void refuse_key_tolerances(const std::vector<CellTolerance>& given,
                           const std::vector<std::string>& key)
{
  for (const CellTolerance& item : given) {
    if (has(key, item.column)) {
      throw Error(ErrorKind::usage,
                  "--tolerance '" + item.column +
                      "': a column of the key, of which equal values pair the rows",
                  "name other columns with --key");
    }
  }
}

bool is_numeric(const NamedColumn& a, const NamedColumn& b)
{
  const auto fits = [](ColumnKind kind) { return is_number(kind) || kind == ColumnKind::empty; };
  return fits(a.kind) && fits(b.kind) && (is_number(a.kind) || is_number(b.kind));
}

std::vector<model::Tolerance> tolerances_of(const std::vector<CellTolerance>& given,
                                            const std::vector<NamedColumn>& columns_a,
                                            const std::vector<NamedColumn>& columns_b,
                                            const ColumnMatch& match)
{
  std::vector<model::Tolerance> tolerances(match.pairs.size());
  std::vector<bool> named(match.pairs.size(), false);
  for (const CellTolerance& item : given) {
    bool found = false;
    for (std::size_t i = 0; i < match.pairs.size(); ++i) {
      const NamedColumn& a = columns_a[match.pairs[i].a];
      const NamedColumn& b = columns_b[match.pairs[i].b];
      const bool meant = item.column.empty() ? !named[i] : a.name == item.column;
      if (meant && is_numeric(a, b)) {
        tolerances[i] = item.tolerance;
        named[i] = named[i] || !item.column.empty();
      } else if (meant && !item.column.empty()) {
        throw Error(ErrorKind::usage, "--tolerance '" + item.column +
                                          "': not a column of numbers on both sides: " + a.type +
                                          " in a, " + b.type + " in b");
      }
      found = found || meant;
    }
    if (!found && !item.column.empty()) {
      std::vector<std::string> known;
      for (const MatchedColumn& pair : match.pairs) {
        known.push_back(columns_a[pair.a].name);
      }
      refuse_unknown("--tolerance", item.column, known, "what both sides have");
    }
  }
  return tolerances;
}

}  // namespace mlrepro::plan
