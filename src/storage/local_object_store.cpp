// SPDX-License-Identifier: Apache-2.0
#include "storage/local_object_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/file_lock.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"
#include "storage/object_file.hpp"

namespace mlrepro::storage {
namespace {

// Up to this many objects, one fdatasync each is cheaper than a syncfs of everything.
constexpr std::size_t k_sync_one_by_one = 16;

std::vector<std::string> names_in(const std::string& path)
{
  struct CloseDir {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseDir> folder(::opendir(path.c_str()));
  if (!folder) {
    if (errno == ENOENT) {
      return names;
    }
    posix::throw_errno("open folder '" + path + "'");
  }
  while (const dirent* item = ::readdir(folder.get())) {
    if (item->d_name[0] != '.') {
      names.emplace_back(item->d_name);
    }
  }
  return names;
}

std::string path_in(const std::string& objects, const model::Digest& digest)
{
  const std::string hex = digest.hex();
  return objects + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

class LocalBatch final : public ports::ObjectBatch {
 public:
  LocalBatch(std::string objects, std::string temporary)
      : objects_(std::move(objects)), temporary_(std::move(temporary))
  {
    posix::make_folders(objects_, 0700);
    posix::make_folders(temporary_, 0700);
  }

  ~LocalBatch() override
  {
    for (const auto& [digest, path] : pending_) {
      (void)::unlink(path.c_str());
    }
  }
  LocalBatch(const LocalBatch&) = delete;
  LocalBatch& operator=(const LocalBatch&) = delete;

  ports::StoredObject put(ports::ObjectKind kind, ports::ByteSource& source,
                          const std::optional<model::Digest>& /*previous*/) override
  {
    const std::lock_guard guard(mutex_);
    const std::string path = next_path();
    WrittenObject written;
    try {
      posix::FileDescriptor file = posix::open_file(path, O_RDWR | O_CREAT | O_EXCL, 0400);
      written = write_object(file.get(), path, kind, source);
      file.close("write '" + path + "'");
    } catch (...) {
      (void)::unlink(path.c_str());
      throw;
    }
    ports::StoredObject object{written.digest, written.raw_size, written.stored_size, true};
    struct stat known {};
    const bool stored = ::stat(path_in(objects_, object.digest).c_str(), &known) == 0 &&
                        static_cast<std::uint64_t>(known.st_size) == written.stored_size;
    if (stored || pending_.contains(object.digest)) {
      (void)::unlink(path.c_str());
      object.is_new = false;
    } else {
      pending_.emplace(object.digest, path);
    }
    return object;
  }

  void commit() override
  {
    if (pending_.empty()) {
      return;
    }
    sync_content();
    std::set<std::string> folders;
    while (!pending_.empty()) {
      const auto item = pending_.begin();
      const std::string name = path_in(objects_, item->first);
      const std::string folder = posix::parent_folder(name);
      if (folders.insert(folder).second) {
        posix::make_folders(folder, 0700);
      }
      // Over a name of the same content, or of a damaged copy of it: right in both cases.
      if (::rename(item->second.c_str(), name.c_str()) != 0) {
        posix::throw_errno("store object '" + name + "'");
      }
      pending_.erase(item);
    }
    for (const std::string& folder : folders) {
      posix::sync_folder(folder);
    }
    posix::sync_folder(objects_);
  }

 private:
  std::string next_path()
  {
    static int counter = 0;
    return temporary_ + "/" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
  }

  void sync_content()
  {
    if (pending_.size() > k_sync_one_by_one) {
      const auto folder = posix::open_file(temporary_, O_RDONLY | O_DIRECTORY);
      if (::syncfs(folder.get()) != 0) {
        posix::throw_errno("sync '" + temporary_ + "'");
      }
      return;
    }
    for (const auto& [digest, path] : pending_) {
      const auto file = posix::open_file(path, O_RDONLY);
      if (::fdatasync(file.get()) != 0) {
        posix::throw_errno("sync '" + path + "'");
      }
    }
  }

  std::string objects_;
  std::string temporary_;
  std::map<model::Digest, std::string> pending_;
  std::mutex mutex_;
};

class SharedHold final : public ports::StoreHold {
 public:
  explicit SharedHold(posix::FileDescriptor file) : file_(std::move(file)) {}

 private:
  posix::FileDescriptor file_;  // the lock lasts as long as it is open
};

}  // namespace

LocalObjectStore::LocalObjectStore(std::string objects, std::string temporary)
    : objects_(std::move(objects)), temporary_(std::move(temporary))
{
}

std::string LocalObjectStore::path_of(const model::Digest& digest) const
{
  return path_in(objects_, digest);
}

std::optional<std::uint64_t> LocalObjectStore::find(const model::Digest& digest) const
{
  struct stat status {};
  const std::string path = path_of(digest);
  if (::stat(path.c_str(), &status) == 0) {
    return static_cast<std::uint64_t>(status.st_size);
  }
  if (errno != ENOENT && errno != ENOTDIR) {
    posix::throw_errno("stat object '" + path + "'");
  }
  return std::nullopt;
}

std::unique_ptr<ports::ByteSource> LocalObjectStore::open(ports::ObjectKind kind,
                                                          const model::Digest& digest) const
{
  const std::string path = path_of(digest);
  posix::FileDescriptor file;
  try {
    file = posix::open_file(path, O_RDONLY);
  } catch (const model::Error& error) {
    if (error.kind() == model::ErrorKind::not_found) {
      throw model::Error(model::ErrorKind::not_found,
                         "object '" + digest.hex() + "': not in the store",
                         "run 'mlrepro verify' to see which runs and snapshots it touches");
    }
    throw;
  }
  return read_object(std::move(file), path, kind, digest);
}

std::unique_ptr<ports::StoreHold> LocalObjectStore::hold()
{
  const std::string path = objects_ + "/lock";
  posix::FileDescriptor file;
  try {
    posix::make_folders(objects_, 0700);
    file = posix::open_file(path, O_RDWR | O_CREAT, 0600);
  } catch (const model::Error&) {
    return std::make_unique<SharedHold>(posix::FileDescriptor());  // who can't write can't collect
  }
  posix::lock_file(file.get(), posix::LockMode::shared, "lock '" + path + "'");
  return std::make_unique<SharedHold>(std::move(file));
}

std::uint64_t LocalObjectStore::place(const model::Digest& /*digest*/) const
{
  return 0;  // one file each: no order is better than another
}

std::unique_ptr<ports::ObjectBatch> LocalObjectStore::begin()
{
  return std::make_unique<LocalBatch>(objects_, temporary_);
}

void LocalObjectStore::for_each(
    const std::function<void(const model::Digest&, std::uint64_t)>& visit) const
{
  for (const std::string& folder : names_in(objects_)) {
    if (folder.size() != 2) {
      continue;
    }
    for (const std::string& name : names_in(objects_ + "/" + folder)) {
      const auto digest = model::Digest::parse(folder + name);
      if (digest) {
        visit(*digest, find(*digest).value_or(0));
      }
    }
  }
}

void LocalObjectStore::remove(const model::Digest& digest)
{
  const std::string path = path_of(digest);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    posix::throw_errno("remove object '" + path + "'");
  }
}

void LocalObjectStore::sweep_temporaries()
{
  for (const std::string& name : names_in(temporary_)) {
    int pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc{} && pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) {
      posix::remove_tree(temporary_ + "/" + name);
    }
  }
}

}  // namespace mlrepro::storage
