// SPDX-License-Identifier: Apache-2.0
#include "tables/duckdb_statement.hpp"

#include <algorithm>
#include <array>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/table_engine.hpp"
#include "tables/engine_error.hpp"

namespace mlrepro::tables {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::array<int, 7> k_harmless = {k_duckdb_select, k_duckdb_insert, k_duckdb_update,
                                           k_duckdb_delete, k_duckdb_create, k_duckdb_alter,
                                           k_duckdb_drop};

}  // namespace

std::unique_ptr<ConnectionHandle> connect(const OpenDatabase& database)
{
  auto connection = std::make_unique<ConnectionHandle>();
  if (duckdb().connect(database.handle, connection->out()) != k_duckdb_success) {
    throw Error(ErrorKind::external, "DuckDB opens no connection to its own tables");
  }
  if (!database.used.empty()) {
    run_statements(connection->get(), "USE " + ports::quoted_name(database.used), Confined::no);
  }
  return connection;
}

ParsedSql::ParsedSql(DuckdbConnection connection, const std::string& sql) : connection_(connection)
{
  if (sql.find('\0') != std::string::npos) {
    throw Error(ErrorKind::usage, "SQL with a zero byte in it");
  }
  count_ = duckdb().extract_statements(connection, sql.c_str(), statements_.out());
  if (count_ == 0) {
    const char* const cause = duckdb().extract_statements_error(statements_.get());
    throw cause != nullptr ? engine_error(cause)
                           : Error(ErrorKind::usage, "SQL without a statement in it");
  }
}

void ParsedSql::prepare(DuckdbIndex index, PreparedHandle& statement) const
{
  if (duckdb().prepare_extracted_statement(connection_, statements_.get(), index,
                                           statement.out()) != k_duckdb_success) {
    throw engine_error(duckdb().prepare_error(statement.get()));
  }
  if (duckdb().nparams(statement.get()) > 0) {
    throw Error(ErrorKind::usage, "SQL with a parameter that nothing is given for",
                "write the value itself instead of ? or $1");
  }
}

void check_confined(DuckdbPrepared statement)
{
  const int type = duckdb().prepared_statement_type(statement);
  if (std::find(k_harmless.begin(), k_harmless.end(), type) == k_harmless.end()) {
    throw Error(ErrorKind::usage, "SQL that does more than read and make tables is not run here",
                "use SELECT; COPY, ATTACH, INSTALL, LOAD, SET, PRAGMA, CALL and their like are "
                "refused");
  }
}

void run_statements(DuckdbConnection connection, const std::string& sql, Confined confined)
{
  const ParsedSql parsed(connection, sql);
  for (DuckdbIndex i = 0; i < parsed.count(); ++i) {
    PreparedHandle statement;
    parsed.prepare(i, statement);
    if (confined == Confined::yes) {
      check_confined(statement.get());
    }
    ResultHandle result;
    if (duckdb().execute_prepared(statement.get(), result.out()) != k_duckdb_success) {
      throw engine_error(duckdb().result_error(result.out()));
    }
  }
}

void run_streaming(DuckdbPrepared statement, ResultHandle& result)
{
  PendingHandle pending;
  if (duckdb().pending_prepared_streaming(statement, pending.out()) != k_duckdb_success) {
    throw engine_error(duckdb().pending_error(pending.get()));
  }
  if (duckdb().execute_pending(pending.get(), result.out()) != k_duckdb_success) {
    const char* const cause = duckdb().result_error(result.out());
    throw engine_error(cause != nullptr ? cause : duckdb().pending_error(pending.get()));
  }
}

}  // namespace mlrepro::tables
