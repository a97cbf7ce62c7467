// SPDX-License-Identifier: Apache-2.0
#include "tables/duckdb_appender.hpp"

#include "mlrepro/model/error.hpp"
#include "tables/duckdb_statement.hpp"
#include "tables/engine_error.hpp"

namespace mlrepro::tables {
namespace {

struct Append {
  DuckdbAppender appender;

  DuckdbState operator()(std::monostate) const { return duckdb().append_null(appender); }
  DuckdbState operator()(bool value) const { return duckdb().append_bool(appender, value); }
  DuckdbState operator()(std::int64_t value) const
  {
    return duckdb().append_int64(appender, value);
  }
  DuckdbState operator()(double value) const { return duckdb().append_double(appender, value); }
  DuckdbState operator()(const std::string& value) const
  {
    return duckdb().append_varchar_length(appender, value.data(), value.size());
  }
};

}  // namespace

DuckdbRowAppender::DuckdbRowAppender(DuckdbDatabase database, const std::string& table)
    : connection_(connect(database))
{
  check(duckdb().appender_create(connection_->get(), nullptr, table.c_str(), appender_.out()));
}

void DuckdbRowAppender::check(DuckdbState state) const
{
  if (state != k_duckdb_success) {
    throw engine_error(duckdb().appender_error(appender_.get()));
  }
}

void DuckdbRowAppender::add(const std::vector<ports::TableValue>& row)
{
  for (const ports::TableValue& value : row) {
    check(std::visit(Append{appender_.get()}, value));
  }
  check(duckdb().appender_end_row(appender_.get()));
}

void DuckdbRowAppender::finish()
{
  check(duckdb().appender_close(appender_.get()));
}

}  // namespace mlrepro::tables
