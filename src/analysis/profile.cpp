// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/profile.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mlrepro/format/profile_document.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::analysis {
namespace {

// Raised when the same table would get another profile.
constexpr const char* k_version = "2";

const char* name_of(TableFormat format)
{
  switch (format) {
    case TableFormat::csv:
      return "csv";
    case TableFormat::tsv:
      return "tsv";
    case TableFormat::json_lines:
      return "jsonl";
    case TableFormat::parquet:
      return "parquet";
  }
  return "unknown";
}

std::string key_of(const TableFile& table, const ProfileOptions& options)
{
  return std::string(k_version) + " " + name_of(table.format) + " " +
         std::to_string(options.exact_cells);
}

model::TableProfile of_file(model::TableProfile profile, const TableFile& table,
                            ports::TableEngine& engine)
{
  profile.path = table.path;
  profile.digest = table.digest;
  profile.format = name_of(table.format);
  profile.engine = engine.version();
  profile.bytes = table.bytes;
  return profile;
}

// A column takes memory for a few thousand rows, however few there are.
constexpr std::size_t k_columns_loaded = 1000;

// The columns from `begin` on, as many as are loaded at once. The rows looked at are those that the
// whole table would have.
CountedRelation part_of(const CountedRelation& relation,
                        const std::vector<ports::TableColumn>& columns, std::size_t begin,
                        ProfileOptions& options)
{
  if (columns.size() <= k_columns_loaded) {
    return relation;
  }
  const std::size_t end = std::min(begin + k_columns_loaded, columns.size());
  std::string names;
  for (std::size_t i = begin; i < end; ++i) {
    names += (i == begin ? "" : ", ") + ports::quoted_name(columns[i].name);
  }
  options.exact_cells = options.exact_cells / columns.size() * (end - begin);
  return {"(SELECT " + names + " FROM " + relation.from + ")", relation.rows};
}

model::TableProfile profile_relation(ports::TableSession& session, const CountedRelation& relation,
                                     const ProfileOptions& options)
{
  const auto columns = session.query("SELECT * FROM " + relation.from + " LIMIT 0")->columns();
  model::TableProfile whole;
  std::size_t begin = 0;
  do {
    ProfileOptions share = options;
    const CountedRelation part = part_of(relation, columns, begin, share);
    const LoadedTable loaded = load_table(session, part, "mlrepro_profiled", share);
    model::TableProfile profile = profile_table(session, loaded);
    session.execute("DROP TABLE " + loaded.name);
    if (begin == 0) {
      whole = std::move(profile);
    } else {
      std::move(profile.columns.begin(), profile.columns.end(), std::back_inserter(whole.columns));
    }
    begin += k_columns_loaded;
  } while (begin < columns.size());
  return whole;
}

// Without an engine, no other table fares better; one that is too large for memory is only that.
bool is_of_one_table(const model::Error& error)
{
  return error.kind() == model::ErrorKind::usage ||
         error.message().find("the table does not fit") != std::string::npos;
}

}  // namespace

bool has_profile(const ports::ProfileCache& cache, const TableFile& table,
                 const ProfileOptions& options)
{
  return cache.find(table.digest, key_of(table, options)).has_value();
}

std::optional<model::TableProfile> find_profile(const ports::ProfileCache& cache,
                                                const TableFile& table,
                                                const ProfileOptions& options)
{
  const auto document = cache.find(table.digest, key_of(table, options));
  auto profile = document ? format::decode_profile(*document) : std::nullopt;
  if (profile) {
    profile->path = table.path;
  }
  return profile;
}

Profiler::Profiler(AnalysisPorts ports, const ports::TableLimits& limits,
                   ports::ProfileCache& cache, const ProfileOptions& options)
    : ports_(std::move(ports)), limits_(limits), cache_(cache), options_(options)
{
  ports_.profiles = &cache;
  options_.threads = limits.threads;
}

TableWorkspace& Profiler::workspace()
{
  if (!workspace_) {
    workspace_.emplace(ports_, limits_);
    workspace_->session().execute("SET threads = 1");
  }
  return *workspace_;
}

LoadedTable Profiler::load(const StoredTable& table, const std::string& name)
{
  TableWorkspace& place = workspace();
  const CountedRelation relation = place.counted_relation(table, CellTypes::found);
  return load_table(place.session(), relation, name, options_,
                    !has_profile(cache_, table.table, options_));
}

LoadedTable Profiler::load_files(const TableFiles& files, const TableFile& table,
                                 const std::string& name)
{
  TableWorkspace& place = workspace();
  return load_table(place.session(), place.relation_of_files(files, table, CellTypes::found), name,
                    options_);
}

model::TableProfile Profiler::profile_unkept(const TableFile& table, const LoadedTable& loaded)
{
  return of_file(profile_table(session(), loaded), table, ports_.engine);
}

model::TableProfile Profiler::profile_loaded(const TableFile& table, const model::Digest& snapshot,
                                             const LoadedTable& loaded)
{
  if (auto known = find_profile(cache_, table, options_)) {
    return *known;
  }
  model::TableProfile profile = profile_unkept(table, loaded);
  cache_.keep({table.digest, key_of(table, options_), snapshot, format::encode_profile(profile)});
  return profile;
}

model::TableProfile Profiler::profile(const model::TreeEntry& root, const model::Digest& snapshot,
                                      const TableFile& table)
{
  if (auto known = find_profile(cache_, table, options_)) {
    return *known;
  }
  const CountedRelation relation =
      workspace().counted_relation({root, table, snapshot}, CellTypes::found);
  model::TableProfile profile =
      of_file(profile_relation(session(), relation, options_), table, ports_.engine);
  cache_.keep({table.digest, key_of(table, options_), snapshot, format::encode_profile(profile)});
  return profile;
}

std::vector<ProfileResult> Profiler::profile_all(const model::TreeEntry& root,
                                                 const model::Digest& snapshot,
                                                 const std::string& name)
{
  std::vector<ProfileResult> results;
  for (const TableFile& table : find_tables(ports_.tracking, root, name)) {
    ProfileResult& result = results.emplace_back();
    result.path = table.path;
    try {
      result.profile = profile(root, snapshot, table);
    } catch (const model::Error& error) {
      if (!is_of_one_table(error)) {
        throw;
      }
      result.problem = error.message();
    }
  }
  return results;
}

KnownProfiles find_profiles(const tracking::Ports& ports, const ports::ProfileCache& cache,
                            const model::TreeEntry& root, const std::string& name,
                            const ProfileOptions& options)
{
  KnownProfiles found;
  for (const TableFile& table : find_tables(ports, root, name)) {
    if (auto known = find_profile(cache, table, options)) {
      found.tables.push_back(std::move(*known));
    } else {
      ++found.unknown;
    }
  }
  return found;
}

std::vector<model::TableProfile> known_profiles(const tracking::Ports& ports,
                                                const ports::ProfileCache& cache,
                                                const model::TreeEntry& root,
                                                const std::string& name,
                                                const ProfileOptions& options)
{
  if (cache.empty()) {
    return {};
  }
  KnownProfiles found = find_profiles(ports, cache, root, name, options);
  return found.unknown == 0 ? std::move(found.tables) : std::vector<model::TableProfile>();
}

}  // namespace mlrepro::analysis
