// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_reduction.hpp"

#include <algorithm>

#include "analysis/row_sieve.hpp"

namespace mlrepro::analysis {
namespace {

using plan::CellForm;
using plan::NamedColumn;

// Whether two cells of the key are the same exactly when their texts are. Of truth values (true,
// TRUE), numbers with a fraction and moments they need not be.
bool is_told_by_text(const NamedColumn& a, const NamedColumn& b)
{
  const CellForm form = plan::form_of(a, b);
  return a.from_text && b.from_text &&
         (form == CellForm::whole || form == CellForm::huge || form == CellForm::date ||
          form == CellForm::text);
}

SievedSide sieved(const LoadedSide& side, Side which, const RowSql& sql)
{
  const auto place_of = [&](std::size_t pair) {
    const plan::MatchedColumn& places = sql.plan().match.pairs[pair];
    return which == Side::a ? places.a : places.b;
  };
  SievedSide sieved{*side.csv, {}, {}, side.rows};
  for (const std::size_t pair : sql.plan().key) {
    sieved.key.push_back(place_of(pair));
  }
  for (const std::size_t pair : sql.compared()) {
    sieved.compared.push_back(place_of(pair));
  }
  return sieved;
}

// What a cell of CSV says: quotes are doubled in it, and nothing is NULL.
ports::TableValue value_of(std::string_view cell)
{
  if (cell.empty()) {
    return {};
  }
  std::string text;
  text.reserve(cell.size());
  for (std::size_t at = 0; at < cell.size();) {
    const std::size_t end = std::min(cell.find('"', at), cell.size() - 1) + 1;
    text.append(cell, at, end - at);
    at = cell[end - 1] == '"' ? end + 1 : end;
  }
  return text;
}

void keep_left(ports::TableSession& session, RowSieve& sieve, Side side)
{
  const std::string view = side_table(side);
  session.execute("CREATE TABLE left_of_" + view + " AS SELECT * FROM " + view + " LIMIT 0");
  {
    const auto rows = session.append("left_of_" + view);
    std::vector<ports::TableValue> row;
    sieve.each_left(side, [&](const std::vector<std::string_view>& cells) {
      row.clear();
      std::transform(cells.begin(), cells.end(), std::back_inserter(row), value_of);
      rows->add(row);
    });
    rows->finish();
  }
  session.execute("CREATE OR REPLACE VIEW " + view + " AS SELECT * FROM left_of_" + view);
}

}  // namespace

std::optional<ReducedSides> leave_out_same(TableWorkspace& workspace, const ComparedSides& sides,
                                           const RowSql& sql)
{
  const RowPlan& plan = sql.plan();
  const bool by_text = std::all_of(plan.key.begin(), plan.key.end(), [&](std::size_t pair) {
    const plan::MatchedColumn& places = plan.match.pairs[pair];
    return is_told_by_text(plan.columns_a[places.a], plan.columns_b[places.b]);
  });
  if (!sides.a.csv || !sides.b.csv || !by_text) {
    return std::nullopt;
  }
  const CsvReader reader = workspace.csv_reader();
  RowSieve sieve(reader, sieved(sides.a, Side::a, sql), sieved(sides.b, Side::b, sql));
  if (!sieve.fill()) {
    return std::nullopt;
  }
  keep_left(workspace.session(), sieve, Side::a);
  keep_left(workspace.session(), sieve, Side::b);
  return ReducedSides{{sides.a.rows, sieve.null_keys(Side::a)},
                      {sides.b.rows, sieve.null_keys(Side::b)}};
}

}  // namespace mlrepro::analysis
