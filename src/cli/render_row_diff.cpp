// SPDX-License-Identifier: Apache-2.0
#include "cli/render_row_diff.hpp"

#include <algorithm>
#include <utility>

#include "cli/joined.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/json_text.hpp"

namespace mlrepro::cli {
namespace {

using model::RowDiff;

// Of a cell; what is longer is cut, --csv and --json have it whole.
constexpr std::size_t k_cell_width = 40;
// Of a row that only one side has, beside the key.
constexpr std::size_t k_shown_columns = 6;

std::string with_commas(std::uint64_t number)
{
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) {
    text.insert(i - 3, ",");
  }
  return text;
}

std::string shortened_cell(const std::string& bytes)
{
  const std::string text = printable(format::json_text(bytes));
  if (display_width(text) <= k_cell_width) {
    return text;
  }
  std::string kept;
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::string letter = text.substr(
        i, std::max<std::size_t>(1, format::utf8_length(std::string_view(text).substr(i))));
    width += display_width(letter);
    if (width >= k_cell_width) {
      break;
    }
    kept += letter;
    i += letter.size();
  }
  return kept + "…";
}

Cell cell_of(const model::CellText& text, Tone tone = Tone::none)
{
  if (!text) {
    return {"NULL", Tone::faint};
  }
  return text->empty() ? Cell("\"\"", Tone::faint) : Cell(shortened_cell(*text), tone);
}

// Of two long texts that begin alike, from a little before the first difference on.
std::pair<model::CellText, model::CellText> from_difference(const model::CellText& a,
                                                            const model::CellText& b)
{
  constexpr std::size_t k_before = 12;
  if (!a || !b || shortened_cell(*a) != shortened_cell(*b)) {
    return {a, b};
  }
  const auto differs = std::mismatch(a->begin(), a->end(), b->begin(), b->end());
  auto at = static_cast<std::size_t>(differs.first - a->begin());
  at -= std::min(at, k_before);
  while (at > 0 && (static_cast<unsigned char>((*a)[at]) & 0xc0U) == 0x80U) {
    --at;  // not within a character of UTF-8
  }
  return {"…" + a->substr(at), "…" + b->substr(at)};
}

class RowDiffText {
 public:
  RowDiffText(const RowDiff& diff, Style style) : diff_(diff), style_(style) {}

  std::string text()
  {
    add_head();
    add_schema();
    add_counts();
    add_compared();
    add_changed();
    add_rows_of_one("removed", diff_.removed, diff_.columns_a, diff_.removed_rows);
    add_rows_of_one("added", diff_.added, diff_.columns_b, diff_.added_rows);
    add_duplicates();
    return out_;
  }

 private:
  void line(const std::string& text)
  {
    out_ += style_ == Style::markdown ? "- " + markdown_text(printable(text)) + "\n"
                                      : "  " + printable(text) + "\n";
  }

  void section(const std::string& name)
  {
    out_ += style_ == Style::markdown ? "\n### " + name + "\n\n"
                                      : "\n" + paint(name, Tone::strong, style_) + "\n";
  }

  // "changed rows" or "changed rows, the first 20 of 1,000".
  void section(const std::string& name, std::uint64_t shown, std::uint64_t all)
  {
    section(shown == all ? name
                         : name + ", the first " + with_commas(shown) + " of " + with_commas(all));
  }

  void table(const TextTable& table) { out_ += table.render(style_, "  "); }

  [[nodiscard]] std::string key_text() const;
  void add_head();
  void add_schema();
  void add_counts();
  void add_compared();
  void add_changed();
  void add_rows_of_one(const std::string& name, const std::vector<model::RowOfOne>& rows,
                       const std::vector<std::string>& columns, std::uint64_t all);
  void add_duplicates();
  [[nodiscard]] std::vector<std::size_t> shown_columns(
      const std::vector<std::string>& columns) const;

  const RowDiff& diff_;
  Style style_;
  std::string out_;
};

