// SPDX-License-Identifier: Apache-2.0
#include "analysis/changed_tables.hpp"
#include "analysis/table_parts.hpp"
#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::analysis {
namespace {

// Of the working tree, the files of a table as they lie there.
LoadedTable load_side(Profiler& profiler, const DataSide& side, const TableFile& table,
                      const std::string& name)
{
  if (side.place.empty()) {
    return profiler.load({side.root, table, side.snapshot}, name);
  }
  const std::string base = table.path.empty() ? side.place : side.place + "/" + table.path;
  if (!table.folder) {
    return profiler.load_files({{base}, base}, table, name);
  }
  const auto folder =
      table.path.empty() ? side.root : *versioning::find_entry(side.load, side.root, table.path);
  TableFiles files{{}, base};
  for (const std::string& part : table_parts(side.load, folder)) {
    files.paths.push_back(base + "/" + part);
  }
  return profiler.load_files(files, table, name);
}

// What is in the working tree may be something else by now, and is not kept under its digest.
model::TableProfile profile_side(Profiler& profiler, const DataSide& side, const TableFile& table,
                                 const LoadedTable& loaded)
{
  return side.place.empty() ? profiler.profile_loaded(table, side.snapshot, loaded)
                            : profiler.profile_unkept(table, loaded);
}

DataSide stored_side(const tracking::Ports& ports, const model::TreeEntry& root,
                     const model::Digest& id, const std::string& path)
{
  return {root, id, plan::base_name(path), versioning::loader(ports.data.objects)};
}

std::optional<DataSide> side_now(const tracking::Ports& ports, const WorkingTree& now,
                                 const model::Digest& id, const std::string& path)
{
  const auto root = now.seen.roots.find(id);
  return root == now.seen.roots.end()
             ? std::nullopt
             : std::optional(DataSide{root->second, id, plan::base_name(path),
                                      tracking::loader(ports, now.seen),
                                      plan::absolute_path(now.top, path)});
}

model::TableDrift compare_pair(Profiler& profiler, const DataSides& sides, const TablePair& pair,
                               const std::vector<model::DriftRule>& rules)
{
  const LoadedTable a = load_side(profiler, sides.a, pair.a, "mlrepro_a");
  const LoadedTable b = load_side(profiler, sides.b, *pair.b, "mlrepro_b");
  const auto profile_a = profile_side(profiler, sides.a, pair.a, a);
  const auto profile_b = profile_side(profiler, sides.b, *pair.b, b);
  model::TableDrift drift =
      compare_loaded(profiler.session(), {a, profile_a}, {b, profile_b}, pair.path, rules);
  profiler.session().execute("DROP TABLE " + a.name);
  profiler.session().execute("DROP TABLE " + b.name);
  return drift;
}

}  // namespace

std::vector<model::TableDrift> compare_tables(Profiler& profiler, const DataSides& sides,
                                              const std::vector<model::DriftRule>& rules)
{
  std::vector<model::TableDrift> tables;
  for (const TablePair& pair : changed_tables(sides)) {
    model::TableDrift& drift = tables.emplace_back();
    drift.path = pair.path;
    drift.a = pair.a.digest;
    if (!pair.b) {
      drift.problem = "b does not have it";
      continue;
    }
    drift.b = pair.b->digest;
    try {
      drift = compare_pair(profiler, sides, pair, rules);
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::usage) {
        throw;
      }
      drift.problem = error.message();
    }
  }
  return tables;
}

std::vector<model::TableDrift> compare_known_tables(const ports::ProfileCache& cache,
                                                    const DataSides& sides,
                                                    const std::vector<model::DriftRule>& rules,
                                                    const ProfileOptions& options)
{
  std::vector<model::TableDrift> tables;
  const auto is_known = [&](const TableFile& table) { return has_profile(cache, table, options); };
  for (const TablePair& pair : changed_tables(sides, is_known)) {
    const auto a = find_profile(cache, pair.a, options);
    const auto b = find_profile(cache, *pair.b, options);
    if (a && b) {
      tables.push_back(compare_profiles(*a, *b, pair.path, rules));
    }
  }
  return tables;
}

std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::DataDiff& data,
                                  const WorkingTree* now)
{
  if (!data.a || !data.b || data.same || !data.files_known) {
    return std::nullopt;
  }
  const auto stored = [&](const model::Digest& id) -> std::optional<DataSide> {
    const auto found = ports::find_snapshot(ports.data.snapshots, id);
    return !found || found->stored == model::Stored::identity_only
               ? std::nullopt
               : std::optional(stored_side(ports, found->root, id, data.path));
  };
  const auto a = stored(*data.a);
  const auto b = now != nullptr ? side_now(ports, *now, *data.b, data.path) : stored(*data.b);
  return a && b ? std::optional(DataSides{*a, *b, data.path, data.files}) : std::nullopt;
}

std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::SnapshotDiff& diff,
                                  const tracking::Content& a, const tracking::Content& b)
{
  if (diff.same || !a.stored || !b.stored) {
    return std::nullopt;
  }
  return DataSides{stored_side(ports, a.root, a.id, a.path),
                   stored_side(ports, b.root, b.id, b.path), b.path, diff.files};
}

std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::SnapshotDiff& diff,
                                  const tracking::Content& a, const WorkingTree& now)
{
  const auto id = model::Digest::parse(diff.b);
  const auto b = id ? side_now(ports, now, *id, a.path) : std::nullopt;
  return diff.same || !a.stored || !b
             ? std::nullopt
             : std::optional(
                   DataSides{stored_side(ports, a.root, a.id, a.path), *b, a.path, diff.files});
}

bool may_hold_tables(const tracking::Ports& ports, const model::DataDiff& data)
{
  if (!data.a) {
    return false;
  }
  const auto found = ports::find_snapshot(ports.data.snapshots, *data.a);
  return !found || may_hold_tables(ports, {found->root, *data.a, data.path,
                                           found->stored != model::Stored::identity_only});
}

bool may_hold_tables(const tracking::Ports& ports, const tracking::Content& content)
{
  const std::string name = plan::base_name(content.path);
  if (content.root.type == model::EntryType::file) {
    return table_format(name).has_value();
  }
  return !content.stored || !find_tables(ports, content.root, name).empty();
}

}  // namespace mlrepro::analysis
