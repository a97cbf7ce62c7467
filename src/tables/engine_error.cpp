// SPDX-License-Identifier: Apache-2.0
#include "tables/engine_error.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace mlrepro::tables {
namespace {

using model::Error;
using model::ErrorKind;

// The rest of the line behind `mark`; empty when it is not there.
std::string behind(std::string_view text, std::string_view mark)
{
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find('\n')));
}

std::string first_line(std::string_view text)
{
  return std::string(text.substr(0, text.find('\n')));
}

bool has(std::string_view text, std::string_view part)
{
  return text.find(part) != std::string_view::npos;
}

// What is wrong with a line of CSV, in the words of the file and not of DuckDB's options.
std::string csv_cause(std::string_view text)
{
  const std::string expected = behind(text, "Expected Number of Columns: ");
  if (!expected.empty()) {
    const std::size_t found = expected.find(" Found: ");
    const std::string cells = expected.substr(found + 8);
    return cells + (cells == "1" ? " cell" : " cells") + " where the header has " +
           expected.substr(0, found);
  }
  if (has(text, "nicode") || has(text, "utf-8") || has(text, "UTF-8")) {
    return "bytes that are not UTF-8";
  }
  if (has(text, "unterminated quote")) {
    return "a quote that is never closed, or text behind a closing quote";
  }
  if (const std::string bytes = behind(text, "Maximum line size of "); !bytes.empty()) {
    return "a row of more than " + first_line(bytes.substr(0, bytes.find(' '))) + " bytes";
  }
  if (const std::string column = behind(text, "Error when converting column \""); !column.empty()) {
    return "column \"" + column;
  }
  // The line behind the one with the row's own text.
  const std::string original = behind(text, "Original Line:");
  const std::size_t at = text.find(original);
  const std::size_t next = original.empty() ? std::string_view::npos : text.find('\n', at);
  return next == std::string_view::npos ? first_line(text) : first_line(text.substr(next + 1));
}

std::string csv_message(std::string_view text, const std::string& line)
{
  const std::string file = behind(text, "file = ");
  return (file.empty() ? "" : "file '" + file + "': ") + "line " + line + ": " + csv_cause(text);
}

std::string csv_hint(std::string_view text)
{
  return csv_cause(text) == "bytes that are not UTF-8"
             ? "convert it first, for example: iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv (Excel's "
               "'Unicode text' is -f UTF-16)"
             : "";
}

// An object of which a line is JSON but no row.
std::string json_row_message(std::string_view text)
{
  const std::string file = behind(text, "JSON transform error in file \"");
  const std::string line = behind(text, "\", in line ");
  const std::size_t colon = line.find(": ");
  return file.empty() || colon == std::string::npos
             ? std::string()
             : "file '" + file.substr(0, file.find('"')) + "': line " + line;
}

// DuckDB counts the lines of JSON from 2 (1.5.6); the contract tests notice when it no longer does.
std::string json_message(std::string_view text)
{
  const std::string file = behind(text, "Malformed JSON in file \"");
  const std::string place = behind(text, " in line ");
  const std::size_t digits = std::min(place.find_first_not_of("0123456789"), std::size_t{18});
  if (file.empty() || digits == 0) {
    return {};
  }
  const long line = std::stol(place.substr(0, digits)) - 1;
  std::string cause = place.substr(std::min(place.find_first_not_of(": ", digits), place.size()));
  cause.resize(std::min(cause.find(". Try "), cause.size()));
  cause.resize(cause.find_last_not_of(". ") + 1);
  return "file '" + file.substr(0, file.find('"')) + "': line " + std::to_string(line) +
         ": not JSON: " + cause;
}

// Of Parquet: no file of that kind, or one of which a part is missing or damaged.
std::string parquet_message(std::string_view text)
{
  for (const auto& [mark, end] : {std::pair("No magic bytes found at end of file '", "'"),
                                  std::pair("File '", "' too small to be a Parquet file")}) {
    const std::string rest = behind(text, mark);
    if (const std::size_t at = rest.find(end); !rest.empty() && at != std::string::npos) {
      return "file '" + rest.substr(0, at) + "': no Parquet file, or one that was cut short";
    }
  }
  // What the reader of its description says of bytes that are none, without a word on the file.
  if (has(text, "TProtocolException") || has(text, "don't know what type")) {
    return "no Parquet file, or one whose description is damaged";
  }
  const std::string failed = behind(text, "Failed to read file \"");
  const std::size_t at = failed.find("\": ");
  return at == std::string::npos
             ? std::string()
             : "file '" + failed.substr(0, at) + "': damaged: " + failed.substr(at + 3);
}

// "Binder Error: cause" without the first two words, which the exit code says as well.
std::string without_category(const std::string& line)
{
  constexpr std::string_view k_mark = " Error: ";
  const std::size_t at = line.find(k_mark);
  constexpr std::size_t k_longest_category = 24;
  return at == std::string::npos || at > k_longest_category ? line
                                                            : line.substr(at + k_mark.size());
}

}  // namespace

Error engine_error(const char* message)
{
  const std::string_view text = message != nullptr ? message : "DuckDB gave no reason";
  if (text.starts_with("INTERNAL Error") || text.starts_with("FATAL Error")) {
    return {ErrorKind::external, "DuckDB failed: " + without_category(first_line(text)),
            "this is a defect of DuckDB or of mlrepro; please report the command"};
  }
  // An appender says it in other words.
  if (text.starts_with("Out of Memory Error") || has(text, "failed to offload data block") ||
      has(text, "failed to allocate data of size") || has(text, "failed to pin block")) {
    return {ErrorKind::io, "the table does not fit: " + without_category(first_line(text)),
            "free space on the disk of the store, or allow more with $MLREPRO_TABLE_MEMORY=4GB"};
  }
  if (has(text, "No space left on device") || has(text, "Could not write") ||
      has(text, "Could not read from file")) {
    return {ErrorKind::io, without_category(first_line(text))};
  }
  if (text.starts_with("INTERRUPT Error")) {
    return {ErrorKind::interrupted, "interrupted"};
  }
  if (const std::string line = behind(text, "CSV Error on Line: "); !line.empty()) {
    return {ErrorKind::usage, csv_message(text, line), csv_hint(text)};
  }
  if (const std::string of_json = json_message(text); !of_json.empty()) {
    return {ErrorKind::usage, of_json};
  }
  if (const std::string of_row = json_row_message(text); !of_row.empty()) {
    return {ErrorKind::usage, of_row};
  }
  if (const std::string of_parquet = parquet_message(text); !of_parquet.empty()) {
    return {ErrorKind::usage, of_parquet};
  }
  if (has(text, "got non-record JSON")) {
    return {ErrorKind::usage, "a line that is no JSON object, or no line at all"};
  }
  if (has(text, "Restored data doesn't match checksum")) {
    return {ErrorKind::usage, "its compressed data is damaged"};
  }
  if (has(text, "does not support a full read on this file")) {
    return {ErrorKind::usage, "a row of more bytes than are read at once"};
  }
  if (has(text, "state machine reached an invalid state")) {
    return {ErrorKind::usage, "lines that end in several ways (\\r\\n, \\n and \\r in one file)",
            "write all ends of lines alike, for example with dos2unix"};
  }
  return {ErrorKind::usage, without_category(first_line(text))};
}

}  // namespace mlrepro::tables
