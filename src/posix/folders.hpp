// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::posix {

// Makes a folder and those above it; no error when it exists.
void make_folders(const std::string& path, unsigned mode = 0777);

// What to do with a folder that can't be read.
enum class Unreadable {
  is_error,             // Error{not_found} when it is not there, Error{io}
  is_error_if_there,    // the same, but a folder that is not there is empty
  is_as_far_as_it_goes  // what could be read, at the worst nothing
};

// Every name in a folder but "." and "..", in no order.
std::vector<std::string> list_names(const std::string& path, Unreadable unreadable);

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
