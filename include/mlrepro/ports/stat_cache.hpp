// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::ports {

struct CachedFile {
  FileStat stat;
  model::Digest digest;
  bool stored = true;  // the content is in the object store, not only its identity
};

// By path below the root that the cache was loaded for.
using CachedFiles = std::unordered_map<std::string, CachedFile>;

// Remembers which content a file had when it was last read. Only a cache: losing it costs time.
class StatCache {
 public:
  StatCache() = default;
  StatCache(const StatCache&) = delete;
  StatCache& operator=(const StatCache&) = delete;
  virtual ~StatCache() = default;

  // What is known of the files below the absolute path `root` (of the file itself, as "").
  [[nodiscard]] virtual CachedFiles load(const std::string& root) const = 0;
  // Replaces all that was known below `root`.
  virtual void save(const std::string& root, const CachedFiles& files) = 0;
};

}  // namespace mlrepro::ports
