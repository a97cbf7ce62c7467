// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::sources {

// Whether reading an SQLite database would write beside it, or repair it: it keeps a write-ahead
// log, or somebody died while writing.
bool needs_copy(const std::string& path);

// Copies the database at `path`, with the log that belongs to it, into an empty folder; returns the
// copy's path. Nothing is read but these files. Throws Error{locked} where somebody goes on writing
// to it, Error{io}.
std::string copy_database(const std::string& path, const std::string& folder);

}  // namespace mlrepro::sources
