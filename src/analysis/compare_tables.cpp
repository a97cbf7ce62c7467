// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <map>

#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::analysis {
namespace {

struct TablePair {
  TableFile a;
  std::optional<TableFile> b;  // absent: b does not have it
  std::string path;            // recorded
};

std::string joined(const std::string& folder, const std::string& path)
{
  return path.empty() ? folder : folder.ends_with('/') ? folder + path : folder + "/" + path;
}

// The tables of a whose bytes b does not have at the same path.
std::vector<TablePair> changed_tables(const tracking::Ports& ports, const DataSides& sides)
{
  std::map<std::string, TableFile> after;
  for (TableFile& table : find_tables(ports, sides.b.root, sides.b.name)) {
    after.emplace(table.path, std::move(table));
  }
  std::vector<TablePair> pairs;
  for (const TableFile& table : find_tables(ports, sides.a.root, sides.a.name)) {
    const auto found = after.find(table.path);
    if (found == after.end()) {
      pairs.push_back({table, std::nullopt, joined(sides.path, table.path)});
    } else if (found->second.digest != table.digest) {
      pairs.push_back({table, found->second, joined(sides.path, table.path)});
    }
  }
  return pairs;
}

model::TableDrift compare_pair(Profiler& profiler, const DataSides& sides, const TablePair& pair,
                               const std::vector<model::DriftRule>& rules)
{
  const LoadedTable a = profiler.load(sides.a.root, pair.a, "mlrepro_a");
  const LoadedTable b = profiler.load(sides.b.root, *pair.b, "mlrepro_b");
  const auto profile_a = profiler.profile_loaded(pair.a, sides.a.snapshot, a);
  const auto profile_b = profiler.profile_loaded(*pair.b, sides.b.snapshot, b);
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
  for (const TablePair& pair : changed_tables(profiler.tracking(), sides)) {
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

std::vector<model::TableDrift> compare_known_tables(const tracking::Ports& ports,
                                                    const ports::ProfileCache& cache,
                                                    const DataSides& sides,
                                                    const std::vector<model::DriftRule>& rules,
                                                    const ProfileOptions& options)
{
  std::vector<model::TableDrift> tables;
  if (cache.empty()) {
    return tables;
  }
  for (const TablePair& pair : changed_tables(ports, sides)) {
    const auto a = find_profile(cache, pair.a, options);
    const auto b = pair.b ? find_profile(cache, *pair.b, options) : std::nullopt;
    if (a && b) {
      tables.push_back(compare_profiles(*a, *b, pair.path, rules));
    }
  }
  return tables;
}

std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::DataDiff& data)
{
  if (!data.a || !data.b || data.same) {
    return std::nullopt;
  }
  const auto side = [&](const model::Digest& id) -> std::optional<DataSide> {
    const auto found = ports.data.snapshots.list({id.hex(), "", 1});
    return found.empty() || found.front().stored == model::Stored::identity_only
               ? std::nullopt
               : std::optional(DataSide{found.front().root, id, plan::base_name(data.path)});
  };
  const auto a = side(*data.a);
  const auto b = side(*data.b);
  return a && b ? std::optional(DataSides{*a, *b, data.path}) : std::nullopt;
}

}  // namespace mlrepro::analysis
