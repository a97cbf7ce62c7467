// SPDX-License-Identifier: Apache-2.0
#include "posix/access_log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>
#include <utility>

namespace mlrepro::posix {
namespace {

using model::FileAccess;
using model::Interest;
using Kind = FileAccess::Kind;

// A command that makes and removes files for days must not fill the disk with their names.
constexpr std::size_t k_largest_log = 256UL * 1024 * 1024;
constexpr std::size_t k_most_outside = 10'000;

constexpr std::uint8_t k_read = 1;
constexpr std::uint8_t k_written = 2;
constexpr std::uint8_t k_executed = 4;

std::uint8_t bit_of(Kind kind)
{
  switch (kind) {
    case Kind::read:
      return k_read;
    case Kind::execute:
      return k_executed;
    case Kind::write:
    case Kind::link:
      return k_written;
    default:
      return 0;
  }
}

std::int64_t to_ns(const timespec& time)
{
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::optional<model::FileStamp> stamp_of(const std::string& path)
{
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return model::FileStamp{static_cast<std::uint64_t>(status.st_size), to_ns(status.st_mtim),
                          to_ns(status.st_ctim), status.st_ino, status.st_dev};
}

bool is_there(const std::string& path)
{
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

AccessLog::AccessLog(const ports::TraceRequest& request, FileDescriptor file)
    : request_(request), file_(std::move(file)), broken_(!file_.is_open())
{
}

void AccessLog::add(std::vector<FileAccess> accesses)
{
  for (FileAccess& access : accesses) {
    if (broken_) {
      return;
    }
    add_one(access);
  }
}

void AccessLog::add_one(FileAccess& access)
{
  switch (access.kind) {
    case Kind::connect:
    case Kind::blind:
      if (std::exchange(known_[access.path], k_written) == 0) {
        write(access);
      }
      break;
    case Kind::rename:
    case Kind::exchange:
      add_move(access);
      break;
    case Kind::remove:
      add_removal(access);
      break;
    default:
      add_use(access);
  }
}

void AccessLog::add_use(FileAccess& access)
{
  model::Sighting seen = request_.look(access.path);
  if (seen.interest == Interest::none) {
    return;
  }
  const std::uint8_t bit = bit_of(access.kind);
  const auto known = known_.find(seen.path);
  // What the run has written is its own from then on, and no input.
  if (known != known_.end() && (known->second & (bit | k_written)) != 0) {
    return;
  }
  access.before = stamp_of(access.path);
  if (bit != k_written && !access.before) {
    return;  // not there, or no regular file
  }
  if (seen.interest == Interest::outside) {
    seen = look_behind_links(access.path, seen);
    if (seen.interest == Interest::outside && ++outside_ > k_most_outside) {
      return;
    }
  }
  access.path = std::move(seen.path);
  known_[access.path] |= bit;
  write(access);
}

// A link elsewhere may lead into the project.
model::Sighting AccessLog::look_behind_links(const std::string& path,
                                             const model::Sighting& seen) const
{
  std::array<char, PATH_MAX> real;
  if (::realpath(path.c_str(), real.data()) == nullptr || path == real.data()) {
    return seen;
  }
  model::Sighting target = request_.look(real.data());
  return target.interest == Interest::inside ? std::move(target) : seen;
}

void AccessLog::add_removal(FileAccess& access)
{
  model::Sighting seen = request_.look(access.path);
  if (seen.interest == Interest::none || !is_there(access.path)) {
    return;
  }
  access.before = stamp_of(access.path);
  access.path = std::move(seen.path);
  forget(access.path);
  write(access);
}

void AccessLog::add_move(FileAccess& access)
{
  model::Sighting from = request_.look(access.path);
  model::Sighting to = request_.look(access.to);
  if ((from.interest == Interest::none && to.interest == Interest::none) ||
      !is_there(access.path)) {
    return;
  }
  forget(from.path);
  forget(to.path);
  if (to.interest == Interest::none) {
    access = {Kind::remove, std::move(from.path), {}, stamp_of(access.path)};
  } else if (from.interest == Interest::none) {
    access = {Kind::write, std::move(to.path), {}, stamp_of(access.to)};
  } else {
    access.path = std::move(from.path);
    access.to = std::move(to.path);
  }
  write(access);
}

// Of a folder, also what is in it.
void AccessLog::forget(const std::string& path)
{
  if (path.empty()) {
    return;
  }
  for (auto known = known_.lower_bound(path);
       known != known_.end() && known->first.starts_with(path);) {
    const bool within = known->first.size() == path.size() || known->first[path.size()] == '/';
    known = within ? known_.erase(known) : std::next(known);
  }
}

void AccessLog::write(const FileAccess& access)
{
  const std::string line = request_.to_line(access);
  written_bytes_ += line.size();
  ssize_t written = -1;
  if (written_bytes_ <= k_largest_log) {
    do {
      written = ::write(file_.get(), line.data(), line.size());
    } while (written < 0 && errno == EINTR);
  }
  broken_ = written != static_cast<ssize_t>(line.size());
}

}  // namespace mlrepro::posix
