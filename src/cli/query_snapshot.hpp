// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/model/snapshot.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// The options of `snapshot` that version what a query returns.
struct QueryOptions {
  std::string sql;
  std::string sql_file;
  std::string from;
  std::vector<std::string> features;
  std::vector<std::string> targets;
  std::string split;
  std::vector<std::string> inspect;
  std::vector<std::string> order_by;

  // Whether a query is to be asked. Error{usage} for an option that needs one and stands alone.
  [[nodiscard]] bool given() const;
};

void add_query_options(CLI::App& command, QueryOptions& options);

// Asks the source and stores the answer. Error{usage} for what is wrong with the options.
model::Snapshot snapshot_query(const QueryOptions& options, const std::string& name,
                               Project& project);

}  // namespace mlrepro::cli
