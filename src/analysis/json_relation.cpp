// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>

#include "analysis/csv_relation.hpp"
#include "analysis/csv_types.hpp"
#include "analysis/naming_file.hpp"
#include "analysis/table_rows.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;
using ports::quoted_text;

// A call that reads the files; `columns` and other options stand at its end.
std::string json_call(const char* function, const PlacedFiles& source, const std::string& more)
{
  // The reader of JSON has another word than that of CSV.
  const std::string compression =
      source.compression == "none" ? "uncompressed" : source.compression;
  return std::string(function) + "(" + path_list(source.paths) +
         ", format='newline_delimited', compression=" + quoted_text(compression) + more + ")";
}

std::string json_reader_of(const PlacedFiles& source, const model::TableFacts& facts)
{
  return json_call("read_json", source,
                   std::string(", records=true, hive_partitioning=") +
                       (source.partitioned ? "true" : "false") +
                       ", columns=" + type_list(facts.columns, facts.types));
}

// All rows of all files are looked at once; what is read later does not depend on a sample. No
// text is a date in these formats: the engine would guess that 01-02-2021 is in February.
model::TableFacts detected_facts(ports::TableSession& session, const PlacedFiles& source)
{
  model::TableFacts facts;
  each_row(
      session,
      "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " +
          json_call(
              "read_json", source,
              ", records=true, hive_partitioning=false, sample_size=-1, "
              "maximum_sample_files=-1, dateformat='no date %Y', timestampformat='no date %Y'") +
          ")",
      [&](const Row& row) {
        facts.columns.push_back(as_text(row[0]));
        facts.types.push_back(as_text(row[1]));
      });
  return facts;
}

// The engine calls "A" beside "a" A_1, and "" by its place, and then finds no such key.
bool may_be_renamed(const std::string& name)
{
  const std::size_t digits = name.find_last_not_of("0123456789");
  return digits != std::string::npos && digits + 1 < name.size() &&
         (name[digits] == '_' || (digits == 0 && name[digits] == 'C'));
}

bool has_empty_column(ports::TableSession& session, const PlacedFiles& source,
                      const model::TableFacts& facts)
{
  std::string counts;
  for (const std::string& column : facts.columns) {
    counts += (counts.empty() ? "SELECT count(" : ", count(") + ports::quoted_name(column) + ")";
  }
  const Row row = one_row(session, counts + " FROM " + json_reader_of(source, facts));
  return std::any_of(row.begin(), row.end(),
                     [](const auto& count) { return as_count(count) == 0; });
}

void refuse_renamed_keys(ports::TableSession& session, const PlacedFiles& source,
                         const model::TableFacts& facts)
{
  model::TableFacts doubtful;
  std::copy_if(facts.columns.begin(), facts.columns.end(), std::back_inserter(doubtful.columns),
               may_be_renamed);
  doubtful.types.assign(doubtful.columns.size(), "JSON");
  if (doubtful.columns.empty() || !has_empty_column(session, source, doubtful)) {
    return;
  }
  std::map<std::string, std::string> known;  // by their lower case
  each_row(session,
           "SELECT DISTINCT unnest(json_keys(json)) AS k FROM " +
               json_call("read_json_objects", source, "") + " ORDER BY k",
           [&](const Row& row) {
             const std::string key = as_text(row[0]);
             const auto [at, is_first] = known.emplace(model::lower_case(key), key);
             if (key.empty() || !is_first) {
               throw Error(ErrorKind::usage,
                           key.empty() ? std::string("a key without a name")
                                       : "keys '" + at->second + "' and '" + key +
                                             "', which are one column to SQL",
                           "give them names that differ in more than case");
             }
           });
}

// Texts are dates by the rules for CSV.
model::TableFacts facts_of_json(ports::TableSession& session, const PlacedFiles& source)
{
  model::TableFacts facts = detected_facts(session, source);
  refuse_renamed_keys(session, source, facts);
  std::vector<std::string> names;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < facts.columns.size(); ++i) {
    if (facts.types[i] == "VARCHAR") {
      names.push_back(facts.columns[i]);
      places.push_back(i);
    }
  }
  if (!names.empty()) {
    const auto types = find_times(session, json_reader_of(source, facts), names);
    for (std::size_t i = 0; i < places.size(); ++i) {
      facts.types[places[i]] = types[i];
    }
  }
  return facts;
}

}  // namespace

std::string json_relation(ports::TableSession& session, PlacedFiles& source)
{
  if (!source.facts) {
    source.facts =
        naming_file(source.paths.front(), [&] { return facts_of_json(session, source); });
  }
  return json_reader_of(source, *source.facts);
}

}  // namespace mlrepro::analysis
