// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::posix {

// Makes a folder and those above it; no error when it exists.
void make_folders(const std::string& path, unsigned mode = 0777);

// False as well when there is no such folder.
bool has_entries(const std::string& path);

// Makes renames and new names in a folder durable.
void sync_folder(const std::string& path);

// Removes a file or a whole folder, also where folders are not writable to their owner; what is
// not there is no error.
void remove_tree(const std::string& path);

// The part before the last slash; "." without one.
std::string parent_folder(const std::string& path);

}  // namespace mlrepro::posix
