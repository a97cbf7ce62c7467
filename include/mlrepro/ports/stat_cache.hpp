// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::ports {

// One name of a folder and the content that it had when it was last looked at. Of a folder, only
// the type and the digest count.
struct CachedEntry {
  std::string name;
  FileStat stat;
  model::Digest digest;
  // False: it may have changed since then without its stamps showing it, so that the digest only
  // says what the previous version was.
  bool certain = true;
};

// Of a folder as a whole.
struct CachedTotals {
  model::Digest digest;
  std::uint64_t size = 0;
  std::uint64_t files = 0;
  std::uint64_t entries = 0;
};

// What is known of one folder. For one thread.
class CachedFolder {
 public:
  CachedFolder() = default;
  CachedFolder(const CachedFolder&) = delete;
  CachedFolder& operator=(const CachedFolder&) = delete;
  virtual ~CachedFolder() = default;

  [[nodiscard]] virtual const CachedTotals& totals() const = 0;
  // Names must be asked for in ascending order; what is returned lasts until the next call. Null:
  // nothing is known of that name.
  virtual const CachedEntry* find(std::string_view name) = 0;
};

// Writes down one folder, its entries in ascending order of their names. For one thread.
class FolderRecorder {
 public:
  FolderRecorder() = default;
  FolderRecorder(const FolderRecorder&) = delete;
  FolderRecorder& operator=(const FolderRecorder&) = delete;
  virtual ~FolderRecorder() = default;

  virtual void add(const CachedEntry& entry) = 0;
  virtual void finish(const CachedTotals& totals) = 0;
};

// One pass over a tree. Paths are relative to its root, "" is the root (also where it is a file:
// its own entry is then called ""). Any number of threads may call at once.
class StatCachePass {
 public:
  StatCachePass() = default;
  StatCachePass(const StatCachePass&) = delete;
  StatCachePass& operator=(const StatCachePass&) = delete;
  virtual ~StatCachePass() = default;

  // The file system's own clock, in the unit of FileStat, when this was first asked for.
  virtual std::int64_t started_ns() = 0;
  // Null: nothing is known of that folder.
  [[nodiscard]] virtual std::unique_ptr<CachedFolder> find(const std::string& path) const = 0;
  // What is known of this folder stays as it is.
  virtual void keep(const std::string& path) = 0;
  virtual std::unique_ptr<FolderRecorder> add(const std::string& path) = 0;
  // From now on, exactly what was kept and added is known. Throws Error{io}.
  virtual void commit() = 0;
};

// Remembers which content files had when they were last read. Only a cache: losing it costs time,
// and what is doubtful in it counts as lost.
class StatCache {
 public:
  StatCache() = default;
  StatCache(const StatCache&) = delete;
  StatCache& operator=(const StatCache&) = delete;
  virtual ~StatCache() = default;

  // `root` names a tree: its absolute path, or that with a mark. Never throws Error.
  virtual std::unique_ptr<StatCachePass> begin(const std::string& root) = 0;
};

}  // namespace mlrepro::ports
