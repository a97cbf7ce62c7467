// SPDX-License-Identifier: Apache-2.0
#include "versioning/file_intake.hpp"

#include <algorithm>

#include "mlrepro/format/tree_node.hpp"

namespace mlrepro::versioning {
namespace {

// A file whose time stamp is not older than this before the ingest began may change once more
// without its stamp changing: Git's rule for "racily clean" files, with the clock's tick as margin.
constexpr std::int64_t k_racy_margin_ns = 50'000'000;
constexpr int k_attempts = 3;

// Tells an error of the file from an error of whoever reads it.
class WatchedFile final : public ports::ByteSource {
 public:
  explicit WatchedFile(ports::ByteSource& file) : file_(file) {}

  std::size_t read(std::span<std::byte> buffer) override
  {
    failed_ = true;
    const std::size_t size = file_.read(buffer);
    failed_ = false;
    bytes_ += size;
    return size;
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  ports::ByteSource& file_;
  bool failed_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace

FileIntake::FileIntake(const Ports& ports, const std::string& cache_root, model::Stored stored,
                       const IngestExtras& extras)
    : ports_(ports),
      cache_(ports.stat_cache.begin(cache_root)),
      batch_(stored == model::Stored::content ? ports.objects.begin() : nullptr),
      started_ns_(cache_->started_ns()),
      nodes_(extras.nodes)
{
}

bool FileIntake::knows(const ports::CachedEntry& cached, const ports::FileStat& stat,
                       std::uint64_t& stored_bytes) const
{
  if (!cached.certain || cached.stat != stat) {
    return false;
  }
  if (!batch_) {
    return true;
  }
  const auto size = ports_.objects.find(cached.digest);
  stored_bytes += size.value_or(0);
  return size.has_value();
}

bool FileIntake::has_node(const model::Digest& digest, std::uint64_t& stored_bytes) const
{
  if (!batch_ && nodes_ == nullptr) {
    return true;
  }
  const auto size = ports_.objects.find(digest);
  stored_bytes += size.value_or(0);
  return size.has_value();
}

FileIntake::Taken FileIntake::take_file(const Open& open, const std::string& path,
                                        const std::optional<model::Digest>& previous)
{
  Taken taken;
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    std::unique_ptr<ports::OpenFile> file;
    try {
      file = open();
      taken.stat = file->stat();
    } catch (const model::Error& error) {
      taken.trouble = error;
      return taken;
    }
    WatchedFile source(*file);
    ports::StoredObject object;
    try {
      if (batch_) {
        object = batch_->put(ports::ObjectKind::blob, source, previous);
      } else {
        object.digest = ports_.digester.digest(source);
      }
      if (source.bytes() == taken.stat.size && file->stat() == taken.stat) {
        count(object);
        taken.entry.executable = taken.stat.executable;
        taken.entry.size = source.bytes();
        taken.entry.files = 1;
        taken.entry.digest = object.digest;
        taken.certain = is_certain(taken.stat);
        ports_.reporter.advance(1, source.bytes());
        return taken;
      }
    } catch (const model::Error& error) {
      if (!source.failed()) {
        throw;
      }
      taken.trouble = error;
      return taken;
    }
  }
  taken.trouble =
      model::Error(model::ErrorKind::conflict, "file '" + path + "' changed each time it was read",
                   "take the snapshot when nothing writes to it");
  return taken;
}

FileIntake::Taken FileIntake::take_symlink(const std::function<std::string()>& read,
                                           const ports::FileStat& stat)
{
  Taken taken;
  std::string target;
  try {
    target = read();
  } catch (const model::Error& error) {
    taken.trouble = error;
    return taken;
  }
  taken.stat = stat;
  taken.certain = is_certain(stat);
  taken.entry.type = model::EntryType::symlink;
  taken.entry.size = target.size();
  taken.entry.files = 1;
  if (batch_) {
    const auto object = ports::put_bytes(*batch_, ports::ObjectKind::blob, target);
    count(object);
    taken.entry.digest = object.digest;
  } else {
    taken.entry.digest = ports_.digester.digest(target);
  }
  ports_.reporter.advance(1, target.size());
  return taken;
}

model::Digest FileIntake::take_node(const std::string& bytes)
{
  const model::Digest digest = ports_.digester.digest(std::string(format::k_tree_prefix) + bytes);
  if (!batch_ && nodes_ == nullptr) {
    return digest;
  }
  // Most folders are as they were last time: to know that costs less than to write them again.
  if (const auto size = ports_.objects.find(digest)) {
    stored_bytes_ += *size;
  } else if (batch_) {
    count(ports::put_bytes(*batch_, ports::ObjectKind::tree, bytes));
  } else {
    const std::lock_guard guard(nodes_mutex_);
    nodes_->emplace(digest, bytes);
  }
  return digest;
}

bool FileIntake::is_certain(const ports::FileStat& stat) const
{
  return std::max(stat.mtime_ns, stat.ctime_ns) < started_ns_ - k_racy_margin_ns;
}

void FileIntake::count(const ports::StoredObject& object)
{
  stored_bytes_ += object.stored_bytes;
  new_bytes_ += object.new_bytes;
}

void FileIntake::commit(Ingested& result)
{
  const bool stores = stores_content();
  if (batch_) {
    batch_->commit();
    batch_.reset();
  }
  // The cache is only an optimisation, so that a store that can't be written still compares.
  try {
    cache_->commit();
  } catch (const model::Error&) {
    if (stores) {
      throw;
    }
  }
  result.stored_bytes = stored_bytes_;
  result.new_bytes = new_bytes_;
}

}  // namespace mlrepro::versioning
