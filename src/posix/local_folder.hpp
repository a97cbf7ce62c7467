// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "mlrepro/ports/file_tree.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

ports::FileStat to_stat(const struct stat& raw);

// Of the name `name` in the open folder `folder` (or AT_FDCWD); absent when there is none. `shown`
// is its path in messages.
std::optional<ports::FileStat> stat_at(int folder, const char* name, int flags,
                                       const std::string& shown);
// A regular file; links in the last component are not followed.
std::unique_ptr<ports::OpenFile> open_at(int folder, const char* name, const std::string& shown);
std::string read_link_at(int folder, const char* name, const std::string& shown);

std::unique_ptr<ports::OpenFolder> open_local_folder(const std::string& path);

}  // namespace mlrepro::posix
