// SPDX-License-Identifier: Apache-2.0
#include "tables/duckdb_appender.hpp"

#include "mlrepro/model/error.hpp"
#include "tables/duckdb_statement.hpp"
#include "tables/engine_error.hpp"

namespace mlrepro::tables {
namespace {

// Left to itself the engine keeps 204,800 rows beside the memory that it counts, however large they
// are. It reads in steps of 2,048 rows; what is handed over in such steps is written in them as
// well.
constexpr std::size_t k_step = 2048;
constexpr std::size_t k_much_waiting = std::size_t{96} << 20;
constexpr std::size_t k_most_waiting = std::size_t{256} << 20;
constexpr std::size_t k_cell_bytes = 16;

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
    : connection_(connect({database, ""}))
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
    const auto* const text = std::get_if<std::string>(&value);
    waiting_bytes_ += k_cell_bytes + (text != nullptr ? text->size() : 0);
  }
  check(duckdb().appender_end_row(appender_.get()));
  ++rows_;
  if (waiting_bytes_ > k_most_waiting || (waiting_bytes_ > k_much_waiting && rows_ % k_step == 0)) {
    check(duckdb().appender_flush(appender_.get()));
    waiting_bytes_ = 0;
  }
}

void DuckdbRowAppender::finish()
{
  check(duckdb().appender_close(appender_.get()));
}

}  // namespace mlrepro::tables
