// SPDX-License-Identifier: Apache-2.0
#include "transport/bundle_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/text_source.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::transport {
namespace {

using model::Error;
using model::ErrorKind;
using Members = std::map<std::string, format::BundleMember>;

constexpr std::size_t k_copy_bytes = std::size_t{1024} * 1024;

std::vector<ports::RemoteFile> list_members(const Members& members, const std::string& folder)
{
  std::vector<ports::RemoteFile> files;
  for (const auto& [name, member] : members) {
    if (name.starts_with(folder + "/")) {
      files.push_back({name, member.bytes});
    }
  }
  return files;
}

std::size_t read_member(int fd, const Members& members, const std::string& name,
                        std::uint64_t offset, std::span<std::byte> buffer, const std::string& path)
{
  const auto found = members.find(name);
  if (found == members.end()) {
    throw Error(ErrorKind::not_found, "bundle '" + path + "' has no '" + name + "'");
  }
  const format::BundleMember& member = found->second;
  const std::uint64_t left = offset < member.bytes ? member.bytes - offset : 0;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left));
  return posix::read_at(fd, member.offset + offset, buffer.first(size), path);
}

}  // namespace

BundleReader::BundleReader(std::string path)
    : path_(std::move(path)), file_(posix::open_file(path_, O_RDONLY | O_NONBLOCK))
{
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) {
    posix::throw_errno("read '" + path_ + "'");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::corrupt, label() + ": is no file", "'mlrepro export' makes bundles");
  }
  const auto read = [&](std::uint64_t offset, std::span<std::byte> buffer) {
    if (posix::read_at(file_.get(), offset, buffer, path_) != buffer.size()) {
      throw Error(ErrorKind::corrupt, "was cut short while it was read");
    }
  };
  try {
    for (format::BundleMember& member :
         format::decode_bundle(static_cast<std::uint64_t>(status.st_size), read)) {
      std::string name = member.name;
      members_.emplace(std::move(name), std::move(member));
    }
  } catch (const Error& error) {
    throw error.kind() == ErrorKind::corrupt
        ? Error(error.kind(), label() + ": " + error.message(), error.hint())
        : error;
  }
}

std::vector<ports::RemoteFile> BundleReader::list(const std::string& folder) const
{
  return list_members(members_, folder);
}

std::size_t BundleReader::read(const std::string& name, std::uint64_t offset,
                               std::span<std::byte> buffer) const
{
  return read_member(file_.get(), members_, name, offset, buffer, path_);
}

bool BundleReader::write(const std::string& name, ports::ByteSource& /*content*/)
{
  throw Error(ErrorKind::io, label() + ": is only read, so that '" + name + "' can't be added");
}

BundleWriter::BundleWriter(std::string path, Overwrite overwrite)
    : path_(std::move(path)),
      overwrite_(overwrite),
      temporary_(path_ + ".mlrepro-" + std::to_string(::getpid()) + ".tmp")
{
  struct stat status {};
  if (overwrite_ == Overwrite::no && ::lstat(path_.c_str(), &status) == 0) {
    throw Error(ErrorKind::conflict, label() + ": is there already",
                "name another file, or overwrite it with --force");
  }
  file_ = posix::open_file(temporary_, O_RDWR | O_CREAT | O_EXCL, 0666);
  try {
    ports::TextSource marker{std::string(format::k_remote_marker_text)};
    write(std::string(format::k_remote_marker), marker);
  } catch (...) {
    (void)::unlink(temporary_.c_str());
    throw;
  }
}

BundleWriter::~BundleWriter()
{
  if (!temporary_.empty()) {
    (void)::unlink(temporary_.c_str());
  }
}

std::vector<ports::RemoteFile> BundleWriter::list(const std::string& folder) const
{
  return list_members(members_, folder);
}

std::size_t BundleWriter::read(const std::string& name, std::uint64_t offset,
                               std::span<std::byte> buffer) const
{
  return read_member(file_.get(), members_, name, offset, buffer, path_);
}

void BundleWriter::append(std::span<const std::byte> bytes)
{
  posix::write_fully(file_.get(), bytes, "write '" + path_ + "'");
  size_ += bytes.size();
}

bool BundleWriter::write(const std::string& name, ports::ByteSource& content)
{
  if (members_.contains(name)) {
    return false;
  }
  const std::uint64_t header_at = size_;
  append(format::encode_bundle_header(name, 0));
  format::BundleMember member{name, size_, 0};
  std::vector<std::byte> buffer(k_copy_bytes);
  while (const std::size_t size = content.read(buffer)) {
    append(std::span(buffer).first(size));
    member.bytes += size;
  }
  append(std::vector<std::byte>(format::bundle_padding(member.bytes)));
  const auto header = format::encode_bundle_header(name, member.bytes);
  if (::pwrite(file_.get(), header.data(), header.size(), static_cast<off_t>(header_at)) !=
      static_cast<ssize_t>(header.size())) {
    posix::throw_errno("write '" + path_ + "'");
  }
  members_.emplace(name, std::move(member));
  return true;
}

std::uint64_t BundleWriter::publish()
{
  append(std::vector<std::byte>(format::k_bundle_end));
  if (::fsync(file_.get()) != 0) {
    posix::throw_errno("sync '" + path_ + "'");
  }
  file_.close("write '" + path_ + "'");
  if (overwrite_ == Overwrite::yes) {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      posix::throw_errno("write '" + path_ + "'");
    }
    temporary_.clear();
  } else if (::link(temporary_.c_str(), path_.c_str()) != 0) {
    if (errno != EPERM && errno != EOPNOTSUPP) {
      posix::throw_errno("write '" + path_ + "'");
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      posix::throw_errno("write '" + path_ + "'");
    }
    temporary_.clear();
  }
  posix::sync_folder(posix::parent_folder(path_));
  return size_;
}

}  // namespace mlrepro::transport
