// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/key_filter.hpp"
#include "storage/pack.hpp"

namespace mlrepro::storage {

struct RecordLocation {
  std::shared_ptr<const Pack> pack;
  RecordEntry record;
};

// The packs that a store had at one moment, newest first.
class PackList {
 public:
  explicit PackList(std::vector<std::shared_ptr<const Pack>> packs);

  [[nodiscard]] const std::vector<std::shared_ptr<const Pack>>& packs() const { return packs_; }
  [[nodiscard]] std::optional<RecordLocation> find(const model::Digest& key, Kinds kinds) const;
  [[nodiscard]] std::vector<RecordLocation> find_all(const model::Digest& key, Kinds kinds) const;
  // A copy of which every base is there as well. A removal that was cut short may have left others:
  // nobody needs them, and nobody may begin to.
  [[nodiscard]] std::optional<RecordLocation> find_whole(const model::Digest& key,
                                                         Kinds kinds) const;
  [[nodiscard]] bool is_whole(const RecordLocation& location) const;
  // How many packs are newer than this one.
  [[nodiscard]] std::size_t rank(const Pack& pack) const;

 private:
  [[nodiscard]] bool is_surely_absent(const model::Digest& key) const;
  [[nodiscard]] bool has_bases(const RecordLocation& location, int depth) const;
  void fill_filter() const;

  std::vector<std::shared_ptr<const Pack>> packs_;
  mutable std::atomic<unsigned> lookups_{0};
  mutable std::mutex filling_;
  mutable std::unique_ptr<KeyFilter> filter_;
  mutable std::atomic<const KeyFilter*> ready_{nullptr};
};

// The folder of packs is the catalogue: what lies there under its name is published. Any number of
// threads; other processes add packs, merge and remove them meanwhile.
class PackSet {
 public:
  // `others` are always there besides, elsewhere.
  explicit PackSet(std::string folder, std::vector<std::shared_ptr<const Pack>> others = {});

  // As last seen.
  [[nodiscard]] std::shared_ptr<const PackList> list() const;
  // As it is now; cheap when nothing changed.
  std::shared_ptr<const PackList> refresh();
  // As `refresh`, whatever the folder's time stamp says.
  std::shared_ptr<const PackList> rescan();

  // A block that could not be read as it was written. Readers try other copies first, and writers
  // do not rely on it.
  void mark_damaged(const Pack& pack, std::uint32_t block);
  [[nodiscard]] bool is_damaged(const RecordLocation& location) const;
  // The newest sound copy that is whole.
  [[nodiscard]] std::optional<RecordLocation> find_sound(const model::Digest& key,
                                                         Kinds kinds) const;

  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  struct Stamp {
    std::int64_t modified_ns = -1;
    bool settled = false;  // nothing can change any more without changing the stamp
  };
  [[nodiscard]] Stamp stamp() const;
  std::shared_ptr<const PackList> scan();

  std::string folder_;
  mutable std::mutex mutex_;
  std::shared_ptr<const PackList> list_;
  Stamp seen_;
  std::mutex scanning_;
  mutable std::mutex damage_mutex_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> damaged_;
  std::atomic<bool> any_damaged_{false};
  std::vector<std::shared_ptr<const Pack>> others_;
};

}  // namespace mlrepro::storage
