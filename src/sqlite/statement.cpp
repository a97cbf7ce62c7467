// SPDX-License-Identifier: Apache-2.0
#include "sqlite/statement.hpp"

#include <sqlite3.h>

#include <cmath>
#include <limits>

#include "mlrepro/model/error.hpp"
#include "sqlite/database.hpp"
#include "sqlite/sqlite_error.hpp"

namespace mlrepro::sqlite {

Statement::Statement(const Database& database, std::string_view sql) : database_(&database)
{
  StatementCache* kept = database.statements();
  if (kept != nullptr && (statement_ = kept->take(sql))) {
    return;
  }
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                         kept != nullptr ? SQLITE_PREPARE_PERSISTENT : 0U, &raw, nullptr);
  statement_.reset(raw);
  check(code);
}

Statement::~Statement()
{
  give_back();
}

Statement::Statement(Statement&&) noexcept = default;

Statement& Statement::operator=(Statement&& other) noexcept
{
  if (this != &other) {
    give_back();
    database_ = other.database_;
    statement_ = std::move(other.statement_);
  }
  return *this;
}

void Statement::give_back() noexcept
{
  if (statement_ && database_->statements() != nullptr) {
    database_->statements()->give_back(std::move(statement_));
  }
}

void Statement::check(int code) const
{
  if (code != SQLITE_OK) {
    throw sqlite_error(code, database_->handle(), database_->path());
  }
}

void Statement::put(int index, std::string_view text)
{
  // A null pointer would be NULL and not the empty text.
  const char* bytes = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(statement_.get(), index, bytes, text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Statement::put(int index, double number)
{
  check(sqlite3_bind_double(statement_.get(), index, number));
}

void Statement::put_integer(int index, std::int64_t number)
{
  check(sqlite3_bind_int64(statement_.get(), index, number));
}

void Statement::put_null(int index)
{
  check(sqlite3_bind_null(statement_.get(), index));
}

void Statement::put(int index, const Value& value)
{
  std::visit([&](const auto& held) { put(index, held); }, value);
}

bool Statement::step()
{
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code != SQLITE_DONE) {
    throw sqlite_error(code, database_->handle(), database_->path());
  }
  return false;
}

void Statement::run()
{
  while (step()) {
  }
  reset();
}

void Statement::reset() noexcept
{
  sqlite3_reset(statement_.get());  // repeats the error that `step` has thrown already
}

bool Statement::is_null(int column) const
{
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const
{
  return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t Statement::unsigned_integer(int column) const
{
  return static_cast<std::uint64_t>(integer(column));
}

double Statement::real_or_nan(int column) const
{
  return is_null(column) ? std::numeric_limits<double>::quiet_NaN()
                         : sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const
{
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size);
}

model::Digest Statement::digest(int column) const
{
  const auto digest = model::Digest::parse(text(column));
  if (!digest) {
    throw model::Error(model::ErrorKind::corrupt,
                       "store '" + database_->path() + "': '" + text(column) + "' is no digest");
  }
  return *digest;
}

model::RunId Statement::run_id(int column) const
{
  auto id = model::RunId::parse(text(column));
  if (!id) {
    throw model::Error(model::ErrorKind::corrupt,
                       "store '" + database_->path() + "': '" + text(column) + "' is no run id");
  }
  return *std::move(id);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<int> Statement::optional_int(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(static_cast<int>(integer(column)));
}

std::optional<double> Statement::optional_real(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(real_or_nan(column));
}

std::optional<std::string> Statement::optional_text(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<model::Timestamp> Statement::optional_time(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(time(column));
}

std::optional<model::Digest> Statement::optional_digest(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(digest(column));
}

std::optional<model::RunId> Statement::optional_run_id(int column) const
{
  return is_null(column) ? std::nullopt : std::optional(run_id(column));
}

}  // namespace mlrepro::sqlite
