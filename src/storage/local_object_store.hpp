// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "mlrepro/ports/object_store.hpp"
#include "storage/linked_files.hpp"
#include "storage/pack_set.hpp"
#include "storage/previous_version.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Objects in packs: objects/packs/<id>.pack (docs/format.md). A small object is one record, a big
// file a recipe and its pieces.
class LocalObjectStore final : public ports::ObjectStore {
 public:
  // Makes nothing; folders appear with the first object.
  LocalObjectStore(std::string objects, std::string temporary);

  [[nodiscard]] std::optional<std::uint64_t> find(const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::ByteSource> open(ports::ObjectKind kind,
                                                        const model::Digest& digest) const override;
  [[nodiscard]] std::optional<std::string> linkable(const model::Digest& digest, bool executable,
                                                    ports::Linkable how) const override;
  [[nodiscard]] std::unique_ptr<ports::StoreHold> hold() override;
  std::unique_ptr<ports::ObjectBatch> begin() override;
  [[nodiscard]] std::uint64_t place(const model::Digest& digest) const override;
  void for_each(
      const std::function<void(const model::Digest&, std::uint64_t)>& visit) const override;
  // Rewrites the packs that have it: for single objects. Throws Error{locked} while there are
  // holds.
  void remove(const model::Digest& digest) override;

  // When which content was destroyed.
  void set_forgotten(std::map<model::Digest, model::Timestamp> forgotten)
  {
    forgotten_ = std::move(forgotten);
  }
  [[nodiscard]] std::optional<model::Timestamp> forgotten(
      const model::Digest& digest) const override;

  // Removes what writers that were killed left in the temporary folder.
  void sweep_temporaries();

 private:
  // Of an object that lacks a piece or a base nothing is left that could be used.
  enum class Presence { absent, damaged, whole };
  struct Stored {
    Presence presence = Presence::absent;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Stored look_up(const PackList& list, const model::Digest& digest) const;
  [[nodiscard]] std::optional<std::uint64_t> stored_bytes(const PackList& list,
                                                          const model::Digest& digest) const;

  std::map<model::Digest, model::Timestamp> forgotten_;
  std::string objects_;
  std::string temporary_;
  LinkedFiles linked_;
  mutable PackSet packs_;
  RecordReader reader_;
  // Locks of this process under which nothing that is there can go. Outlives the store.
  std::shared_ptr<std::atomic<int>> holds_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace mlrepro::storage
