// SPDX-License-Identifier: Apache-2.0
#include "storage/local_stat_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"
#include "storage/cache_file.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_write_bytes = 1UL << 20U;
// Scratch folders come and go: the files of the roots used least recently are dropped.
constexpr std::size_t k_max_files = 128;
constexpr std::int64_t k_ns = 1'000'000'000;

class FileFolder final : public ports::CachedFolder {
 public:
  // Null where a chunk is damaged.
  static std::unique_ptr<FileFolder> open(const CacheFile& file, const std::string& path)
  {
    auto folder = std::unique_ptr<FileFolder>(new FileFolder(file, path));
    if (folder->chunks_.empty() || !folder->load(folder->chunks_.size() - 1) ||
        !folder->chunk_->totals()) {
      return nullptr;
    }
    folder->totals_ = *folder->chunk_->totals();
    if (folder->chunks_.size() > 1 && !folder->load(0)) {
      return nullptr;
    }
    return folder;
  }

  [[nodiscard]] const ports::CachedTotals& totals() const override { return totals_; }

  const ports::CachedEntry* find(std::string_view name) override
  {
    while (!ended_ && (!holds_entry_ || entry_.name < name)) {
      holds_entry_ = chunk_->next(entry_);
      if (!holds_entry_ && (number_ + 1 == chunks_.size() || !load(number_ + 1))) {
        ended_ = true;
      }
    }
    return !ended_ && entry_.name == name ? &entry_ : nullptr;
  }

 private:
  FileFolder(const CacheFile& file, const std::string& path)
      : file_(file), path_(path), chunks_(file.chunks_of(path))
  {
  }

  bool load(std::size_t number)
  {
    const CacheChunk& place = chunks_[number];
    auto chunk = ChunkReader::parse(file_.read(place.offset, place.length), path_);
    if (!chunk || place.number != number) {
      return false;
    }
    chunk_ = std::move(chunk);
    number_ = number;
    return true;
  }

  const CacheFile& file_;
  std::string path_;
  std::span<const CacheChunk> chunks_;
  std::optional<ChunkReader> chunk_;
  std::size_t number_ = 0;
  ports::CachedTotals totals_;
  ports::CachedEntry entry_;
  bool holds_entry_ = false;
  bool ended_ = false;
};

class FilePass final : public ports::StatCachePass {
 public:
  FilePass(std::string folder, std::string root)
      : folder_(std::move(folder)),
        root_(std::move(root)),
        path_(folder_ + "/" + file_name(root_)),
        old_(CacheFile::open(path_, root_))
  {
  }
  ~FilePass() override
  {
    if (file_.is_open()) {
      (void)::unlink(temporary_.c_str());
    }
  }
  FilePass(const FilePass&) = delete;
  FilePass& operator=(const FilePass&) = delete;

  std::int64_t started_ns() override
  {
    const std::lock_guard guard(mutex_);
    if (!started_ns_) {
      started_ns_ = begin_file();
    }
    return *started_ns_;
  }

  [[nodiscard]] std::unique_ptr<ports::CachedFolder> find(const std::string& path) const override
  {
    return old_ ? FileFolder::open(*old_, path) : nullptr;
  }

  void keep(const std::string& path) override
  {
    const auto chunks = old_->chunks_of(path);
    const std::lock_guard guard(mutex_);
    kept_.insert(kept_.end(), chunks.begin(), chunks.end());
  }

  std::unique_ptr<ports::FolderRecorder> add(const std::string& path) override;

  void append(std::uint64_t folder, std::uint32_t number, const std::string& chunk)
  {
    const std::lock_guard guard(mutex_);
    added_.push_back({folder, size_, static_cast<std::uint32_t>(chunk.size()), number});
    write(chunk);
  }

