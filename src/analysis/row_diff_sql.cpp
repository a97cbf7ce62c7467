// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_diff_sql.hpp"

#include <algorithm>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/plan/row_diff_words.hpp"

namespace mlrepro::analysis {
namespace {

using plan::NamedColumn;

std::string limited(const std::optional<std::uint64_t>& limit)
{
  return limit ? " LIMIT " + std::to_string(*limit) : std::string();
}

std::string key_at(std::size_t place)
{
  return "k" + std::to_string(place);
}

}  // namespace

RowSql::RowSql(RowPlan plan) : plan_(std::move(plan))
{
  for (std::size_t i = 0; i < plan_.match.pairs.size(); ++i) {
    if (std::find(plan_.key.begin(), plan_.key.end(), i) == plan_.key.end()) {
      compared_.push_back(i);
    }
  }
}

std::vector<std::size_t> RowSql::columns_of(Side side) const
{
  std::vector<std::size_t> places = side == Side::a ? plan_.match.only_a : plan_.match.only_b;
  for (const plan::MatchedColumn& pair : plan_.match.pairs) {
    places.push_back(side == Side::a ? pair.a : pair.b);
  }
  std::sort(places.begin(), places.end());
  return places;
}

const NamedColumn& RowSql::column(Side side, std::size_t pair) const
{
  const plan::MatchedColumn& places = plan_.match.pairs[pair];
  return side == Side::a ? plan_.columns_a[places.a] : plan_.columns_b[places.b];
}

// Within a statement that has both tables, each goes by its letter.
std::string RowSql::cell(Side side, std::size_t pair) const
{
  const plan::MatchedColumn& places = plan_.match.pairs[pair];
  return side == Side::a ? "a." + column_at(places.a) : "b." + column_at(places.b);
}

std::string RowSql::formed(Side side, std::size_t pair) const
{
  const NamedColumn& a = column(Side::a, pair);
  const NamedColumn& b = column(Side::b, pair);
  return in_form(cell(side, pair), column(side, pair), plan::form_of(a, b),
                 a.from_text || b.from_text);
}

// Rows of one key are the same when their hashes are. The hash has 64 bits, and two rows are
// compared at a time, not all with all.
std::string RowSql::row_hash(Side side) const
{
  if (compared_.empty()) {
    return "CAST(0 AS UBIGINT)";
  }
  return "hash(" +
         listed(compared_.size(), ", ", [&](std::size_t i) { return formed(side, compared_[i]); }) +
         ")";
}

std::size_t RowSql::key_width() const
{
  return std::max<std::size_t>(plan_.key.size(), 1);
}

// "… AS k0, … AS k1"
std::string RowSql::key_columns(Side side) const
{
  return plan_.key.empty() ? row_hash(side) + " AS k0"
                           : listed(plan_.key.size(), ", ", [&](std::size_t i) {
                               return formed(side, plan_.key[i]) + " AS " + key_at(i);
                             });
}

// NULL is a key like any other.
std::string RowSql::same_key(Side side) const
{
  return plan_.key.empty()
             ? row_hash(side) + " = g.k0"
             : listed(plan_.key.size(), " AND ", [&](std::size_t i) {
                 return formed(side, plan_.key[i]) + " IS NOT DISTINCT FROM g." + key_at(i);
               });
}

std::string RowSql::key_order() const
{
  return listed(key_width(), ", ", [](std::size_t i) { return key_at(i) + " NULLS LAST"; });
}

std::string RowSql::cells_as_text(Side side) const
{
  const std::string letter = side == Side::a ? "a." : "b.";
  const auto places = columns_of(side);
  return listed(places.size(), ", ", [&](std::size_t i) {
    return cast(letter + column_at(places[i]), "VARCHAR") + " AS " + column_at(places[i]);
  });
}

std::string RowSql::count_rows(Side side) const
{
  const std::string letter = side == Side::a ? " AS a" : " AS b";
  const std::string nulls =
      plan_.key.empty() ? "0" : count_where(listed(plan_.key.size(), " OR ", [&](std::size_t i) {
        return formed(side, plan_.key[i]) + " IS NULL";
      }));
  return "SELECT count(*), " + nulls + " FROM " + side_table(side) + letter;
}

std::string RowSql::make_groups() const
{
  const std::string hash_a = plan_.key.empty() ? "CAST(0 AS UBIGINT)" : row_hash(Side::a);
  const std::string hash_b = plan_.key.empty() ? "CAST(0 AS UBIGINT)" : row_hash(Side::b);
  const std::string keys = listed(key_width(), ", ", key_at);
  return "CREATE TABLE tallies AS SELECT * FROM (SELECT " + keys +
         ", count(*) FILTER (WHERE s) AS n, count(*) FILTER (WHERE NOT s) AS m, bit_xor(h) AS x"
         " FROM (SELECT true AS s, " +
         key_columns(Side::a) + ", " + hash_a + " AS h FROM side_a AS a UNION ALL SELECT false, " +
         key_columns(Side::b) + ", " + hash_b + " FROM side_b AS b) GROUP BY " + keys + ") WHERE " +
         (plan_.key.empty() ? "n <> m" : "NOT (n = 1 AND m = 1 AND x = 0)");
}

std::string RowSql::count_groups()
{
  return "SELECT " + count_where("n = 1 AND m = 1") + ", " + count_where("n = 1 AND m = 0") + ", " +
         count_where("n = 0 AND m = 1") + ", " + count_where("n > 1 OR m > 1") + " FROM tallies";
}

std::string RowSql::tolerated(std::size_t pair) const
{
  const model::Tolerance& tolerance = plan_.tolerances[pair];
  const std::string a = tried(cell(Side::a, pair), "DOUBLE");
  const std::string b = tried(cell(Side::b, pair), "DOUBLE");
  return "coalesce(isfinite(" + a + ") AND isfinite(" + b + ") AND abs(" + b + " - " + a +
         ") <= CAST(" + format::to_text(tolerance.absolute) + " AS DOUBLE) + CAST(" +
         format::to_text(tolerance.relative) + " AS DOUBLE) * abs(" + a + "), false)";
}

std::string RowSql::make_changed() const
{
  std::vector<std::string> cells;
  std::vector<std::string> flags;
  for (std::size_t i = 0; i < compared_.size(); ++i) {
    const std::string number = std::to_string(i);
    const std::size_t pair = compared_[i];
    const std::string differs =
        "(" + formed(Side::a, pair) + " IS DISTINCT FROM " + formed(Side::b, pair) + ")";
    const bool exact = plan_.tolerances[pair] == model::Tolerance{};
    cells.push_back(cast(cell(Side::a, pair), "VARCHAR") + " AS a" + number);
    cells.push_back(cast(cell(Side::b, pair), "VARCHAR") + " AS b" + number);
    cells.push_back(differs + (exact ? "" : " AND NOT " + tolerated(pair)) + " AS f" + number);
    cells.push_back((exact ? "false" : differs + " AND " + tolerated(pair)) + " AS t" + number);
    flags.push_back("f" + number);
  }
  const std::string keys = listed(plan_.key.size(), ", ", [&](std::size_t i) {
    return "g." + key_at(i) + ", " + cast(cell(Side::a, plan_.key[i]), "VARCHAR") + " AS q" +
           std::to_string(i);
  });
  return "CREATE TABLE changed AS SELECT *, " + (flags.empty() ? "false" : joined(flags, " OR ")) +
         " AS f FROM (SELECT " + keys + (cells.empty() ? "" : ", ") + joined(cells, ", ") +
         " FROM (SELECT * FROM tallies WHERE n = 1 AND m = 1) AS g JOIN side_a AS a ON " +
         same_key(Side::a) + " JOIN side_b AS b ON " + same_key(Side::b) + ")";
}

std::string RowSql::count_changed() const
{
  std::vector<std::string> counts = {count_where("f")};
  for (std::size_t i = 0; i < compared_.size(); ++i) {
    const std::string number = std::to_string(i);
    counts.push_back(count_where("f" + number));
    counts.push_back(count_where("t" + number));
    const std::size_t pair = compared_[i];
    if (!plan::is_numeric(column(Side::a, pair), column(Side::b, pair))) {
      counts.emplace_back("NULL");
      continue;
    }
    const std::string gap =
        "abs(" + tried("b" + number, "DOUBLE") + " - " + tried("a" + number, "DOUBLE") + ")";
    counts.push_back("max(CASE WHEN f" + number + " AND isfinite(" + gap + ") THEN " + gap +
                     " END)");
  }
  return "SELECT " + joined(counts, ", ") + " FROM changed";
}

// Rows of keys that a side has more than once, with their number among the equal ones.
std::string RowSql::repeated_rows(Side side) const
{
  const std::string letter = side == Side::a ? "a" : "b";
  const std::string keys =
      listed(key_width(), ", ", [](std::size_t i) { return "g." + key_at(i); });
  const std::string hash = plan_.key.empty() ? "CAST(0 AS UBIGINT)" : row_hash(side);
  const auto places = columns_of(side);
  const std::string order = listed(
      places.size(), ", ", [&](std::size_t i) { return letter + "." + column_at(places[i]); });
  return "SELECT " + keys + ", " + hash + " AS h, row_number() OVER (PARTITION BY " + keys + ", " +
         hash + (order.empty() ? "" : " ORDER BY " + order) + ") AS i" +
         (places.empty() ? "" : ", " + cells_as_text(side)) + " FROM " +
         (plan_.key.empty() ? "tallies" : "(SELECT * FROM tallies WHERE n > 1 OR m > 1)") +
         " AS g JOIN " + side_table(side) + " AS " + letter + " ON " + same_key(side);
}

std::string RowSql::make_left_over(Side side, bool repeated) const
{
  const Side other = side == Side::a ? Side::b : Side::a;
  const std::string letter = side == Side::a ? "a" : "b";
  const auto places = columns_of(side);
  const std::string cells =
      listed(places.size(), ", ", [&](std::size_t i) { return column_at(places[i]); });
  const std::string keys = listed(key_width(), ", ", key_at);
  const std::string single =
      "SELECT " + listed(key_width(), ", ", [](std::size_t i) { return "g." + key_at(i); }) + ", " +
      cells_as_text(side) + " FROM (SELECT * FROM tallies WHERE " +
      (side == Side::a ? "n = 1 AND m = 0" : "n = 0 AND m = 1") + ") AS g JOIN " +
      side_table(side) + " AS " + letter + " ON " + same_key(side);
  const std::string same = listed(key_width(), " AND ", [](std::size_t i) {
    return "x." + key_at(i) + " IS NOT DISTINCT FROM y." + key_at(i);
  });
  const std::string surplus = "SELECT " + keys + ", " + cells + " FROM (" + repeated_rows(side) +
                              ") AS x ANTI JOIN (" + repeated_rows(other) + ") AS y ON " + same +
                              " AND x.h = y.h AND x.i = y.i";
  const std::string name = side == Side::a ? "removed" : "added";
  if (plan_.key.empty()) {
    return "CREATE TABLE " + name + " AS SELECT " + cells + ", count(*) AS times FROM (" + surplus +
           ") GROUP BY " + cells;
  }
  return "CREATE TABLE " + name + " AS SELECT *, CAST(1 AS BIGINT) AS times FROM (" + single +
         (repeated ? " UNION ALL " + surplus : "") + ")";
}

std::string RowSql::count_left_over(Side side)
{
  return std::string("SELECT coalesce(CAST(sum(times) AS BIGINT), 0) FROM ") +
         (side == Side::a ? "removed" : "added");
}

std::string RowSql::select_changed(const std::optional<std::uint64_t>& limit) const
{
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < plan_.key.size(); ++i) {
    columns.push_back("q" + std::to_string(i));
  }
  for (std::size_t i = 0; i < compared_.size(); ++i) {
    const std::string number = std::to_string(i);
    columns.push_back("a" + number + ", b" + number + ", f" + number);
  }
  return "SELECT " + joined(columns, ", ") + " FROM changed WHERE f ORDER BY " + key_order() +
         limited(limit);
}

