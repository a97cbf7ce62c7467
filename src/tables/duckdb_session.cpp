// SPDX-License-Identifier: Apache-2.0
#include "tables/duckdb_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "tables/duckdb_appender.hpp"
#include "tables/duckdb_rows.hpp"
#include "tables/duckdb_statement.hpp"
#include "tables/engine_error.hpp"

namespace mlrepro::tables {
namespace {

using model::Error;
using model::ErrorKind;
using Setting = std::pair<const char*, std::string>;

void set(DuckdbConfig config, const Setting& setting)
{
  if (duckdb().set_config(config, setting.first, setting.second.c_str()) != k_duckdb_success) {
    throw Error(ErrorKind::external, std::string("this DuckDB has no setting '") + setting.first +
                                         "' of value '" + setting.second + "'");
  }
}

// DuckDB counts the tables that it holds and not all that it takes beside them: a sort of 2 GB with
// a limit of 1 GB takes 1.4 GB.
std::uint64_t counted_bytes(std::uint64_t memory_bytes)
{
  return memory_bytes / 5 * 3;
}

void configure(DuckdbConfig config, const ports::TableLimits& limits)
{
  const std::array<Setting, 9> settings = {{
      {"memory_limit", std::to_string(counted_bytes(limits.memory_bytes)) + "B"},
      {"threads", std::to_string(std::max(limits.threads, 1U))},
      {"temp_directory", limits.spill_folder},
      {"preserve_insertion_order", "true"},
      // Nothing is fetched or loaded that the library does not have in itself.
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
      {"enable_object_cache", "false"},
  }};
  for (const Setting& setting : settings) {
    set(config, setting);
  }
}

// Days and texts of instants must not depend on where they are read. Only an open database has the
// setting.
void use_utc(DuckdbConnection connection)
{
  try {
    run_statements(connection, "SET GLOBAL TimeZone = 'UTC'", Confined::no);
  } catch (const Error&) {
    // A library without the part that knows time zones knows this one only.
  }
}

std::string text_list(const std::vector<std::string>& texts, const std::string& ending)
{
  std::string list;
  for (const std::string& text : texts) {
    list += (list.empty() ? "" : ", ") + ports::quoted_text(text + ending);
  }
  return "[" + list + "]";
}

}  // namespace

DuckdbSession::DuckdbSession(const ports::TableLimits& limits)
{
  ConfigHandle config;
  if (duckdb().create_config(config.out()) != k_duckdb_success) {
    throw Error(ErrorKind::external, "DuckDB makes no configuration");
  }
  configure(config.get(), limits);
  char* cause = nullptr;
  if (duckdb().open_ext(nullptr, database_.out(), config.get(), &cause) != k_duckdb_success) {
    const Error error = engine_error(cause);
    duckdb().free(cause);
    throw Error(error.kind(), "open a session of tables: " + error.message(), error.hint());
  }
  if (duckdb().connect(database_.get(), connection_.out()) != k_duckdb_success) {
    throw Error(ErrorKind::external, "DuckDB opens no connection to its own tables");
  }
  use_utc(connection_.get());
}

void DuckdbSession::execute(const std::string& sql)
{
  run_statements(connection_.get(), sql, confined_ ? Confined::yes : Confined::no);
}

std::unique_ptr<ports::TableRows> DuckdbSession::query(const std::string& sql)
{
  return open_rows({database_.get(), used_}, sql, confined_ ? Confined::yes : Confined::no);
}

std::unique_ptr<ports::TableAppender> DuckdbSession::append(const std::string& table)
{
  return std::make_unique<DuckdbRowAppender>(database_.get(), table);
}

std::uint64_t DuckdbSession::write_parquet(const std::string& select,
                                           const ports::ParquetFile& file)
{
  const std::string inner = checked_select(connection_.get(), select);
  run_statements(connection_.get(),
                 "COPY (" + inner + "\n) TO " + ports::quoted_text(file.path) +
                     " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE " +
                     std::to_string(file.rows_per_group) + ")",
                 Confined::no);
  const auto rows =
      query("SELECT num_rows FROM parquet_file_metadata(" + ports::quoted_text(file.path) + ")");
  std::vector<ports::TableValue> row;
  return rows->next(row) ? static_cast<std::uint64_t>(std::get<std::int64_t>(row.front())) : 0;
}

void DuckdbSession::use_database(const std::string& name)
{
  run_statements(connection_.get(), "USE " + ports::quoted_name(name), Confined::no);
  used_ = name;
}

void DuckdbSession::confine(const ports::Readable& readable)
{
  run_statements(connection_.get(),
                 "SET allowed_directories = " + text_list(readable.folders, "/") +
                     "; SET allowed_paths = " + text_list(readable.files, "") +
                     "; SET enable_external_access = false; SET lock_configuration = true",
                 Confined::no);
  confined_ = true;
}

}  // namespace mlrepro::tables
