// SPDX-License-Identifier: Apache-2.0
#include "sources/odbc_source.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "mlrepro/plan/source_address.hpp"
#include "mlrepro/plan/sql_text.hpp"
#include "posix/cancel_on_signal.hpp"
#include "sources/odbc_handles.hpp"
#include "sources/source_error.hpp"
#include "sources/utf16.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;

// How a column is fetched, and what it is stored as.
struct Fetching {
  SQLSMALLINT c_type = SQL_C_WCHAR;
  const char* stored_as = "VARCHAR";
};

// What a driver says about the places of a decimal number is not to be trusted: that of PostgreSQL
// says 6 where the type has no limit.
Fetching fetching_of(SQLSMALLINT type)
{
  switch (type) {
    case SQL_BIT:
      return {SQL_C_WCHAR, "BOOLEAN"};
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT:
      return {SQL_C_WCHAR, "BIGINT"};
    case SQL_REAL:
    case SQL_FLOAT:
    case SQL_DOUBLE:
      return {SQL_C_DOUBLE, "DOUBLE"};
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      return {SQL_C_WCHAR, "DECIMAL"};
    case SQL_DATE:
    case SQL_TYPE_DATE:
      return {SQL_C_WCHAR, "DATE"};
    case SQL_TIME:
    case SQL_TYPE_TIME:
      return {SQL_C_WCHAR, "TIME"};
    case SQL_TIMESTAMP:
    case SQL_TYPE_TIMESTAMP:
      return {SQL_C_WCHAR, "TIMESTAMP"};
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
      return {SQL_C_BINARY, "BLOB"};
    default:
      return {};
  }
}

class OdbcRows final : public ports::SourceRows {
 public:
  OdbcRows(const OdbcConnection& connection, OdbcHandle statement)
      : connection_(connection), statement_(std::move(statement))
  {
    const OdbcApi& api = odbc_api();
    SQLSMALLINT count = 0;
    check(api.NumResultCols(statement_.get(), &count), ErrorKind::usage);
    for (SQLUSMALLINT i = 1; i <= static_cast<SQLUSMALLINT>(count); ++i) {
      describe(i);
    }
    check_columns(columns_);
    interruption_.emplace([this] { odbc_api().Cancel(statement_.get()); });
    check(api.Execute(statement_.get()), ErrorKind::usage);
  }

  [[nodiscard]] const std::vector<ports::SourceColumn>& columns() const override
  {
    return columns_;
  }

