// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <map>

#include "mlrepro/plan/drift.hpp"
#include "plan/out_of_order.hpp"

namespace mlrepro::plan {
namespace {

using ChangeKind = model::SchemaChange::Kind;
using Places = std::map<std::string, std::size_t>;

Places places_of(const model::TableProfile& table)
{
  Places places;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    places.emplace(table.columns[i].name, i);
  }
  return places;
}

void add_moved(const model::TableProfile& a, const Places& in_b,
               std::vector<model::SchemaChange>& changes)
{
  std::vector<std::size_t> order;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    if (const auto found = in_b.find(a.columns[i].name); found != in_b.end()) {
      order.push_back(found->second);
      places.push_back(i);
    }
  }
  for (const std::size_t i : out_of_order(order)) {
    changes.push_back({ChangeKind::moved, a.columns[places[i]].name, std::to_string(places[i] + 1),
                       std::to_string(order[i] + 1)});
  }
}

}  // namespace

std::vector<model::SchemaChange> compare_schemas(const model::TableProfile& a,
                                                 const model::TableProfile& b)
{
  const Places in_a = places_of(a);
  const Places in_b = places_of(b);
  std::vector<model::SchemaChange> changes;
  for (const model::ColumnProfile& column : b.columns) {
    if (!in_a.contains(column.name)) {
      changes.push_back({ChangeKind::added, column.name, "", column.type});
    }
  }
  for (const model::ColumnProfile& column : a.columns) {
    if (!in_b.contains(column.name)) {
      changes.push_back({ChangeKind::removed, column.name, column.type, ""});
    }
  }
  for (const model::ColumnProfile& column : a.columns) {
    const auto found = in_b.find(column.name);
    if (found != in_b.end() && b.columns[found->second].type != column.type) {
      changes.push_back(
          {ChangeKind::retyped, column.name, column.type, b.columns[found->second].type});
    }
  }
  add_moved(a, in_b, changes);
  return changes;
}

std::vector<ColumnPair> common_columns(const model::TableProfile& a, const model::TableProfile& b)
{
  const Places in_b = places_of(b);
  std::vector<ColumnPair> pairs;
  for (const model::ColumnProfile& column : a.columns) {
    const auto found = in_b.find(column.name);
    if (found != in_b.end()) {
      pairs.push_back({column, b.columns[found->second], a, b});
    }
  }
  return pairs;
}

}  // namespace mlrepro::plan