std::string RowSql::select_left_over(Side side, const std::optional<std::uint64_t>& limit) const
{
  const auto places = columns_of(side);
  const std::string cells =
      listed(places.size(), ", ", [&](std::size_t i) { return column_at(places[i]); });
  const std::string order = listed(
      places.size(), ", ", [&](std::size_t i) { return column_at(places[i]) + " NULLS LAST"; });
  return "SELECT times, " + cells + " FROM " + (side == Side::a ? "removed" : "added") +
         " ORDER BY " + (plan_.key.empty() ? "" : key_order() + ", ") + order + limited(limit);
}

std::string RowSql::select_repeated(const std::optional<std::uint64_t>& limit) const
{
  return "SELECT " +
         listed(plan_.key.size(), ", ", [](std::size_t i) { return cast(key_at(i), "VARCHAR"); }) +
         ", n, m FROM tallies WHERE n > 1 OR m > 1 ORDER BY " + key_order() + limited(limit);
}

std::string RowSql::has_repeated(Side side, const std::vector<std::size_t>& pairs) const
{
  const std::string letter = side == Side::a ? " AS a" : " AS b";
  return "SELECT count(*) > 0 FROM (SELECT 1 FROM " + side_table(side) + letter + " GROUP BY " +
         listed(pairs.size(), ", ", [&](std::size_t i) { return formed(side, pairs[i]); }) +
         " HAVING count(*) > 1 LIMIT 1)";
}

std::string RowSql::count_nulls(Side side) const
{
  const std::string letter = side == Side::a ? " AS a" : " AS b";
  return "SELECT " +
         listed(plan_.match.pairs.size(), ", ",
                [&](std::size_t i) { return count_where(formed(side, i) + " IS NULL"); }) +
         " FROM " + side_table(side) + letter;
}

std::string RowSql::sample_hashes(Side side, std::size_t rows) const
{
  const std::string letter = side == Side::a ? " AS a" : " AS b";
  return "SELECT " +
         listed(
             plan_.match.pairs.size(), ", ",
             [&](std::size_t i) { return "CAST(hash(" + formed(side, i) + ") >> 1 AS BIGINT)"; }) +
         " FROM (SELECT * FROM " + side_table(side) + " LIMIT " + std::to_string(rows) + ")" +
         letter;
}

}  // namespace mlrepro::analysis
