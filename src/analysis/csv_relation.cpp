// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_relation.hpp"

#include <cstddef>
#include <utility>

#include "analysis/csv_scan.hpp"
#include "analysis/csv_types.hpp"
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

std::string line_options(const char* longest)
{
  // One of those buffers is enough: threads would fill one each.
  const std::string buffer = longest == k_usual_row ? std::string(k_usual_buffer)
                                                    : std::string(longest) + ", parallel=false";
  return std::string(", max_line_size=") + longest + ", buffer_size=" + buffer;
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
                        const PlacedFiles& source, const char* longest)
{
  const auto rows = session.query(
      "SELECT line FROM read_csv(" + file_text(path) +
      ", auto_detect=false, header=false, delim=E'\\x01\\x02', quote='', escape='', "
      "columns={'line': 'VARCHAR'}, compression=" +
      quoted_text(source.compression) + line_options(longest) + ") LIMIT " + k_header_lines);
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

struct Header {
  char delimiter = ',';
  std::vector<std::string> columns;
};

Header parse_header(const std::string& text, const std::string& path, TableFormat format)
{
  try {
    const char delimiter = format == TableFormat::tsv ? '\t' : plan::csv_delimiter(text);
    return {delimiter, plan::csv_columns(text, delimiter)};
  } catch (const Error& error) {
    throw Error(error.kind(), "file '" + path + "': " + error.message(), error.hint());
  }
}

// Of all files the same, since the engine reads them by position.
Header common_header(ports::TableSession& session, const PlacedFiles& source, const char* longest)
{
  std::string first;
  for (const std::string& path : source.paths) {
    const std::string text = read_header(session, path, source, longest);
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

std::string call(const PlacedFiles& source, const Header& header,
                 const std::vector<std::string>& types, const char* longest)
{
  std::string columns;
  for (std::size_t i = 0; i < header.columns.size(); ++i) {
    columns += (i == 0 ? "" : ", ") + quoted_text(header.columns[i]) + ": " + quoted_text(types[i]);
  }
  return "read_csv(" + path_list(source.paths) + ", auto_detect=false, header=true, delim=" +
         quoted_text(std::string(1, header.delimiter)) +
         ", quote='\"', escape='\"', nullstr='', strict_mode=true, null_padding=false, "
         "ignore_errors=false, compression=" +
         quoted_text(source.compression) +
         ", hive_partitioning=" + (source.partitioned ? "true" : "false") + line_options(longest) +
         ", columns={" + columns + "})";
}

// Not all that the engine says of a file names it.
template <typename Action>
auto naming_file(const PlacedFiles& source, Action action)
{
  try {
    return action();
  } catch (const Error& error) {
    // By its path, or by the name that stands for it in what people read.
    const bool named = error.message().starts_with("file '");
    throw Error(error.kind(),
                (named ? "" : "file '" + source.paths.front() + "': ") + error.message(),
                error.hint());
  }
}

CountedRelation relation_with(ports::TableSession& session, const CsvReader& reader,
                              const PlacedFiles& source, CellTypes types, const char* longest)
{
  const Header header =
      naming_file(source, [&] { return common_header(session, source, longest); });
  std::optional<CsvFiles> files;
  if (source.compression == "none") {
    files = {source.paths, header.delimiter, header.columns.size()};
  }
  FoundTypes found{std::vector<std::string>(header.columns.size(), "VARCHAR"), std::nullopt};
  if (types == CellTypes::found) {
    found = naming_file(source, [&] {
      return find_types(session, call(source, header, found.names, longest), header.columns,
                        files ? scan_csv(reader, *files) : std::nullopt);
    });
  }
  if (source.partitioned) {
    files.reset();
  }
  return {call(source, header, found.names, longest), found.rows, std::move(files)};
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

CountedRelation csv_relation(ports::TableSession& session, const CsvReader& reader,
                             const PlacedFiles& source, CellTypes types)
{
  if (!source.long_rows) {
    try {
      return relation_with(session, reader, source, types, k_usual_row);
    } catch (const Error& error) {
      if (error.message().find("a row of more ") == std::string::npos) {
        throw;
      }
    }
  }
  return relation_with(session, reader, source, types, k_longest_row);
}

std::string json_relation(ports::TableSession& session, const PlacedFiles& source)
{
  // The reader of JSON has another word than that of CSV.
  const std::string compression =
      source.compression == "none" ? "uncompressed" : source.compression;
  const std::string files =
      "read_json(" + path_list(source.paths) +
      ", format='newline_delimited', records=true, compression=" + quoted_text(compression) +
      ", hive_partitioning=";
  // All rows are looked at once; what is read later does not depend on a sample.
  const auto rows = naming_file(source, [&] {
    return session.query("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + files +
                         "false, sample_size=-1))");
  });
  std::string columns;
  std::vector<ports::TableValue> row;
  while (rows->next(row)) {
    columns += (columns.empty() ? "" : ", ") + quoted_text(std::get<std::string>(row[0])) + ": " +
               quoted_text(std::get<std::string>(row[1]));
  }
  return files + (source.partitioned ? "true" : "false") + ", columns={" + columns + "})";
}

std::string parquet_relation(const PlacedFiles& source)
{
  return "read_parquet(" + path_list(source.paths) +
         ", hive_partitioning=" + (source.partitioned ? "true" : "false") + ")";
}

}  // namespace mlrepro::analysis
