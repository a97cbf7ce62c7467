// SPDX-License-Identifier: Apache-2.0
#include "sources/sqlite_files.hpp"

#include <sys/stat.h>

#include <fstream>

namespace mlrepro::sources {

std::optional<FileStamp> stamp_of(const std::string& path)
{
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return FileStamp{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

bool keeps_write_ahead_log(const std::string& path)
{
  constexpr std::streamoff k_format_version = 18;
  constexpr char k_write_ahead = 2;
  std::ifstream file(path, std::ios::binary);
  char version = 0;
  file.seekg(k_format_version).get(version);
  return version == k_write_ahead;
}

}  // namespace mlrepro::sources
