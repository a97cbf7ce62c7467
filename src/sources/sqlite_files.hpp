// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace mlrepro::sources {

// What changes when somebody writes to a file.
struct FileStamp {
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  bool operator==(const FileStamp&) const = default;
};

// Absent where there is no file.
std::optional<FileStamp> stamp_of(const std::string& path);

// Whether an SQLite database keeps a write-ahead log, by its header
// (https://www.sqlite.org/fileformat2.html#the_database_header).
bool keeps_write_ahead_log(const std::string& path);

}  // namespace mlrepro::sources
