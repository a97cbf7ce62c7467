// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/table_reference.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/reference.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::size_t k_listed_tables = 8;

struct Found {
  tracking::Content content;
  std::string below;  // what of the path is a path within the content
};

std::optional<tracking::Content> try_content(const tracking::Ports& ports,
                                             const tracking::Place& place,
                                             const std::string& reference)
{
  try {
    return tracking::resolve_content(ports, place, reference);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) {
      throw;
    }
    return std::nullopt;
  }
}

// "RUN:data/sales/x.csv" is an input, or below "RUN:data/sales" or "RUN:data"; "SNAP:x.csv" is
// below a snapshot. Throws what there is to say of the reference as it stands.
Found find_content(const tracking::Ports& ports, const tracking::Place& place,
                   const std::string& reference)
{
  if (auto whole = try_content(ports, place, reference)) {
    return {std::move(*whole), ""};
  }
  const std::string path = plan::parse_reference(reference).path;
  const std::string front = reference.substr(0, reference.size() - path.size());
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    if (auto part = try_content(ports, place, front + path.substr(0, slash))) {
      return {std::move(*part), path.substr(slash + 1)};
    }
  }
  if (!path.empty() && front.size() > 1) {
    const std::string name = front.substr(0, front.size() - 1);
    if (const auto target = try_content(ports, place, name)) {
      return {*target, path};
    }
  }
  return {tracking::resolve_content(ports, place, reference), ""};
}

constexpr const char* k_tables_hint =
    "tables are .csv, .tsv, .jsonl, .ndjson (also .gz, .zst) and .parquet";

std::string listed_paths(const std::vector<TableFile>& tables)
{
  std::string text;
  for (std::size_t i = 0; i < std::min(tables.size(), k_listed_tables); ++i) {
    text += (i == 0 ? "" : ", ") + tables[i].path;
  }
  return tables.size() > k_listed_tables
             ? text + " and " + std::to_string(tables.size() - k_listed_tables) + " more"
             : text;
}

TableFile only_table(std::vector<TableFile> tables, const std::string& below,
                     const std::string& reference)
{
  if (!below.empty()) {
    std::vector<std::string> paths;
    for (const TableFile& table : tables) {
      paths.push_back(table.path);
    }
    std::erase_if(tables, [&](const TableFile& table) {
      return table.path != below && !table.path.starts_with(below + "/");
    });
    if (tables.empty()) {
      const std::size_t dot = below.rfind('.');
      const bool other_file = dot != std::string::npos && !table_format(below);
      throw Error(ErrorKind::not_found, "'" + reference + "': no table '" + below + "' in there",
                  other_file ? k_tables_hint : plan::did_you_mean(below, paths));
    }
  }
  if (tables.empty()) {
    throw Error(ErrorKind::usage, "'" + reference + "': there is no table in it", k_tables_hint);
  }
  if (tables.size() > 1) {
    throw Error(ErrorKind::usage,
                "'" + reference + "': there are " + std::to_string(tables.size()) +
                    " tables in it: " + listed_paths(tables),
                "name one of them with its path: " + reference +
                    (reference.find(':') == std::string::npos ? ":" : "/") + tables.front().path);
  }
  return std::move(tables.front());
}

std::string without_slash(std::string path)
{
  if (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

std::optional<NamedTable> find_file(const tracking::Ports& ports, const tracking::Place& place,
                                    const std::string& reference)
{
  const std::string path = plan::join_path(place.cwd, reference);
  const auto format = table_format(plan::base_name(path));
  const auto stat = ports.data.files.stat(path, ports::FollowLinks::yes);
  if (!format || !stat || stat->type != ports::FileType::file) {
    return std::nullopt;
  }
  NamedTable table;
  table.name = reference;
  table.path = plan::recorded_path(place.top, path);
  table.format = *format;
  table.file = path;
  return table;
}

}  // namespace

NamedTable find_table(const tracking::Ports& ports, const tracking::Place& place,
                      const std::string& reference)
{
  Found found;
  try {
    found = find_content(ports, place, reference);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      if (auto file = find_file(ports, place, reference)) {
        return *file;
      }
    }
    throw;
  }
  if (!found.content.stored) {
    throw Error(ErrorKind::not_found,
                "'" + reference + "': only its identity is recorded, not its content");
  }
  const std::string path = without_slash(found.content.path);
  NamedTable table;
  table.stored =
      NamedTable::Stored{found.content.root,
                         only_table(find_tables(ports, found.content.root, plan::base_name(path)),
                                    found.below, reference),
                         found.content.id};
  const std::string& own = table.stored->table.path;
  table.name = reference;
  table.path = own.empty() ? path : path + "/" + own;
  table.format = table.stored->table.format;
  return table;
}

NamedTable table_now(const tracking::Ports& ports, const tracking::Place& place,
                     const NamedTable& recorded)
{
  NamedTable table;
  table.name = "working tree";
  table.path = recorded.path;
  table.format = recorded.format;
  table.file = plan::absolute_path(place.top, recorded.path);
  if (recorded.stored && recorded.stored->table.folder) {
    throw Error(
        ErrorKind::usage,
        "'" + recorded.path + "': a table of several files is compared when both are stored",
        "take a snapshot of it: mlrepro snapshot " + recorded.path);
  }
  const auto stat = ports.data.files.stat(table.file, ports::FollowLinks::yes);
  if (!stat || stat->type != ports::FileType::file) {
    throw Error(ErrorKind::not_found, "'" + recorded.path + "': no such file in the working tree",
                "name a second snapshot or file to compare with");
  }
  return table;
}

CountedRelation relation_of(TableWorkspace& workspace, const NamedTable& table, CellTypes types)
{
  if (table.file.empty()) {
    return workspace.counted_relation(*table.stored, types);
  }
  TableFile file;
  file.format = table.format;
  return workspace.relation_of_files({{table.file}, table.file}, file, types);
}

}  // namespace mlrepro::analysis
