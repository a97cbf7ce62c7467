// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::analysis {

// The files of a folder that is one table, in path order; what begins with '.' or '_' is none.
std::vector<std::string> table_parts(const versioning::LoadNode& load,
                                     const model::TreeEntry& folder);

// Whether a file is part of the folder that is one table, by its path below that.
bool is_part_path(const std::string& path);

// "region=north", as Hive and Spark write folders.
bool is_partition(const model::TreeEntry& entry);

// A file that is a table by its name; `path` is the one that the table gets.
std::optional<TableFile> table_of_file(const std::string& path, const model::TreeEntry& file,
                                       const std::string& name);

// A folder that is one table: its files are of one format, and it has a partition in it or is
// called like a table.
std::optional<TableFile> table_of_folder(const versioning::LoadNode& load, const std::string& path,
                                         const model::TreeEntry& folder, const std::string& name,
                                         bool partitioned);

}  // namespace mlrepro::analysis
