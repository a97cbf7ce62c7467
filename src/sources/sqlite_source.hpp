// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::sources {

// An SQLite database, by its absolute path. It is opened for reading only; where it is of a kind
// that leaves files beside it (write-ahead log) and nobody has it open, it is read as a file that
// does not change. Cells say what they are, since SQLite's columns hold values of any type.
std::unique_ptr<ports::RowSource> open_sqlite(const std::string& path, const std::string& uri);

}  // namespace mlrepro::sources
