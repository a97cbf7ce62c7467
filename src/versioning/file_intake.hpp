// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/versioning/ingest.hpp"

namespace mlrepro::versioning {

// Takes content in for one ingest, from any number of threads: through the stat cache where a file
// is unchanged, else by reading it once.
class FileIntake {
 public:
  // What taking one file or link came to: an entry without a name, or what was wrong with the file.
  // Errors of the store are thrown.
  struct Taken {
    model::TreeEntry entry;
    ports::FileStat stat;
    bool certain = false;  // a later change will show in the stat
    std::optional<model::Error> trouble;
  };
  using Open = std::function<std::unique_ptr<ports::OpenFile>()>;

  FileIntake(const Ports& ports, const std::string& cache_root, model::Stored stored,
             const IngestExtras& extras);

  Taken take_file(const Open& open, const std::string& path,
                  const std::optional<model::Digest>& previous);
  Taken take_symlink(const std::function<std::string()>& read, const ports::FileStat& stat);
  // Stores or names the encoded node of a folder.
  model::Digest take_node(const std::string& bytes);

  // What a file with this stat holds, as far as the cache knows it and the store still has it.
  [[nodiscard]] bool knows(const ports::CachedEntry& cached, const ports::FileStat& stat,
                           std::uint64_t& stored_bytes) const;
  [[nodiscard]] bool has_node(const model::Digest& digest, std::uint64_t& stored_bytes) const;
  void count_stored(std::uint64_t bytes) { stored_bytes_ += bytes; }

  [[nodiscard]] ports::StatCachePass& cache() { return *cache_; }
  [[nodiscard]] bool stores_content() const { return batch_ != nullptr; }

  // Makes everything taken durable, then remembers it in the cache.
  void commit(Ingested& result);

 private:
  [[nodiscard]] bool is_certain(const ports::FileStat& stat) const;
  void count(const ports::StoredObject& object);

  const Ports& ports_;
  std::unique_ptr<ports::StatCachePass> cache_;
  std::unique_ptr<ports::ObjectBatch> batch_;
  std::int64_t started_ns_;
  std::atomic<std::uint64_t> stored_bytes_{0};
  std::atomic<std::uint64_t> new_bytes_{0};
  std::unordered_map<model::Digest, std::string>* nodes_;
  std::mutex nodes_mutex_;
};

}  // namespace mlrepro::versioning
