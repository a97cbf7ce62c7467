// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

// Takes in one file, link or folder node after the other for one ingest: through the stat cache
// where a file is unchanged, else by reading it once.
class FileIntake {
 public:
  FileIntake(const Ports& ports, std::string cache_root, model::Stored stored);

  // `path` is where the file is, `key` its name in the cache.
  model::TreeEntry take_file(const std::string& path, const std::string& key,
                             const ports::FileStat& stat);
  model::TreeEntry take_symlink(const std::string& path);
  // Sizes and counts are summed from the entries.
  model::TreeEntry take_folder(const model::TreeNode& node);

  // Makes everything taken durable, then remembers it in the cache.
  void commit();

  [[nodiscard]] std::uint64_t stored_bytes() const { return stored_bytes_; }
  [[nodiscard]] std::uint64_t new_bytes() const { return new_bytes_; }

 private:
  struct Content {
    model::Digest digest;
    std::uint64_t size = 0;
    ports::FileStat stat;
  };
  [[nodiscard]] const ports::CachedFile* find_cached(const std::string& key,
                                                     const ports::FileStat& stat) const;
  Content read_stable(const std::string& path);
  void remember(const std::string& key, const Content& content);
  void count(const ports::StoredObject& object);

  const Ports& ports_;
  std::string cache_root_;
  model::Stored stored_;
  ports::CachedFiles known_;
  ports::CachedFiles seen_;
  std::unique_ptr<ports::ObjectBatch> batch_;
  std::int64_t started_ns_;
  std::uint64_t stored_bytes_ = 0;
  std::uint64_t new_bytes_ = 0;
  bool cache_changed_ = false;
};

}  // namespace mlrepro::versioning
