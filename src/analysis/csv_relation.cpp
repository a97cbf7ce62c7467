// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_relation.hpp"

#include <cstddef>
#include <utility>

#include "analysis/csv_scan.hpp"
#include "analysis/csv_types.hpp"
#include "analysis/naming_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/csv_header.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;
using ports::quoted_text;

// A header may be broken over lines within quotes, but not over more of them.
constexpr const char* k_header_lines = "100";
// The longest row that is read at all, in bytes; the engine holds a few of these at once.
constexpr const char* k_longest_row = "134217728";
constexpr const char* k_usual_row = "8388608";
constexpr const char* k_usual_buffer = "33554432";
// Rows of plain CSV have at most half of that (csv_blocks.cpp). Threads fill one each, and more.
constexpr const char* k_plain_buffer = "8388608";

std::string line_options(const PlacedFiles& source)
{
  if (source.long_rows) {
    // One of those buffers is enough: threads would fill one each.
    return std::string(", max_line_size=") + k_longest_row + ", buffer_size=" + k_longest_row +
           ", parallel=false";
  }
  const bool plain = source.facts && !source.facts->shapes.empty();
  return std::string(", max_line_size=") + k_usual_row +
         ", buffer_size=" + (plain ? k_plain_buffer : k_usual_buffer);
}

// The engine takes such characters for a pattern, also where there is a file of that name.
std::string file_text(const std::string& path)
{
  if (path.find_first_of("[*?") == std::string::npos) {
    return quoted_text(path);
  }
  std::string pattern;
  for (const char c : path) {
    const bool special = c == '[' || c == '*' || c == '?';
    pattern += special ? std::string("[") + c + "]" : std::string(c == '\\' ? 2 : 1, c);
  }
  return quoted_text(pattern);
}

// The first record as it stands in the file. A delimiter that no text has makes a line one cell.
std::string read_header(ports::TableSession& session, const std::string& path,
                        const PlacedFiles& source)
{
  const auto rows = session.query(
      "SELECT line FROM read_csv(" + file_text(path) +
      ", auto_detect=false, header=false, delim=E'\\x01\\x02', quote='', escape='', "
      "columns={'line': 'VARCHAR'}, compression=" +
      quoted_text(source.compression) + line_options(source) + ") LIMIT " + k_header_lines);
  std::string header;
  std::vector<ports::TableValue> row;
  bool any = false;
  while ((!any || !plan::is_whole_record(header)) && rows->next(row)) {
    const std::string* line = std::get_if<std::string>(&row.front());
    header += (any ? "\n" : "") + (line != nullptr ? *line : "");
    any = true;
  }
  if (!any || header.empty()) {
    throw Error(ErrorKind::usage, "file '" + path + "': " + (any ? "line 1: " : "") +
                                      "no header, which would name the columns");
  }
  return header;
}

model::TableFacts parse_header(const std::string& text, const std::string& path, TableFormat format)
{
  try {
    return header_facts(text, format);
  } catch (const Error& error) {
    throw Error(error.kind(), "file '" + path + "': " + error.message(), error.hint());
  }
}

// Of all files the same, since the engine reads them by position.
model::TableFacts common_header(ports::TableSession& session, const PlacedFiles& source)
{
  std::string first;
  for (const std::string& path : source.paths) {
    const std::string text = read_header(session, path, source);
    if (first.empty()) {
      first = text;
    } else if (text != first) {
      throw Error(ErrorKind::usage, "file '" + path + "': line 1: not the same header as in '" +
                                        source.paths.front() +
                                        "', and both are parts of one table");
    }
  }
  return parse_header(first, source.paths.front(), source.format);
}

// With every column as text where there are no types.
std::string call(const PlacedFiles& source, const model::TableFacts& facts,
                 const std::vector<std::string>& types)
{
  return "read_csv(" + path_list(source.paths) +
         ", auto_detect=false, header=true, delim=" + quoted_text(std::string(1, facts.delimiter)) +
         ", quote='\"', escape='\"', nullstr='', strict_mode=true, null_padding=false, "
         "ignore_errors=false, compression=" +
         quoted_text(source.compression) +
         ", hive_partitioning=" + (source.partitioned ? "true" : "false") + line_options(source) +
         ", columns=" + type_list(facts.columns, types) + ")";
}

CsvFiles files_of(const PlacedFiles& source)
{
  return {source.paths, source.facts->delimiter, source.facts->columns.size()};
}

// Adds to the facts what is not known yet.
void look_at(ports::TableSession& session, const CsvReader& reader, PlacedFiles& source,
             CellTypes types)
{
  if (!source.facts) {
    source.facts = common_header(session, source);
    if (source.compression == "none" && source.may_be_plain) {
      const CsvFiles files = files_of(source);
      CsvBlocks blocks(reader, files);
      source.may_be_plain = scan_csv(blocks, *source.facts);
    }
  }
  source.facts->long_rows = source.long_rows;
  if (types == CellTypes::found && source.facts->types.empty()) {
    find_types(session, call(source, *source.facts, {}), *source.facts);
  }
}

CountedRelation relation_with(ports::TableSession& session, const CsvReader& reader,
                              PlacedFiles& source, CellTypes types)
{
  naming_file(source.paths.front(), [&] { look_at(session, reader, source, types); });
  const model::TableFacts& facts = *source.facts;
  CountedRelation relation;
  relation.from =
      call(source, facts, types == CellTypes::found ? facts.types : std::vector<std::string>());
  relation.rows = facts.rows;
  if (!source.partitioned) {
    relation.shapes = facts.shapes;
    if (source.compression == "none" && !facts.shapes.empty()) {
      relation.csv = files_of(source);
    }
  }
  return relation;
}

}  // namespace

std::string path_list(const std::vector<std::string>& paths)
{
  std::string list;
  for (const std::string& path : paths) {
    list += (list.empty() ? "" : ", ") + file_text(path);
  }
  return "[" + list + "]";
}

std::string type_list(const std::vector<std::string>& columns,
                      const std::vector<std::string>& types)
{
  std::string list;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    list += (i == 0 ? "" : ", ") + quoted_text(columns[i]) + ": " +
            quoted_text(types.empty() ? "VARCHAR" : types[i]);
  }
  return "{" + list + "}";
}

CountedRelation csv_relation(ports::TableSession& session, const CsvReader& reader,
                             PlacedFiles& source, CellTypes types)
{
  try {
    return relation_with(session, reader, source, types);
  } catch (const Error& error) {
    if (source.long_rows || error.message().find("a row of more ") == std::string::npos) {
      throw;
    }
  }
  source.long_rows = true;
  return relation_with(session, reader, source, types);
}

std::string parquet_relation(ports::TableSession& session, const PlacedFiles& source)
{
  // Without it, the first part says which columns there are, and others are cast to its types.
  const std::string relation = "read_parquet(" + path_list(source.paths) +
                               ", hive_partitioning=" + (source.partitioned ? "true" : "false") +
                               (source.paths.size() > 1 ? ", union_by_name=true)" : ")");
  // What the engine says of a file whose end it can't read does not name it.
  naming_file(source.paths.front(),
              [&] { (void)session.query("SELECT * FROM " + relation + " LIMIT 0"); });
  return relation;
}

}  // namespace mlrepro::analysis