  bool next(std::vector<ports::SourceCell>& row) override
  {
    check_interruption();
    const SQLRETURN code = odbc_api().Fetch(statement_.get());
    if (code == SQL_NO_DATA) {
      interruption_.reset();
      connection_.end_transaction();
      return false;
    }
    check(code, ErrorKind::external);
    row.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      read(i, row[i]);
    }
    return true;
  }

 private:
  void check(SQLRETURN code, ErrorKind kind)
  {
    if (!SQL_SUCCEEDED(code)) {
      check_interruption();
      throw connection_.failure(SQL_HANDLE_STMT, statement_.get(), kind);
    }
  }

  void check_interruption()
  {
    if (interruption_) {
      interruption_->check();
    }
  }

  void describe(SQLUSMALLINT number)
  {
    const OdbcApi& api = odbc_api();
    std::array<SQLWCHAR, 1024> name{};
    SQLSMALLINT length = 0;
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    SQLSMALLINT digits = 0;
    SQLSMALLINT nullable = 0;
    check(api.DescribeColW(statement_.get(), number, name.data(), name.size(), &length, &type,
                           &size, &digits, &nullable),
          ErrorKind::usage);
    if (static_cast<std::size_t>(length) + 1 >= name.size()) {
      throw Error(ErrorKind::usage,
                  "--sql: column " + std::to_string(number) + " has a name that is too long",
                  "give it another one: … AS NAME");
    }
    const std::string column = to_utf8(units(name.data(), length));
    SQLSMALLINT bytes = 0;
    std::string declared;
    if (SQL_SUCCEEDED(api.ColAttributeW(statement_.get(), number, SQL_DESC_TYPE_NAME, name.data(),
                                        name.size() * sizeof(SQLWCHAR), &bytes, nullptr))) {
      const auto count = static_cast<std::size_t>(std::max<int>(bytes, 0)) / sizeof(SQLWCHAR);
      declared = to_utf8(units(name.data(), std::min(count, name.size() - 1)));
    }
    fetching_.push_back(fetching_of(type));
    columns_.push_back({column, declared, fetching_.back().stored_as});
  }

  void read(std::size_t index, ports::SourceCell& cell)
  {
    const auto number = static_cast<SQLUSMALLINT>(index + 1);
    cell.text.clear();
    switch (fetching_[index].c_type) {
      case SQL_C_DOUBLE:
        read_double(number, cell);
        break;
      case SQL_C_BINARY:
        cell.kind = read_pieces(number, SQL_C_BINARY, 0) ? ports::CellKind::bytes
                                                         : ports::CellKind::nothing;
        cell.text = pieces_;
        break;
      default:
        cell.kind = read_pieces(number, SQL_C_WCHAR, sizeof(SQLWCHAR)) ? ports::CellKind::text
                                                                       : ports::CellKind::nothing;
        cell.text = to_utf8(units(reinterpret_cast<const SQLWCHAR*>(pieces_.data()),
                                  pieces_.size() / sizeof(SQLWCHAR)));
    }
  }

  void read_double(SQLUSMALLINT number, ports::SourceCell& cell)
  {
    SQLDOUBLE value = 0;
    SQLLEN indicator = 0;
    check(odbc_api().GetData(statement_.get(), number, SQL_C_DOUBLE, &value, sizeof value,
                             &indicator),
          ErrorKind::external);
    cell.kind = indicator == SQL_NULL_DATA ? ports::CellKind::nothing : ports::CellKind::real;
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    cell.text.assign(digits.data(), end.ptr);
  }

  // All of a value that may be longer than a buffer, into `pieces_`; each piece but of bytes ends
  // in a zero of `terminator` bytes. False for NULL.
  bool read_pieces(SQLUSMALLINT number, SQLSMALLINT type, std::size_t terminator)
  {
    pieces_.clear();
    for (;;) {
      SQLLEN indicator = 0;
      const SQLRETURN code = odbc_api().GetData(statement_.get(), number, type, buffer_.data(),
                                                static_cast<SQLLEN>(buffer_.size()), &indicator);
      if (code == SQL_NO_DATA) {
        return true;
      }
      check(code, ErrorKind::external);
      if (indicator == SQL_NULL_DATA) {
        return false;
      }
      const std::size_t room = buffer_.size() - terminator;
      const bool whole = indicator != SQL_NO_TOTAL && static_cast<std::size_t>(indicator) <= room;
      pieces_.append(buffer_.data(), whole ? static_cast<std::size_t>(indicator) : room);
      if (whole) {
        return true;
      }
    }
  }

  template <typename Count>
  static std::u16string_view units(const SQLWCHAR* text, Count count)
  {
    static_assert(sizeof(SQLWCHAR) == sizeof(char16_t));
    return {reinterpret_cast<const char16_t*>(text), static_cast<std::size_t>(count)};
  }

  const OdbcConnection& connection_;
  OdbcHandle statement_;
  std::vector<ports::SourceColumn> columns_;
  std::vector<Fetching> fetching_;
  alignas(8) std::array<char, 65'536> buffer_{};
  std::string pieces_;
  std::optional<posix::CancelOnSignal> interruption_;
};

class OdbcSource final : public ports::RowSource {
 public:
  OdbcSource(const std::string& place, const std::string& label)
      : connection_(plan::parse_odbc_string(place), label),
        identity_{"odbc", connection_.uri(), connection_.product()}
  {
  }

  [[nodiscard]] const ports::SourceIdentity& identity() const override { return identity_; }

  std::unique_ptr<ports::SourceRows> query(const std::string& sql) override
  {
    plan::check_any_dialect(sql);
    OdbcHandle statement = connection_.make_statement();
    std::u16string text = to_utf16(sql);
    if (!SQL_SUCCEEDED(odbc_api().PrepareW(statement.get(),
                                           reinterpret_cast<SQLWCHAR*>(text.data()),
                                           static_cast<SQLINTEGER>(text.size())))) {
      throw connection_.failure(SQL_HANDLE_STMT, statement.get(), ErrorKind::usage);
    }
    return std::make_unique<OdbcRows>(connection_, std::move(statement));
  }

 private:
  OdbcConnection connection_;
  ports::SourceIdentity identity_;
};

}  // namespace

std::unique_ptr<ports::RowSource> open_odbc(const std::string& place, const std::string& label)
{
  return std::make_unique<OdbcSource>(place, label);
}

}  // namespace mlrepro::sources
