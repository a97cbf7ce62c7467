// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/stat_cache.hpp"

namespace mlrepro::testing {

// Its clock stands still until it is moved. For one thread.
class MemoryStatCache final : public ports::StatCache {
 public:
  struct Folder {
    ports::CachedTotals totals;
    std::map<std::string, ports::CachedEntry, std::less<>> entries;
  };
  using Folders = std::map<std::string, Folder>;

  // Later than all that a MemoryFileTree holds, so that no stamp is racy.
  std::int64_t now_ns = 2'000'000'000'000'000'000;
  // The next commit throws it.
  std::optional<model::Error> next_failure;

  std::unique_ptr<ports::StatCachePass> begin(const std::string& root) override
  {
    return std::make_unique<Pass>(*this, root);
  }
  void forget() { roots_.clear(); }
  // What is known below one root.
  [[nodiscard]] Folders known(const std::string& root) const
  {
    const auto found = roots_.find(root);
    return found == roots_.end() ? Folders() : found->second;
  }

 private:
  class Known final : public ports::CachedFolder {
   public:
    explicit Known(Folder folder) : folder_(std::move(folder)) {}
    [[nodiscard]] const ports::CachedTotals& totals() const override { return folder_.totals; }
    const ports::CachedEntry* find(std::string_view name) override
    {
      const auto found = folder_.entries.find(name);
      return found == folder_.entries.end() ? nullptr : &found->second;
    }

   private:
    Folder folder_;
  };

  class Recorder final : public ports::FolderRecorder {
   public:
    Recorder(Folders& folders, std::string path) : folders_(folders), path_(std::move(path)) {}
    void add(const ports::CachedEntry& entry) override { folder_.entries[entry.name] = entry; }
    void finish(const ports::CachedTotals& totals) override
    {
      folder_.totals = totals;
      folders_[path_] = std::move(folder_);
    }

   private:
    Folders& folders_;
    std::string path_;
    Folder folder_;
  };

  class Pass final : public ports::StatCachePass {
   public:
    Pass(MemoryStatCache& cache, std::string root)
        : cache_(cache), root_(std::move(root)), old_(cache.known(root_))
    {
    }
    std::int64_t started_ns() override { return cache_.now_ns; }
    [[nodiscard]] std::unique_ptr<ports::CachedFolder> find(const std::string& path) const override
    {
      const auto found = old_.find(path);
      return found == old_.end() ? nullptr : std::make_unique<Known>(found->second);
    }
    void keep(const std::string& path) override { new_[path] = old_.at(path); }
    std::unique_ptr<ports::FolderRecorder> add(const std::string& path) override
    {
      return std::make_unique<Recorder>(new_, path);
    }
    void commit() override
    {
      if (const auto failure = std::exchange(cache_.next_failure, std::nullopt)) {
        throw model::Error(failure->kind(), failure->message(), failure->hint());
      }
      cache_.roots_[root_] = std::move(new_);
    }

   private:
    MemoryStatCache& cache_;
    std::string root_;
    Folders old_;
    Folders new_;
  };

  std::map<std::string, Folders> roots_;
};

}  // namespace mlrepro::testing
