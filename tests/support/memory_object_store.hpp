// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/object_store.hpp"

namespace mlrepro::testing {

// What several fakes did, in one order: "objects.hold", "objects.commit", "runs.insert" and so on.
using Journal = std::vector<std::string>;

// Objects in memory. An object takes the bytes of its content and nothing more.
class MemoryObjectStore final : public ports::ObjectStore {
 public:
  explicit MemoryObjectStore(Journal* journal = nullptr) : journal_(journal) {}

  // Flips a bit in the stored content; it keeps its name.
  void damage(const model::Digest& digest);
  [[nodiscard]] std::size_t size() const { return objects_.size(); }
  // What each object was last said to be the next version of.
  [[nodiscard]] std::optional<model::Digest> previous(const model::Digest& digest) const
  {
    const auto found = previous_.find(digest);
    return found == previous_.end() ? std::nullopt : found->second;
  }

  [[nodiscard]] std::optional<std::uint64_t> find(const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::ByteSource> open(ports::ObjectKind kind,
                                                        const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::StoreHold> hold() override;
  std::unique_ptr<ports::ObjectBatch> begin() override;
  [[nodiscard]] std::uint64_t place(const model::Digest& digest) const override;
  void for_each(
      const std::function<void(const model::Digest&, std::uint64_t)>& visit) const override;
  void remove(const model::Digest& digest) override { objects_.erase(digest); }

 private:
  friend class MemoryBatch;
  friend class MemoryHold;
  void note(const char* what) const
  {
    if (journal_ != nullptr) {
      journal_->emplace_back(what);
    }
  }
  struct Object {
    ports::ObjectKind kind = ports::ObjectKind::blob;
    std::string content;
  };
  std::map<model::Digest, Object> objects_;
  std::map<model::Digest, std::optional<model::Digest>> previous_;
  int holds_ = 0;
  Journal* journal_;
};

// Fails the Nth call of one kind from now on, counted from 1, with the given error; 0: never.
struct Fault {
  std::uint64_t nth = 0;
  model::ErrorKind kind = model::ErrorKind::io;

  void count(const std::string& what);
};

// Passes everything on to another store until a fault strikes.
class FaultyObjectStore final : public ports::ObjectStore {
 public:
  explicit FaultyObjectStore(ports::ObjectStore& inner) : inner_(inner) {}

  mutable Fault on_find;
  mutable Fault on_open;
  Fault on_begin;
  Fault on_put;
  Fault on_commit;

  [[nodiscard]] std::optional<std::uint64_t> find(const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::ByteSource> open(ports::ObjectKind kind,
                                                        const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::StoreHold> hold() override { return inner_.hold(); }
  std::unique_ptr<ports::ObjectBatch> begin() override;
  [[nodiscard]] std::uint64_t place(const model::Digest& digest) const override
  {
    return inner_.place(digest);
  }
  void for_each(
      const std::function<void(const model::Digest&, std::uint64_t)>& visit) const override
  {
    inner_.for_each(visit);
  }
  void remove(const model::Digest& digest) override { inner_.remove(digest); }

 private:
  ports::ObjectStore& inner_;
};

}  // namespace mlrepro::testing
