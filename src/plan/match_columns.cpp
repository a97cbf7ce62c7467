// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/match_columns.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "plan/out_of_order.hpp"

namespace mlrepro::plan {
namespace {

bool is_whole(ColumnKind kind)
{
  return kind == ColumnKind::integer || kind == ColumnKind::huge;
}

CellForm number_form(ColumnKind a, ColumnKind b)
{
  if (is_whole(a) && is_whole(b)) {
    return a == b && a == ColumnKind::integer ? CellForm::whole : CellForm::huge;
  }
  if (is_whole(a) || is_whole(b) || a == b) {
    return a == b && a == ColumnKind::floating ? CellForm::floating : CellForm::exact_number;
  }
  // A decimal number is not what its nearest binary one is, but that is all that can be compared.
  return a == ColumnKind::single || b == ColumnKind::single ? CellForm::single : CellForm::floating;
}

CellForm known_form(ColumnKind a, ColumnKind b)
{
  if (is_number(a) && is_number(b)) {
    return a == ColumnKind::single && b == ColumnKind::single ? CellForm::single
                                                              : number_form(a, b);
  }
  if (is_time(a) && is_time(b)) {
    return a == b && a == ColumnKind::date ? CellForm::date : CellForm::moment;
  }
  return a == ColumnKind::truth && b == ColumnKind::truth ? CellForm::truth : CellForm::text;
}

bool is_retyped(const NamedColumn& a, const NamedColumn& b)
{
  if (!a.from_text && !b.from_text) {
    return a.type != b.type;
  }
  // An empty column of text is of any kind, and CSV writes 5.00 for a decimal, a single and a
  // double alike, and moments with a zone or without.
  const auto known_to_text = [](ColumnKind kind) {
    return kind == ColumnKind::decimal || kind == ColumnKind::single ? ColumnKind::floating
           : kind == ColumnKind::instant                             ? ColumnKind::moment
           : kind == ColumnKind::other                               ? ColumnKind::text
                                                                     : kind;
  };
  const ColumnKind kind_a = known_to_text(a.kind);
  const ColumnKind kind_b = known_to_text(b.kind);
  return kind_a != kind_b && kind_a != ColumnKind::empty && kind_b != ColumnKind::empty;
}

std::vector<model::ColumnOfOne> of_one(const std::vector<NamedColumn>& columns,
                                       const std::vector<std::size_t>& places)
{
  std::vector<model::ColumnOfOne> list;
  for (const std::size_t place : places) {
    list.push_back({columns[place].name, columns[place].type, place + 1});
  }
  return list;
}

}  // namespace

CellForm form_of(const NamedColumn& a, const NamedColumn& b)
{
  if (!a.from_text && !b.from_text && a.type == b.type && a.kind != ColumnKind::floating &&
      a.kind != ColumnKind::single) {
    return CellForm::as_it_is;
  }
  if (a.kind == ColumnKind::empty || b.kind == ColumnKind::empty) {
    const ColumnKind kind = a.kind == ColumnKind::empty ? b.kind : a.kind;
    return known_form(kind, kind);
  }
  return known_form(a.kind, b.kind);
}

ColumnMatch match_columns(const std::vector<NamedColumn>& a, const std::vector<NamedColumn>& b,
                          const std::vector<std::string>& ignored)
{
  const std::set<std::string> skipped(ignored.begin(), ignored.end());
  std::unordered_map<std::string, std::size_t> places_b;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (!skipped.contains(b[i].name)) {
      places_b.emplace(b[i].name, i);
    }
  }
  ColumnMatch match;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (skipped.contains(a[i].name)) {
      continue;
    }
    if (const auto found = places_b.find(a[i].name); found != places_b.end()) {
      match.pairs.push_back({i, found->second});
      places_b.erase(found);
    } else {
      match.only_a.push_back(i);
    }
  }
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (const auto found = places_b.find(b[i].name);
        found != places_b.end() && found->second == i) {
      match.only_b.push_back(i);
    }
  }
  return match;
}

void match_renamed(const std::vector<NamedColumn>& a, const std::vector<NamedColumn>& b,
                   const std::vector<ColumnContent>& content_a,
                   const std::vector<ColumnContent>& content_b, ColumnMatch& match)
{
  std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> alike;
  for (std::size_t i = 0; i < match.only_a.size(); ++i) {
    alike[content_a[i].sum].first.push_back(i);
  }
  for (std::size_t i = 0; i < match.only_b.size(); ++i) {
    alike[content_b[i].sum].second.push_back(i);
  }
  std::set<std::size_t> gone_a;
  std::set<std::size_t> gone_b;
  for (const auto& [sum, sides] : alike) {
    if (sides.first.size() != 1 || sides.second.size() != 1 ||
        !content_a[sides.first.front()].varied) {
      continue;
    }
    const std::size_t place_a = match.only_a[sides.first.front()];
    const std::size_t place_b = match.only_b[sides.second.front()];
    if (!is_retyped(a[place_a], b[place_b])) {
      match.pairs.push_back({place_a, place_b});
      gone_a.insert(place_a);
      gone_b.insert(place_b);
    }
  }
  std::erase_if(match.only_a, [&](std::size_t place) { return gone_a.contains(place); });
  std::erase_if(match.only_b, [&](std::size_t place) { return gone_b.contains(place); });
  std::sort(match.pairs.begin(), match.pairs.end(),
            [](const MatchedColumn& x, const MatchedColumn& y) { return x.a < y.a; });
}

model::TableSchemaDiff describe_schema(const std::vector<NamedColumn>& a,
                                       const std::vector<NamedColumn>& b, const ColumnMatch& match)
{
  model::TableSchemaDiff schema;
  schema.removed = of_one(a, match.only_a);
  schema.added = of_one(b, match.only_b);
  const auto both = [&](const MatchedColumn& pair) -> model::ColumnOfBoth {
    return {a[pair.a].name, b[pair.b].name, a[pair.a].type, b[pair.b].type, pair.a + 1, pair.b + 1};
  };
  std::vector<std::size_t> order;
  for (const MatchedColumn& pair : match.pairs) {
    order.push_back(pair.b);
    if (a[pair.a].name != b[pair.b].name) {
      schema.renamed.push_back(both(pair));
    }
    if (is_retyped(a[pair.a], b[pair.b])) {
      schema.retyped.push_back(both(pair));
    }
  }
  for (const std::size_t place : out_of_order(order)) {
    schema.reordered.push_back(both(match.pairs[place]));
  }
  return schema;
}

}  // namespace mlrepro::plan