std::string RowDiffText::key_text() const
{
  if (diff_.key_source == model::KeySource::none) {
    return "no key: rows are compared as a whole";
  }
  std::string text = "key: " + joined(diff_.key);
  if (diff_.key_source == model::KeySource::inferred) {
    text += " (inferred: the fewest columns that are unique on both sides)";
  }
  if (diff_.a.null_keys + diff_.b.null_keys > 0) {
    text += "; NULL in it, taken as a value: " + with_commas(diff_.a.null_keys) + " rows of a, " +
            with_commas(diff_.b.null_keys) + " of b";
  }
  return text;
}

void RowDiffText::add_head()
{
  const auto side = [](const model::DiffedTable& table) {
    return table.name == table.path ? table.name : table.name + ", " + table.path;
  };
  const std::string names = side(diff_.a) + " (a) and " + side(diff_.b) + " (b): ";
  out_ += style_ == Style::markdown ? "## " + markdown_text(printable(names)) : printable(names);
  out_ += paint(diff_.same ? "the same" : "different", diff_.same ? Tone::good : Tone::warning,
                style_) +
          "\n";
  out_ += style_ == Style::markdown ? "\n" : "";
  line(key_text());
  if (!diff_.ignored.empty()) {
    line("ignored: " + joined(diff_.ignored));
  }
}

void RowDiffText::add_schema()
{
  const model::TableSchemaDiff& schema = diff_.schema;
  if (schema.same() && schema.reordered.empty()) {
    return;
  }
  section("columns");
  TextTable rows({"column", "change", "a", "b"});
  const auto place = [](const std::string& type, std::size_t position) {
    return type + ", column " + std::to_string(position);
  };
  for (const auto& column : schema.removed) {
    rows.add({shortened_cell(column.name), Cell("removed", Tone::bad),
              place(column.type, column.position), ""});
  }
  for (const auto& column : schema.added) {
    rows.add({shortened_cell(column.name), Cell("added", Tone::good), "",
              place(column.type, column.position)});
  }
  for (const auto& column : schema.renamed) {
    rows.add({shortened_cell(column.name_a), Cell("renamed, with the same values", Tone::warning),
              shortened_cell(column.name_a), shortened_cell(column.name_b)});
  }
  for (const auto& column : schema.retyped) {
    rows.add(
        {shortened_cell(column.name_a), Cell("type", Tone::warning), column.type_a, column.type_b});
  }
  for (const auto& column : schema.reordered) {
    rows.add({shortened_cell(column.name_a), Cell("order", Tone::faint),
              "column " + std::to_string(column.position_a),
              "column " + std::to_string(column.position_b)});
  }
  table(rows);
}

void RowDiffText::add_counts()
{
  section("rows");
  TextTable rows({"", "rows"}, {Align::left, Align::right});
  rows.add({"in a", with_commas(diff_.a.rows)});
  rows.add({"in b", with_commas(diff_.b.rows)});
  rows.add({"unchanged", with_commas(diff_.unchanged_rows)});
  const auto add = [&](const char* name, std::uint64_t count, Tone tone) {
    rows.add({Cell(name, count > 0 ? tone : Tone::none), with_commas(count)});
  };
  if (!diff_.key.empty()) {
    add("changed", diff_.changed_rows, Tone::warning);
  }
  add("removed", diff_.removed_rows, Tone::bad);
  add("added", diff_.added_rows, Tone::good);
  if (diff_.duplicate_keys > 0) {
    add("keys that are there more than once", diff_.duplicate_keys, Tone::warning);
  }
  table(rows);
}

void RowDiffText::add_compared()
{
  TextTable rows({"column", "changed cells", "largest difference", "within tolerance"},
                 {Align::left, Align::right, Align::right, Align::right});
  for (const model::ComparedColumn& column : diff_.compared) {
    if (column.changed + column.tolerated > 0) {
      rows.add({shortened_cell(column.name), with_commas(column.changed),
                column.most ? short_number(*column.most) : "",
                column.tolerated > 0 ? with_commas(column.tolerated) : ""});
    }
  }
  if (!rows.empty()) {
    section("changed columns");
    table(rows);
  }
}

