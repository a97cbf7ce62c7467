// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_stat_cache.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

bool same(const ports::CachedFile& a, const ports::CachedFile& b)
{
  return a.stat == b.stat && a.digest == b.digest && a.stored == b.stored;
}

ports::CachedFile read_file(const Statement& row)
{
  const std::int64_t type = row.integer(1);
  if (type < 0 || type > static_cast<std::int64_t>(ports::FileType::other)) {
    throw model::Error(model::ErrorKind::corrupt, "the store names an impossible type of file");
  }
  ports::CachedFile file;
  file.stat = {static_cast<ports::FileType>(type),
               row.boolean(2),
               row.unsigned_integer(3),
               row.integer(4),
               row.integer(5),
               row.unsigned_integer(6),
               row.unsigned_integer(7)};
  file.digest = row.digest(8);
  file.stored = row.boolean(9);
  return file;
}

std::int64_t write_root(const Database& database, const std::string& root)
{
  Statement(database, "INSERT INTO stat_roots (root) VALUES (?) ON CONFLICT DO NOTHING")
      .bind(root)
      .run();
  Statement number(database, "SELECT number FROM stat_roots WHERE root = ?");
  number.bind(root).step();
  return number.integer(0);
}

void write_changes(const Database& database, std::int64_t root, const ports::CachedFiles& before,
                   const ports::CachedFiles& after)
{
  Statement remove(database, "DELETE FROM stat_cache WHERE root = ? AND path = ?");
  for (const auto& [path, file] : before) {
    if (!after.contains(path)) {
      remove.bind(root, path).run();
    }
  }
  Statement replace(database,
                    "INSERT OR REPLACE INTO stat_cache (root, path, type, executable, size,"
                    " mtime_ns, ctime_ns, inode, device, digest, stored)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& [path, file] : after) {
    const auto known = before.find(path);
    if (known == before.end() || !same(known->second, file)) {
      const ports::FileStat& stat = file.stat;
      replace
          .bind(root, path, static_cast<int>(stat.type), stat.executable, stat.size, stat.mtime_ns,
                stat.ctime_ns, stat.inode, stat.device, file.digest, file.stored)
          .run();
    }
  }
}

}  // namespace

ports::CachedFiles SqliteStatCache::load(const std::string& root) const
{
  Statement rows(database_,
                 "SELECT path, type, executable, size, mtime_ns, ctime_ns, inode, device, digest,"
                 " stored FROM stat_cache"
                 " WHERE root = (SELECT number FROM stat_roots WHERE root = ?)");
  ports::CachedFiles files;
  for (rows.bind(root); rows.step();) {
    files.emplace(rows.text(0), read_file(rows));
  }
  return files;
}

void SqliteStatCache::save(const std::string& root, const ports::CachedFiles& files)
{
  Transaction transaction(database_);
  write_changes(database_, write_root(database_, root), load(root), files);
  transaction.commit();
}

}  // namespace mlrepro::sqlite
