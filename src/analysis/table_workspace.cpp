// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "analysis/byte_pipe.hpp"
#include "analysis/check_files.hpp"
#include "analysis/csv_relation.hpp"
#include "analysis/csv_scan.hpp"
#include "analysis/known_facts.hpp"
#include "analysis/scratch_session.hpp"
#include "analysis/table_parts.hpp"
#include "analysis/unpacked_source.hpp"
#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/restore.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::TreeEntry;

// By the first bytes, since a content may be read without its name.
std::string compression_of(ports::ByteSource& content)
{
  switch (packing_of(read_head(content, k_packing_bytes))) {
    case format::Packing::gzip:
      return "gzip";
    case format::Packing::zstd:
      return "zstd";
    case format::Packing::none:
      break;
  }
  return "none";
}

// Tells a pipe that one of its ends is gone, whatever became of it.
class PipeEnds {
 public:
  PipeEnds(BytePipe& pipe, void (BytePipe::*leave)()) : pipe_(pipe), leave_(leave) {}
  ~PipeEnds() { (pipe_.*leave_)(); }
  PipeEnds(const PipeEnds&) = delete;
  PipeEnds& operator=(const PipeEnds&) = delete;

 private:
  BytePipe& pipe_;
  void (BytePipe::*leave_)();
};

// Then all of it was read, and no row is long.
bool is_plain(const PlacedFiles& source)
{
  return source.facts && !source.facts->shapes.empty();
}

void take_look(PlacedFiles& source, CsvLook look)
{
  source.facts = std::move(look.facts);
  source.may_be_plain = look.may_be_plain;
}

// Restores one file, and looks at it while it is decoded and written.
CsvLook restore_looking(const versioning::Ports& data, const TreeEntry& root,
                        versioning::RestoreRequest request,
                        const std::function<CsvLook(ports::ByteSource&)>& look)
{
  BytePipe pipe;
  request.link = versioning::Link::copy;
  request.through = [&](std::unique_ptr<ports::ByteSource> content) {
    return std::make_unique<TappedSource>(std::move(content), pipe);
  };
  CsvLook found;
  versioning::WorkPool pool(2);
  pool.run(2, [&](std::size_t task) {
    if (task == 0) {
      const PipeEnds ended(pipe, &BytePipe::end);
      versioning::restore(data, root, request);
    } else {
      const PipeEnds left(pipe, &BytePipe::stop_reading);
      found = look(pipe);
    }
  });
  return found;
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
  return {ports_.tracking.data.files, limits_.threads, limits_.memory_bytes, ports_.unpacker,
          ports_.spill};
}

PlacedFiles TableWorkspace::place(const StoredTable& stored, bool look)
{
  const TreeEntry& root = stored.root;
  const TableFile& table = stored.table;
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
  PlacedFiles placed;
  placed.format = table.format;
  placed.partitioned = table.folder;
  if (look && !table.folder && is_separated(table.format)) {
    take_look(placed, restore_looking(data, root, request, [&](ports::ByteSource& content) {
                return look_at_csv(content, placed.format, csv_reader());
              }));
  } else {
    versioning::restore(data, root, request);
  }
  const std::string base = table.path.empty() ? target : target + "/" + table.path;
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

CountedRelation TableWorkspace::relation_of(PlacedFiles& source, const std::string& base,
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
      relation.from = parquet_relation(*session_, source);
      break;
  }
  if (source.partitioned) {
    relation.from = without_folders_above(relation.from, base);
  }
  return relation;
}

const CountedRelation& TableWorkspace::counted_relation(const StoredTable& stored, CellTypes types)
{
  const TableFile& table = stored.table;
  const std::string key = table.digest.hex() + (table.folder ? "/" : " ") +
                          std::to_string(static_cast<int>(table.format)) +
                          (types == CellTypes::text ? "t " : "f ") + table.path;
  const auto known = relations_.find(key);
  if (known != relations_.end()) {
    return known->second;
  }
  try {
    const auto facts = find_facts(ports_, table);
    PlacedFiles source = place(stored, !facts);
    if (facts) {
      source.facts = facts;
      source.long_rows = facts->long_rows;
    } else if (!is_plain(source)) {
      check_files(csv_reader(), source);
    }
    CountedRelation relation = relation_of(source, ports_.scratch, types);
    if (source.facts && source.facts != facts) {
      keep_facts(ports_, stored, *source.facts);
    }
    return relations_.emplace(key, std::move(relation)).first->second;
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
  const ports::FileTree& tree = ports_.tracking.data.files;
  source.compression = compression_of(*tree.open(source.paths.front()));
  if (!table.folder && source.paths.size() == 1 && is_separated(table.format)) {
    take_look(source, look_at_csv(*tree.open(source.paths.front()), table.format, csv_reader()));
  }
  if (!is_plain(source)) {
    check_files(csv_reader(), source);
  }
  return relation_of(source, plan::join_path(files.base, ".."), types);
}

}  // namespace mlrepro::analysis
