// SPDX-License-Identifier: Apache-2.0
#include "support/memory_object_store.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <mutex>
#include <utility>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"

namespace mlrepro::testing {
namespace {

using model::Error;
using model::ErrorKind;

model::Digest digest_of(ports::ObjectKind kind, const std::string& content)
{
  crypto::Sha256 hash;
  if (kind == ports::ObjectKind::tree) {
    hash.update(format::k_tree_prefix);
  }
  hash.update(content);
  return hash.finish();
}

// Hands out all but the last piece at once, as a store does that hashes while it reads.
class CheckedSource final : public ports::ByteSource {
 public:
  CheckedSource(std::string content, bool sound, std::string name)
      : content_(std::move(content)), sound_(sound), name_(std::move(name))
  {
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::min(buffer.size(), content_.size() - position_);
    if (position_ + size == content_.size() && !sound_) {
      throw Error(ErrorKind::corrupt,
                  "object '" + name_ + "': its content does not match its name");
    }
    std::memcpy(buffer.data(), content_.data() + position_, size);
    position_ += size;
    return size;
  }

 private:
  std::string content_;
  bool sound_;
  std::string name_;
  std::size_t position_ = 0;
};

class FaultyBatch final : public ports::ObjectBatch {
 public:
  FaultyBatch(std::unique_ptr<ports::ObjectBatch> inner, Fault& on_put, Fault& on_commit)
      : inner_(std::move(inner)), on_put_(on_put), on_commit_(on_commit)
  {
  }

  ports::StoredObject put(ports::ObjectKind kind, ports::ByteSource& source,
                          const std::optional<model::Digest>& previous) override
  {
    on_put_.count("write object");
    return inner_->put(kind, source, previous);
  }
  void commit() override
  {
    on_commit_.count("sync objects");
    inner_->commit();
  }
  [[nodiscard]] std::uint64_t written_bytes() const override { return inner_->written_bytes(); }

 private:
  std::unique_ptr<ports::ObjectBatch> inner_;
  Fault& on_put_;
  Fault& on_commit_;
};

}  // namespace

class MemoryBatch final : public ports::ObjectBatch {
 public:
  explicit MemoryBatch(MemoryObjectStore& store) : store_(store) {}

  ports::StoredObject put(ports::ObjectKind kind, ports::ByteSource& source,
                          const std::optional<model::Digest>& previous) override
  {
    std::string content = ports::read_all(source);
    const std::lock_guard guard(mutex_);
    ports::StoredObject object;
    object.digest = digest_of(kind, content);
    object.bytes = content.size();
    object.stored_bytes = content.size();
    object.is_new = !store_.objects_.contains(object.digest) && !pending_.contains(object.digest);
    object.new_bytes = object.is_new ? object.stored_bytes : 0;
    pending_[object.digest] = {kind, std::move(content)};
    store_.previous_[object.digest] = previous;
    return object;
  }

  void commit() override
  {
    if (!pending_.empty()) {
      store_.note("objects.commit");
    }
    // A damaged object is healed by the same content put again.
    for (auto& [digest, object] : pending_) {
      written_bytes_ += object.content.size();
      store_.objects_[digest] = std::move(object);
    }
    pending_.clear();
  }
  [[nodiscard]] std::uint64_t written_bytes() const override { return written_bytes_; }

 private:
  MemoryObjectStore& store_;
  std::mutex mutex_;
  std::map<model::Digest, MemoryObjectStore::Object> pending_;
  std::uint64_t written_bytes_ = 0;
};

// Only the outermost of several holds is noted.
class MemoryHold final : public ports::StoreHold {
 public:
  explicit MemoryHold(MemoryObjectStore& store) : store_(store)
  {
    if (store_.holds_++ == 0) {
      store_.note("objects.hold");
    }
  }
  ~MemoryHold() override
  {
    if (--store_.holds_ == 0) {
      store_.note("objects.release");
    }
  }
  MemoryHold(const MemoryHold&) = delete;
  MemoryHold& operator=(const MemoryHold&) = delete;

 private:
  MemoryObjectStore& store_;
};

void MemoryObjectStore::damage(const model::Digest& digest)
{
  std::string& content = objects_.at(digest).content;
  if (content.empty()) {
    content = "?";
  } else {
    content.front() = static_cast<char>(content.front() ^ 1);
  }
}

std::optional<std::uint64_t> MemoryObjectStore::find(const model::Digest& digest) const
{
  const auto found = objects_.find(digest);
  return found == objects_.end() ? std::nullopt
                                 : std::optional<std::uint64_t>(found->second.content.size());
}

std::unique_ptr<ports::ByteSource> MemoryObjectStore::open(ports::ObjectKind kind,
                                                           const model::Digest& digest) const
{
  const auto found = objects_.find(digest);
  if (found == objects_.end()) {
    throw Error(ErrorKind::not_found, "object '" + digest.hex() + "': not in the store");
  }
  const Object& object = found->second;
  if (object.kind != kind) {
    throw Error(ErrorKind::corrupt, "object '" + digest.hex() + "': of the other kind");
  }
  return std::make_unique<CheckedSource>(object.content, digest_of(kind, object.content) == digest,
                                         digest.hex());
}

std::unique_ptr<ports::StoreHold> MemoryObjectStore::hold()
{
  return std::make_unique<MemoryHold>(*this);
}

std::uint64_t MemoryObjectStore::place(const model::Digest& digest) const
{
  return static_cast<std::uint64_t>(std::distance(objects_.begin(), objects_.find(digest)));
}

std::unique_ptr<ports::ObjectBatch> MemoryObjectStore::begin()
{
  return std::make_unique<MemoryBatch>(*this);
}

void MemoryObjectStore::for_each(
    const std::function<void(const model::Digest&, std::uint64_t)>& visit) const
{
  for (const auto& [digest, object] : objects_) {
    visit(digest, object.content.size());
  }
}

void Fault::count(const std::string& what)
{
  if (nth > 0 && --nth == 0) {
    throw Error(kind, what + " in the store: no space left on device", "free some space");
  }
}

std::optional<std::uint64_t> FaultyObjectStore::find(const model::Digest& digest) const
{
  on_find.count("find object");
  return inner_.find(digest);
}

std::unique_ptr<ports::ByteSource> FaultyObjectStore::open(ports::ObjectKind kind,
                                                           const model::Digest& digest) const
{
  on_open.count("open object");
  return inner_.open(kind, digest);
}

std::unique_ptr<ports::ObjectBatch> FaultyObjectStore::begin()
{
  on_begin.count("begin a batch");
  return std::make_unique<FaultyBatch>(inner_.begin(), on_put, on_commit);
}

}  // namespace mlrepro::testing
