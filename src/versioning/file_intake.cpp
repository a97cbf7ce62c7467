// SPDX-License-Identifier: Apache-2.0
#include "versioning/file_intake.hpp"

#include <algorithm>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::versioning {
namespace {

// A file whose time stamp is not older than this before the ingest began may change once more
// without its stamp changing: Git's rule for "racily clean" files, with the clock's tick as margin.
constexpr std::int64_t k_racy_margin_ns = 50'000'000;
constexpr int k_attempts = 3;

}  // namespace

FileIntake::FileIntake(const Ports& ports, std::string cache_root, model::Stored stored)
    : ports_(ports),
      cache_root_(std::move(cache_root)),
      stored_(stored),
      known_(ports.stat_cache.load(cache_root_)),
      started_ns_(ports.clock.now().ms * 1'000'000)
{
  if (stored_ == model::Stored::content) {
    batch_ = ports_.objects.begin();
  }
}

const ports::CachedFile* FileIntake::find_cached(const std::string& key,
                                                 const ports::FileStat& stat) const
{
  const auto found = known_.find(key);
  if (found == known_.end() || found->second.stat != stat) {
    return nullptr;
  }
  return &found->second;
}

model::TreeEntry FileIntake::take_file(const std::string& path, const std::string& key,
                                       const ports::FileStat& stat)
{
  model::TreeEntry entry;
  entry.executable = stat.executable;
  entry.files = 1;
  if (const ports::CachedFile* cached = find_cached(key, stat)) {
    const auto size = ports_.objects.find(cached->digest);
    if (stored_ == model::Stored::identity_only || size) {
      stored_bytes_ += size.value_or(0);
      seen_.emplace(key, *cached);
      entry.digest = cached->digest;
      entry.size = stat.size;
      ports_.reporter.advance(1, stat.size);
      return entry;
    }
  }
  const Content content = read_stable(path);
  remember(key, content);
  entry.digest = content.digest;
  entry.size = content.size;
  entry.executable = content.stat.executable;
  ports_.reporter.advance(1, content.size);
  return entry;
}

FileIntake::Content FileIntake::read_stable(const std::string& path)
{
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    const auto file = ports_.files.open(path);
    const ports::FileStat before = file->stat();
    Content content;
    if (stored_ == model::Stored::content) {
      const auto object = batch_->put(ports::ObjectKind::blob, *file);
      content = {object.digest, object.bytes, before};
      if (file->stat() == before && object.bytes == before.size) {
        count(object);
        return content;
      }
    } else {
      content = {ports_.digester.digest(*file), before.size, before};
      if (file->stat() == before) {
        return content;
      }
    }
  }
  throw model::Error(model::ErrorKind::conflict,
                     "file '" + path + "' changed each time it was read",
                     "take the snapshot when nothing writes to it");
}

void FileIntake::remember(const std::string& key, const Content& content)
{
  cache_changed_ = true;
  if (std::max(content.stat.mtime_ns, content.stat.ctime_ns) < started_ns_ - k_racy_margin_ns) {
    seen_[key] = {content.stat, content.digest};
  }
}

void FileIntake::count(const ports::StoredObject& object)
{
  stored_bytes_ += object.stored_bytes;
  new_bytes_ += object.new_bytes;
}

model::TreeEntry FileIntake::take_symlink(const std::string& path)
{
  const std::string target = ports_.files.read_link(path);
  model::TreeEntry entry;
  entry.type = model::EntryType::symlink;
  entry.size = target.size();
  entry.files = 1;
  if (batch_) {
    const auto object = ports::put_bytes(*batch_, ports::ObjectKind::blob, target);
    count(object);
    entry.digest = object.digest;
  } else {
    entry.digest = ports_.digester.digest(target);
  }
  ports_.reporter.advance(1, target.size());
  return entry;
}

model::TreeEntry FileIntake::take_folder(const model::TreeNode& node)
{
  model::TreeEntry entry;
  entry.type = model::EntryType::folder;
  for (const model::TreeEntry& child : node.entries) {
    entry.size += child.size;
    entry.files += child.files;
  }
  const std::string bytes = format::encode_tree(node);
  entry.digest = ports_.digester.digest(std::string(format::k_tree_prefix) + bytes);
  if (batch_) {
    // Most folders are the same as last time: to know that costs less than to write them again.
    if (const auto size = ports_.objects.find(entry.digest)) {
      stored_bytes_ += *size;
    } else {
      count(ports::put_bytes(*batch_, ports::ObjectKind::tree, bytes));
    }
  }
  return entry;
}

void FileIntake::commit()
{
  if (batch_) {
    batch_->commit();
    batch_.reset();
  }
  // The cache is only an optimisation, so that a store that can't be written still compares.
  if (cache_changed_ || seen_.size() != known_.size()) {
    try {
      ports_.stat_cache.save(cache_root_, seen_);
    } catch (const model::Error& error) {
      if (stored_ == model::Stored::content) {
        throw;
      }
    }
  }
}

}  // namespace mlrepro::versioning
