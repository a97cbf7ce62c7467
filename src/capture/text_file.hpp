// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mlrepro::capture {

// The beginning of a file, at most `limit` bytes; empty when it can't be read. Here a file that
// is not there only means that there is less to record.
std::string read_text(const std::string& path, std::size_t limit = 65536);

// Sorted; empty when the folder can't be read.
std::vector<std::string> names_in(const std::string& folder);

bool is_file(const std::string& path);
bool is_folder(const std::string& path);
// Where it is there, and not among them.
void add_folder(std::vector<std::string>& folders, const std::string& folder);

// With all links followed; empty when there is nothing.
std::string real_path(const std::string& path);

// Without spaces and tabs around it.
std::string trimmed(const std::string& text);

// Lines of a text, without their ends.
std::vector<std::string> lines_of(const std::string& text);

// Of a file; without blanks around it, and empty where there is none.
std::string first_line(const std::string& path);

}  // namespace mlrepro::capture
