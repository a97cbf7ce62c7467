// SPDX-License-Identifier: Apache-2.0
#include "tables/duckdb_engine.hpp"

#include <algorithm>

#include "tables/duckdb_api.hpp"
#include "tables/duckdb_session.hpp"

namespace mlrepro::tables {

std::string DuckdbEngine::version()
{
  return duckdb().library_version();
}

std::unique_ptr<ports::TableSession> DuckdbEngine::open(const ports::TableLimits& limits)
{
  return std::make_unique<DuckdbSession>(limits);
}

}  // namespace mlrepro::tables
