// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

enum class FileType { file, folder, symlink, other };
enum class FollowLinks { yes, no };

// What the file system says of one path. Two equal values taken around a read mean that the
// content was not changed in between.
struct FileStat {
  FileType type = FileType::other;
  bool executable = false;  // by its owner
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;

  bool operator==(const FileStat&) const = default;
};

class OpenFile : public ByteSource {
 public:
  // Of the opened file, now.
  [[nodiscard]] virtual FileStat stat() const = 0;
};

// A folder that is being read. Links are not followed. Any number of threads may call at once.
class OpenFolder {
 public:
  OpenFolder() = default;
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;
  virtual ~OpenFolder() = default;

  // As they were when the folder was opened: sorted by their bytes, without "." and "..". They
  // last as long as the folder is open.
  [[nodiscard]] virtual const std::vector<std::string_view>& names() const = 0;
  // Absent when the name is gone.
  [[nodiscard]] virtual std::optional<FileStat> stat(std::string_view name) const = 0;
  // A regular file.
  [[nodiscard]] virtual std::unique_ptr<OpenFile> open(std::string_view name) const = 0;
  [[nodiscard]] virtual std::string read_link(std::string_view name) const = 0;
};

// What to do with a target that is already there.
enum class Existing {
  refuse,   // Error{conflict} when its content would change; nothing is touched
  replace,  // the paths of the restoration replace what stands there
};

// What to do with paths of the target that are not part of the restoration.
enum class Others { keep, remove };

struct RestorationTarget {
  std::string path;  // absolute
  Existing existing = Existing::refuse;
  Others others = Others::keep;
};

// How a path comes to the content of a file elsewhere without a copy of it.
enum class LinkKind {
  hardlink,  // a second name of that file, with its mode
  reflink,   // a file of its own that shares blocks until one of the two is written
};

struct LinkSource {
  std::string path;  // absolute; a regular file
  LinkKind kind = LinkKind::hardlink;
  bool executable = false;
  bool same_content = false;  // as what the target has there: then nothing is overwritten
};

enum class LinkOutcome {
  linked,
  gone,         // there is no such source
  full,         // it has as many names as it can have
  unsupported,  // not on this file system, or not across two
};

// A tree that is built out of sight and then appears under its final name in one step. Destroying
// an unpublished restoration leaves the target as it was. Paths are relative to the target, "" is
// the target itself; parents come before children, and a path is added once. Any number of threads
// may add at once.
class Restoration {
 public:
  Restoration() = default;
  Restoration(const Restoration&) = delete;
  Restoration& operator=(const Restoration&) = delete;
  virtual ~Restoration() = default;

  virtual void add_folder(std::string_view path) = 0;
  virtual void add_symlink(std::string_view path, std::string_view target) = 0;
  // Copies `content` to its end; an error of the source leaves the restoration unusable.
  virtual void add_file(std::string_view path, bool executable, ByteSource& content) = 0;
  // Takes over the file that the target has there, which is known to have the right content.
  virtual void keep_file(std::string_view path, bool executable) = 0;
  // The same with a copy of that file, which shares nothing with it.
  virtual void copy_kept_file(std::string_view path, bool executable) = 0;
  // When not linked, nothing was added.
  virtual LinkOutcome add_link(std::string_view path, const LinkSource& source) = 0;
  virtual void publish() = 0;
};

// The user's files. Paths are absolute. Reading never changes anything, and nothing is written
// except through `begin_restore` and `write_file`.
class FileTree {
 public:
  FileTree() = default;
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;
  virtual ~FileTree() = default;

  // Absent when there is nothing at `path`; Error{io} when that can't be told.
  [[nodiscard]] virtual std::optional<FileStat> stat(const std::string& path,
                                                     FollowLinks follow) const = 0;
  [[nodiscard]] virtual std::unique_ptr<OpenFolder> open_folder(const std::string& path) const = 0;
  // Opens a regular file without following a link in its last component.
  [[nodiscard]] virtual std::unique_ptr<OpenFile> open(const std::string& path) const = 0;
  [[nodiscard]] virtual std::string read_link(const std::string& path) const = 0;
  // Absolute, without links, "." or ".."; the last component need not exist.
  [[nodiscard]] virtual std::string resolve(const std::string& path) const = 0;
  virtual std::unique_ptr<Restoration> begin_restore(const RestorationTarget& target) = 0;
  // Replaces or makes one small file in one step, durably.
  virtual void write_file(const std::string& path, std::string_view content) = 0;
};

// The whole content of a small file.
std::string read_file(const FileTree& files, const std::string& path);

}  // namespace mlrepro::ports
