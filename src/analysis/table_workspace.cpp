// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>

#include "analysis/check_files.hpp"
#include "analysis/csv_relation.hpp"
#include "analysis/scratch_session.hpp"
#include "analysis/table_parts.hpp"
#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/restore.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::TreeEntry;

// By the first bytes, since a content may be read without its name.
std::string compression_of(ports::ByteSource& content)
{
  std::array<std::byte, 4> buffer{};
  std::string head;
  while (head.size() < buffer.size()) {
    const std::size_t size = content.read(std::span(buffer).first(buffer.size() - head.size()));
    if (size == 0) {
      break;
    }
    head.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
  return head.starts_with("\x1f\x8b") ? "gzip" : head == "\x28\xb5\x2f\xfd" ? "zstd" : "none";
}

// The engine takes every folder of a path for a partition that is called like one, also those that
// the table itself lies in.
std::string without_folders_above(const std::string& relation, const std::string& base)
{
  std::string names;
  for (std::size_t begin = 0; begin < base.size();) {
    const std::size_t end = std::min(base.find('/', begin), base.size());
    const std::string folder = base.substr(begin, end - begin);
    const std::size_t equals = folder.find('=');
    if (equals != std::string::npos && equals > 0) {
      names += (names.empty() ? "" : ", ") + ports::quoted_name(folder.substr(0, equals));
    }
    begin = end + 1;
  }
  return names.empty() ? relation : "(SELECT * EXCLUDE (" + names + ") FROM " + relation + ")";
}

}  // namespace

TableWorkspace::TableWorkspace(AnalysisPorts ports, const ports::TableLimits& limits)
    : ports_(std::move(ports)),
      limits_(limits),
      session_(naming_tables(ports_.engine.open(limits), ports_.scratch))
{
}

CsvReader TableWorkspace::csv_reader() const
{
  return {ports_.tracking.data.files, limits_.threads, limits_.memory_bytes};
}

PlacedFiles TableWorkspace::place(const TreeEntry& root, const TableFile& table)
{
  const versioning::Ports& data = ports_.tracking.data;
  const std::string folder = ports_.scratch + "/" + std::to_string(placed_++);
  // A name of its own for the root of a single file, which is what messages show.
  const std::string target =
      root.type == model::EntryType::file
          ? folder + "/" +
                (table.name.empty() ? "table" : table.name.substr(table.name.rfind('/') + 1))
          : folder;
  versioning::RestoreRequest request;
  request.target = target;
  if (!table.path.empty()) {
    request.paths = {table.path};
  }
  versioning::restore(data, root, request);
  const std::string base = table.path.empty() ? target : target + "/" + table.path;
  PlacedFiles placed;
  placed.format = table.format;
  placed.partitioned = table.folder;
  if (table.folder) {
    const versioning::LoadNode load = versioning::loader(data.objects);
    const auto entry = table.path.empty() ? root : *versioning::find_entry(load, root, table.path);
    for (const std::string& part : table_parts(load, entry)) {
      placed.paths.push_back(base + "/" + part);
    }
  } else {
    placed.paths = {base};
  }
  placed.compression = compression_of(*data.files.open(placed.paths.front()));
  return placed;
}

CountedRelation TableWorkspace::relation_of(const PlacedFiles& source, const std::string& base,
                                            CellTypes types)
{
  CountedRelation relation;
  switch (source.format) {
    case TableFormat::csv:
    case TableFormat::tsv:
      relation = csv_relation(*session_, csv_reader(), source, types);
      break;
    case TableFormat::json_lines:
      relation.from = json_relation(*session_, source);
      break;
    case TableFormat::parquet:
      relation.from = parquet_relation(source);
      break;
  }
  if (source.partitioned) {
    relation.from = without_folders_above(relation.from, base);
  }
  return relation;
}

const CountedRelation& TableWorkspace::counted_relation(const TreeEntry& root,
                                                        const TableFile& table, CellTypes types)
{
  const std::string key = table.digest.hex() + (table.folder ? "/" : " ") +
                          std::to_string(static_cast<int>(table.format)) +
                          (types == CellTypes::text ? "t " : "f ") + table.path;
  const auto known = relations_.find(key);
  if (known != relations_.end()) {
    return known->second;
  }
  try {
    PlacedFiles source = place(root, table);
    check_files(ports_.tracking.data.files, source);
    return relations_.emplace(key, relation_of(source, ports_.scratch, types)).first->second;
  } catch (const Error& error) {
    throw Error(error.kind(), without_scratch(error.message(), ports_.scratch), error.hint());
  }
}

std::string TableWorkspace::relation_of_file(const std::string& path, TableFormat format,
                                             CellTypes types)
{
  TableFile table;
  table.format = format;
  return relation_of_files({{path}, path}, table, types).from;
}

CountedRelation TableWorkspace::relation_of_files(const TableFiles& files, const TableFile& table,
                                                  CellTypes types)
{
  PlacedFiles source;
  source.paths = files.paths;
  source.format = table.format;
  source.partitioned = table.folder;
  source.compression = compression_of(*ports_.tracking.data.files.open(source.paths.front()));
  check_files(ports_.tracking.data.files, source);
  return relation_of(source, plan::join_path(files.base, ".."), types);
}

}  // namespace mlrepro::analysis