void RowDiffText::add_changed()
{
  if (diff_.changed.empty()) {
    return;
  }
  section("changed rows", diff_.changed.size(), diff_.changed_rows);
  std::vector<std::string> header;
  for (const std::string& name : diff_.key) {
    header.push_back(shortened_cell(name));
  }
  header.insert(header.end(), {"column", "a", "", "b"});
  TextTable rows(header);
  for (const model::ChangedRow& row : diff_.changed) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      std::vector<Cell> cells;
      for (const model::CellText& key : row.key) {
        cells.push_back(i == 0 ? cell_of(key) : Cell(""));
      }
      cells.emplace_back(shortened_cell(row.cells[i].column));
      const auto [a, b] = from_difference(row.cells[i].a, row.cells[i].b);
      cells.push_back(cell_of(a, Tone::bad));
      cells.emplace_back("→", Tone::faint);
      cells.push_back(cell_of(b, Tone::good));
      rows.add(std::move(cells));
    }
  }
  table(rows);
}

// Beside the key, which comes first: as many as a terminal has room for.
std::vector<std::size_t> RowDiffText::shown_columns(const std::vector<std::string>& columns) const
{
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < columns.size() && places.size() < k_shown_columns; ++i) {
    if (std::find(diff_.key.begin(), diff_.key.end(), columns[i]) == diff_.key.end()) {
      places.push_back(i);
    }
  }
  return places;
}

void RowDiffText::add_rows_of_one(const std::string& name, const std::vector<model::RowOfOne>& rows,
                                  const std::vector<std::string>& columns, std::uint64_t all)
{
  if (rows.empty()) {
    return;
  }
  const std::vector<std::size_t> places = shown_columns(columns);
  std::vector<std::string> header;
  for (const std::string& key : diff_.key) {
    header.push_back(shortened_cell(key));
  }
  for (const std::size_t place : places) {
    header.push_back(shortened_cell(columns[place]));
  }
  const std::size_t left_out = columns.size() - places.size() - diff_.key.size();
  header.push_back(left_out > 0 ? "and " + std::to_string(left_out) + " more" : "");
  TextTable lines(header);
  std::uint64_t shown = 0;
  for (const model::RowOfOne& row : rows) {
    std::vector<Cell> cells;
    for (const model::CellText& key : row.key) {
      cells.push_back(cell_of(key));
    }
    for (const std::size_t place : places) {
      cells.push_back(cell_of(row.cells[place]));
    }
    cells.emplace_back(row.times > 1 ? with_commas(row.times) + " times" : "");
    lines.add(std::move(cells));
    shown += row.times;
  }
  section(name + " rows", shown, all);
  table(lines);
}

void RowDiffText::add_duplicates()
{
  if (diff_.duplicates.empty()) {
    return;
  }
  section("keys that are there more than once", diff_.duplicates.size(), diff_.duplicate_keys);
  std::vector<std::string> header;
  std::vector<Align> align(diff_.key.size(), Align::left);
  for (const std::string& name : diff_.key) {
    header.push_back(shortened_cell(name));
  }
  header.insert(header.end(), {"rows of a", "", "rows of b"});
  align.insert(align.end(), {Align::right, Align::left, Align::right});
  TextTable rows(header, align);
  for (const model::DuplicateKey& key : diff_.duplicates) {
    std::vector<Cell> cells;
    for (const model::CellText& part : key.key) {
      cells.push_back(cell_of(part));
    }
    cells.emplace_back(with_commas(key.rows_a));
    cells.emplace_back("→", Tone::faint);
    cells.emplace_back(with_commas(key.rows_b));
    rows.add(std::move(cells));
  }
  table(rows);
}

}  // namespace

std::string render_row_diff(const RowDiff& diff, Style style)
{
  return RowDiffText(diff, style).text();
}

}  // namespace mlrepro::cli
