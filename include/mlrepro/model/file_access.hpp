// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mlrepro::model {

// What the file system said of a regular file at one moment.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;

  bool operator==(const FileStamp&) const = default;
};

// One thing that a process of a traced command asked the kernel for. It was seen before it
// happened: whether it succeeded is not known.
struct FileAccess {
  enum class Kind {
    read,      // `path` is opened for reading
    execute,   // `path` is executed, which reads it
    write,     // `path` is opened for writing, truncated, or becomes another name of a file
    link,      // `path` becomes a symbolic link
    rename,    // `path` becomes `to`
    exchange,  // `path` and `to` change places
    remove,    // `path` goes
    connect,   // a connection to the address `path`
    blind,     // from here on something is not seen; `path` says what
  };

  Kind kind = Kind::read;
  std::string path;  // absolute
  std::string to;
  // Of the file at `path` just before; absent when there was none.
  std::optional<FileStamp> before;

  bool operator==(const FileAccess&) const = default;
};

// Whether anybody wants to know of accesses to a path.
enum class Interest {
  none,     // the system's, an interpreter's, a cache's
  inside,   // in the project or in data that was named
  outside,  // elsewhere: a user's own file that no record covers
};

struct Sighting {
  Interest interest = Interest::none;
  std::string path;  // the name that the record knows it by
};

}  // namespace mlrepro::model
