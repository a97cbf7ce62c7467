// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_artifact_index.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/event_writer.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

using ports::ArtifactOwner;

bool is_run(const ArtifactOwner& owner)
{
  return owner.kind == ArtifactOwner::Kind::run;
}

struct OwnerRow {
  std::int64_t number = 0;
  bool ended = false;
  std::int64_t experiment = 0;
};

std::optional<OwnerRow> find_owner(const Database& database, const ArtifactOwner& owner)
{
  Statement row(database,
                is_run(owner)
                    ? "SELECT number, status <> 'running', experiment FROM runs WHERE id = ?"
                    : "SELECT number, 0, experiment FROM logged_models WHERE id = ?"
                      " AND deleted_at IS NULL");
  if (!row.bind(owner.id).step()) {
    return std::nullopt;
  }
  return OwnerRow{row.integer(0), row.boolean(1), row.integer(2)};
}

OwnerRow require_owner(const Database& database, const ArtifactOwner& owner)
{
  const auto row = find_owner(database, owner);
  if (!row) {
    throw model::Error(model::ErrorKind::not_found, (is_run(owner) ? "run '" : "logged model '") +
                                                        owner.id + "': there is none");
  }
  return *row;
}

std::string with_table(const ArtifactOwner& owner, const std::string& before,
                       const std::string& after)
{
  return before +
         (is_run(owner) ? " artifacts WHERE run = ?1 " : " model_artifacts WHERE model = ?1 ") +
         after;
}

// Every path below a folder lies between these two: '0' follows '/'.
std::string first_below(const std::string& folder)
{
  return folder.empty() ? "" : folder + "/";
}
std::string end_below(const std::string& folder)
{
  return folder.empty() ? "\xff" : folder + "0";
}

void refuse_clash(const Database& database, const ArtifactOwner& owner, std::int64_t number,
                  const std::string& path)
{
  Statement below(database,
                  with_table(owner, "SELECT 1 FROM", "AND path > ?2 AND path < ?3 LIMIT 1"));
  if (below.bind(number, first_below(path), end_below(path)).step()) {
    throw model::Error(model::ErrorKind::conflict, "artifact '" + path + "': there is a folder");
  }
  Statement above(database, with_table(owner, "SELECT 1 FROM", "AND path = ?2"));
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (above.bind(number, folder).step()) {
      throw model::Error(model::ErrorKind::conflict,
                         "artifact '" + path + "': '" + folder + "' is a file");
    }
    above.reset();
  }
}

}  // namespace

std::optional<std::int64_t> SqliteArtifactIndex::experiment_of(const ArtifactOwner& owner) const
{
  return pool_.read([&](Database& database) {
    const auto row = find_owner(database, owner);
    return row ? std::optional(row->experiment) : std::nullopt;
  });
}

std::optional<model::Artifact> SqliteArtifactIndex::find(const ArtifactOwner& owner,
                                                         const std::string& path) const
{
  return pool_.read([&](Database& database) -> std::optional<model::Artifact> {
    const auto row = find_owner(database, owner);
    if (!row) {
      return std::nullopt;
    }
    Statement found(database, with_table(owner, "SELECT digest, bytes FROM", "AND path = ?2"));
    if (!found.bind(row->number, path).step()) {
      return std::nullopt;
    }
    return model::Artifact{path, found.digest(0), found.unsigned_integer(1)};
  });
}

std::vector<ports::ArtifactEntry> SqliteArtifactIndex::list(const ArtifactOwner& owner,
                                                            const std::string& folder) const
{
  return pool_.read([&](Database& database) {
    std::vector<ports::ArtifactEntry> entries;
    const auto row = find_owner(database, owner);
    if (!row) {
      return entries;
    }
    const std::string prefix = first_below(folder);
    Statement below(database, with_table(owner, "SELECT path, bytes FROM",
                                         "AND path > ?2 AND path < ?3 ORDER BY path"));
    below.bind(row->number, prefix, end_below(folder));
    while (below.step()) {
      const std::string path = below.text(0);
      const std::size_t slash = path.find('/', prefix.size());
      const std::string name = path.substr(0, slash);
      const bool is_folder = slash != std::string::npos;
      if (!is_folder || entries.empty() || entries.back().path != name) {
        entries.push_back({name, is_folder, is_folder ? 0 : below.unsigned_integer(1)});
      }
    }
    return entries;
  });
}

void SqliteArtifactIndex::put(const ArtifactOwner& owner, const model::Artifact& artifact,
                              model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const OwnerRow row = require_owner(database, owner);
    refuse_clash(database, owner, row.number, artifact.path);
    if (is_run(owner)) {
      EventWriter writer(database, row.number,
                         row.ended ? EventWriter::When::ended : EventWriter::When::running, now);
      writer.apply({model::ArtifactLogged{artifact}});
      return;
    }
    Statement(database,
              "INSERT INTO model_artifacts (model, path, digest, bytes) VALUES (?, ?, ?, ?)"
              " ON CONFLICT (model, path) DO UPDATE"
              " SET digest = excluded.digest, bytes = excluded.bytes")
        .bind(row.number, artifact.path, artifact.digest, artifact.bytes)
        .run();
  });
}

void SqliteArtifactIndex::remove(const ArtifactOwner& owner, const std::string& path)
{
  pool_.write([&](Database& database) {
    const OwnerRow row = require_owner(database, owner);
    Statement(database,
              with_table(owner, "DELETE FROM", "AND (path = ?2 OR (path > ?3 AND path < ?4))"))
        .bind(row.number, path, first_below(path), end_below(path))
        .run();
  });
}

}  // namespace mlrepro::sqlite
