// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/timestamp.hpp"
#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

// Blobs are content (files, link targets, logs) and hash as `sha256sum` does. Trees are folder
// nodes; their digest covers a prefix of their own, so that no file can pass for a tree.
enum class ObjectKind { blob, tree };

struct StoredObject {
  model::Digest digest;
  std::uint64_t bytes = 0;  // of content
  // In the store; for a small object an estimate, since it shares a block with others that are
  // still to come.
  std::uint64_t stored_bytes = 0;
  std::uint64_t new_bytes = 0;  // of these, what this put added: the rest was there before
  bool is_new = false;          // false: was there before this put
};

// Objects that become durable together. Nothing put is visible to readers before `commit`;
// destroying an uncommitted batch discards it.
class ObjectBatch {
 public:
  ObjectBatch() = default;
  ObjectBatch(const ObjectBatch&) = delete;
  ObjectBatch& operator=(const ObjectBatch&) = delete;
  virtual ~ObjectBatch() = default;

  // Reads `source` to its end. `previous` names what the same path held before: content that is
  // alike is stored as what changed. Throws Error{io}, also for a full disk. Any number of threads
  // may put at once.
  virtual StoredObject put(ObjectKind kind, ByteSource& source,
                           const std::optional<model::Digest>& previous) = 0;
  StoredObject put(ObjectKind kind, ByteSource& source) { return put(kind, source, std::nullopt); }
  // When this returns, every object put is on disk under its name, fsynced with its folder. No put
  // may be under way.
  virtual void commit() = 0;
  // What commits of this batch added to the store on disk, all told.
  [[nodiscard]] virtual std::uint64_t written_bytes() const = 0;
};

// A file of the store's own that targets may share.
enum class Linkable {
  if_there,
  made,       // where it is not there yet
  made_anew,  // instead of the one that is there
};

// While one is alive, no process removes an object of the store. Held from the first put, or the
// first object found that need not be put, until the record that names the objects is written.
class StoreHold {
 public:
  StoreHold() = default;
  StoreHold(const StoreHold&) = delete;
  StoreHold& operator=(const StoreHold&) = delete;
  virtual ~StoreHold() = default;
};

// Any number of threads may read at once.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  // What the object takes in the store, in bytes; absent when it is not there.
  [[nodiscard]] virtual std::optional<std::uint64_t> find(const model::Digest& digest) const = 0;
  // The content. The source throws Error{corrupt} at the latest at its end when what it handed out
  // does not hash to `digest`. Throws Error{not_found} when there is no such object.
  [[nodiscard]] virtual std::unique_ptr<ByteSource> open(ObjectKind kind,
                                                         const model::Digest& digest) const = 0;
  // When the content was destroyed on purpose, where it was and is not here again.
  [[nodiscard]] virtual std::optional<model::Timestamp> forgotten(const model::Digest& digest) const
  {
    (void)digest;
    return std::nullopt;
  }
  // The path of a read-only file with the content of a blob, just checked against its digest, for a
  // restoration to link to. It may be removed at any moment. Absent where there is none.
  [[nodiscard]] virtual std::optional<std::string> linkable(const model::Digest& digest,
                                                            bool executable, Linkable how) const
  {
    (void)digest, (void)executable, (void)how;
    return std::nullopt;
  }
  // Waits while objects are being removed. A store that can't be written gives an empty hold.
  [[nodiscard]] virtual std::unique_ptr<StoreHold> hold() = 0;
  virtual std::unique_ptr<ObjectBatch> begin() = 0;
  // Objects read in the order of their places are read fastest; absent objects come last.
  [[nodiscard]] virtual std::uint64_t place(const model::Digest& digest) const = 0;
  // Every stored object, in no order. Names that are no digest are passed to nobody.
  virtual void for_each(
      const std::function<void(const model::Digest&, std::uint64_t stored_bytes)>& visit) const = 0;
  // Removing what is not there is no error.
  virtual void remove(const model::Digest& digest) = 0;
};

// The whole content of a small object, verified.
std::string load_object(const ObjectStore& objects, ObjectKind kind, const model::Digest& digest);
// The same of an object that the database names: that it is not there is Error{corrupt}, unless it
// was forgotten.
std::unique_ptr<ByteSource> open_recorded(const ObjectStore& objects, ObjectKind kind,
                                          const model::Digest& digest);
std::string load_recorded(const ObjectStore& objects, ObjectKind kind, const model::Digest& digest);
StoredObject put_bytes(ObjectBatch& batch, ObjectKind kind, std::string_view bytes);

}  // namespace mlrepro::ports