  void commit() override
  {
    if (added_.empty() && kept_.size() == (old_ ? old_->chunks().size() : 0)) {
      touch();
      return;
    }
    (void)started_ns();
    copy_kept();
    std::sort(added_.begin(), added_.end());
    write(encode_index(added_, size_));
    flush();
    if (failure_) {
      throw model::Error(*failure_);
    }
    file_.close("write '" + temporary_ + "'");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      const model::Error error = posix::system_error(errno, "write '" + path_ + "'");
      (void)::unlink(temporary_.c_str());
      throw model::Error(error);
    }
    drop_oldest();
  }

 private:
  static std::string file_name(const std::string& root)
  {
    std::array<char, 32> name{};
    (void)std::snprintf(name.data(), name.size(), "%016llx.stat",
                        static_cast<unsigned long long>(hash_bytes(root)));
    return name.data();
  }

  // Makes the new file; returns its time stamp. Where none can be made, the pass still reads, and
  // the failure is told by `commit`.
  std::int64_t begin_file()
  {
    static std::atomic<unsigned> counter{0};
    temporary_ =
        path_ + "." + std::to_string(::getpid()) + "-" + std::to_string(++counter) + ".tmp";
    try {
      posix::make_folders(folder_, 0700);
      file_ = posix::open_file(temporary_, O_RDWR | O_CREAT | O_EXCL, 0600);
      struct stat status {};
      if (::fstat(file_.get(), &status) != 0) {
        posix::throw_errno("stat '" + temporary_ + "'");
      }
      write(encode_header(root_));
      return status.st_mtim.tv_sec * k_ns + status.st_mtim.tv_nsec;
    } catch (const model::Error& error) {
      failure_ = error;
      struct timespec now {};
      (void)::clock_gettime(CLOCK_REALTIME_COARSE, &now);
      return now.tv_sec * k_ns + now.tv_nsec;
    }
  }

  void write(const std::string& bytes)
  {
    size_ += bytes.size();
    buffer_ += bytes;
    if (buffer_.size() >= k_write_bytes) {
      flush();
    }
  }

  // An error is kept for `commit`, so that the pass itself goes on.
  void flush()
  {
    if (failure_) {
      buffer_.clear();
    }
    if (buffer_.empty()) {
      return;
    }
    try {
      posix::write_fully(file_.get(), buffer_, "write '" + temporary_ + "'");
    } catch (const model::Error& error) {
      failure_ = error;
    }
    buffer_.clear();
  }

  void copy_kept()
  {
    std::sort(kept_.begin(), kept_.end(),
              [](const auto& a, const auto& b) { return a.offset < b.offset; });
    for (std::size_t begin = 0; begin < kept_.size();) {
      std::size_t end = begin;
      std::size_t length = 0;
      while (end < kept_.size() && kept_[end].offset == kept_[begin].offset + length &&
             length < k_write_bytes) {
        added_.push_back({kept_[end].folder, size_ + length, kept_[end].length, kept_[end].number});
        length += kept_[end].length;
        ++end;
      }
      write(old_->read(kept_[begin].offset, length));
      begin = end;
    }
  }

  // The file's own time is when its root was last looked at.
  void touch() const { (void)::utimensat(AT_FDCWD, path_.c_str(), nullptr, 0); }

  void drop_oldest() const
  {
    std::vector<std::pair<std::int64_t, std::string>> files;
    for (const std::string& name :
         posix::list_names(folder_, posix::Unreadable::is_as_far_as_it_goes)) {
      const std::string path = folder_ + "/" + name;
      struct stat status {};
      if (!name.starts_with('.') && ::lstat(path.c_str(), &status) == 0) {
        files.emplace_back(status.st_mtim.tv_sec, path);
      }
    }
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i + k_max_files < files.size(); ++i) {
      (void)::unlink(files[i].second.c_str());
    }
  }

  std::string folder_;
  std::string root_;
  std::string path_;
  std::optional<CacheFile> old_;
  std::mutex mutex_;
  std::optional<std::int64_t> started_ns_;
  std::string temporary_;
  posix::FileDescriptor file_;
  std::optional<model::Error> failure_;
  std::string buffer_;
  std::uint64_t size_ = 0;
  std::vector<CacheChunk> kept_;   // of the old file
  std::vector<CacheChunk> added_;  // of the new one
};

class FileRecorder final : public ports::FolderRecorder {
 public:
  FileRecorder(FilePass& pass, std::string path)
      : pass_(pass), path_(std::move(path)), folder_(hash_bytes(path_))
  {
  }

  void add(const ports::CachedEntry& entry) override
  {
    if (count_ == k_chunk_entries) {
      close_chunk(nullptr);
    }
    encode_entry(entries_, entry);
    ++count_;
  }
  void finish(const ports::CachedTotals& totals) override { close_chunk(&totals); }

 private:
  void close_chunk(const ports::CachedTotals* totals)
  {
    pass_.append(folder_, number_++, encode_chunk(path_, totals, count_, entries_));
    entries_.clear();
    count_ = 0;
  }

  FilePass& pass_;
  std::string path_;
  std::uint64_t folder_;
  std::string entries_;
  std::uint64_t count_ = 0;
  std::uint32_t number_ = 0;
};

std::unique_ptr<ports::FolderRecorder> FilePass::add(const std::string& path)
{
  (void)started_ns();
  return std::make_unique<FileRecorder>(*this, path);
}

}  // namespace

std::unique_ptr<ports::StatCachePass> LocalStatCache::begin(const std::string& root)
{
  return std::make_unique<FilePass>(folder_, root);
}

}  // namespace mlrepro::storage
