// SPDX-License-Identifier: Apache-2.0
#include "tables/duckdb_rows.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/sql_tokens.hpp"
#include "tables/engine_error.hpp"

namespace mlrepro::tables {
namespace {

using model::Error;
using model::ErrorKind;
using ports::TableColumn;
using ports::TableValue;
using Read = TableValue (*)(const void* cells, DuckdbIndex row);

template <typename T>
const T& cell(const void* cells, DuckdbIndex row)
{
  return static_cast<const T*>(cells)[row];
}

template <typename T>
TableValue read_whole(const void* cells, DuckdbIndex row)
{
  return static_cast<std::int64_t>(cell<T>(cells, row));
}

template <typename T>
TableValue read_floating(const void* cells, DuckdbIndex row)
{
  return static_cast<double>(cell<T>(cells, row));
}

TableValue read_boolean(const void* cells, DuckdbIndex row)
{
  return cell<bool>(cells, row);
}

TableValue read_null(const void*, DuckdbIndex)
{
  return std::monostate();
}

TableValue read_unsigned(const void* cells, DuckdbIndex row)
{
  const std::uint64_t value = cell<std::uint64_t>(cells, row);
  if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
    return std::to_string(value);
  }
  return static_cast<std::int64_t>(value);
}

std::string digits_of(DuckdbHugeint value)
{
  const bool negative = value.upper < 0;
  // GCC and clang have it; the extension is only for this one conversion.
  __extension__ using Wide = unsigned __int128;
  Wide magnitude = (Wide(static_cast<std::uint64_t>(value.upper)) << 64U) | value.lower;
  magnitude = negative ? ~magnitude + 1 : magnitude;
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0);
  digits += negative ? "-" : "";
  std::reverse(digits.begin(), digits.end());
  return digits;
}

TableValue read_huge(const void* cells, DuckdbIndex row)
{
  const DuckdbHugeint value = cell<DuckdbHugeint>(cells, row);
  const auto narrow = static_cast<std::int64_t>(value.lower);
  if (value.upper == (narrow < 0 ? -1 : 0)) {
    return narrow;
  }
  return digits_of(value);
}

TableValue read_text(const void* cells, DuckdbIndex row)
{
  const DuckdbString& text = cell<DuckdbString>(cells, row);
  const std::uint32_t length = text.inlined.length;
  return std::string(length <= DuckdbString::k_inlined ? text.inlined.data : text.pointer.data,
                     length);
}

struct Form {
  int type;
  const char* name;
  Read read;
};

// What is not here is read as text.
constexpr std::array<Form, 14> k_forms = {{
    {k_duckdb_boolean, "BOOLEAN", read_boolean},
    {k_duckdb_tinyint, "TINYINT", read_whole<std::int8_t>},
    {k_duckdb_smallint, "SMALLINT", read_whole<std::int16_t>},
    {k_duckdb_integer, "INTEGER", read_whole<std::int32_t>},
    {k_duckdb_bigint, "BIGINT", read_whole<std::int64_t>},
    {k_duckdb_utinyint, "UTINYINT", read_whole<std::uint8_t>},
    {k_duckdb_usmallint, "USMALLINT", read_whole<std::uint16_t>},
    {k_duckdb_uinteger, "UINTEGER", read_whole<std::uint32_t>},
    {k_duckdb_ubigint, "UBIGINT", read_unsigned},
    {k_duckdb_float, "FLOAT", read_floating<float>},
    {k_duckdb_double, "DOUBLE", read_floating<double>},
    {k_duckdb_hugeint, "HUGEINT", read_huge},
    {k_duckdb_varchar, "VARCHAR", read_text},
    {k_duckdb_null, "NULL", read_null},
}};

const Form* form_of(int type)
{
  const auto* const found = std::find_if(k_forms.begin(), k_forms.end(),
                                         [&](const Form& form) { return form.type == type; });
  return found == k_forms.end() ? nullptr : found;
}

class DuckdbRows final : public ports::TableRows {
 public:
  DuckdbRows(std::unique_ptr<ConnectionHandle> connection, DuckdbPrepared statement)
      : connection_(std::move(connection))
  {
    run_streaming(statement, result_);
    const DuckdbIndex count = duckdb().column_count(result_.out());
    for (DuckdbIndex i = 0; i < count; ++i) {
      add_column(i);
    }
  }

  // For columns whose types the result does not know by name, since it has them as text.
  void name_columns(std::vector<TableColumn> columns) { columns_ = std::move(columns); }

  [[nodiscard]] const std::vector<TableColumn>& columns() const override { return columns_; }

  bool next(std::vector<TableValue>& row) override
  {
    if (at_ == size_ && !fetch()) {
      return false;
    }
    row.resize(reads_.size());
    for (std::size_t i = 0; i < reads_.size(); ++i) {
      const Vector& vector = vectors_[i];
      const bool valid =
          vector.validity == nullptr || ((vector.validity[at_ / 64] >> (at_ % 64)) & 1U) != 0;
      row[i] = valid ? reads_[i](vector.cells, at_) : TableValue();
    }
    ++at_;
    return true;
  }

 private:
  struct Vector {
    const void* cells = nullptr;
    const std::uint64_t* validity = nullptr;
  };

  void add_column(DuckdbIndex index)
  {
    const Form* form = form_of(duckdb().column_type(result_.out(), index));
    const char* name = duckdb().column_name(result_.out(), index);
    std::string type = form != nullptr ? form->name : "?";
    LogicalTypeHandle logical;
    *logical.out() = duckdb().column_logical_type(result_.out(), index);
    char* const alias = duckdb().logical_type_get_alias(logical.get());
    if (alias != nullptr) {
      type = alias;
      duckdb().free(alias);
    }
    columns_.push_back({name != nullptr ? name : "", type});
    if (form == nullptr) {
      throw Error(ErrorKind::usage,
                  "column '" + columns_.back().name + "' of the answer can't be shown",
                  "write CAST(… AS VARCHAR) around it");
    }
    reads_.push_back(form->read);
  }

  bool fetch()
  {
    do {
      chunk_.reset();
      *chunk_.out() = duckdb().fetch_chunk(*result_.out());
      if (chunk_.get() == nullptr) {
        size_ = at_ = 0;
        if (const char* const cause = duckdb().result_error(result_.out()); cause != nullptr) {
          throw engine_error(cause);
        }
        return false;
      }
      size_ = duckdb().data_chunk_get_size(chunk_.get());
    } while (size_ == 0);
    at_ = 0;
    vectors_.resize(reads_.size());
    for (std::size_t i = 0; i < reads_.size(); ++i) {
      const DuckdbVector vector = duckdb().data_chunk_get_vector(chunk_.get(), i);
      vectors_[i] = {duckdb().vector_get_data(vector), duckdb().vector_get_validity(vector)};
    }
    return true;
  }

  std::unique_ptr<ConnectionHandle> connection_;
  ResultHandle result_;
  ChunkHandle chunk_;
  std::vector<TableColumn> columns_;
  std::vector<Read> reads_;
  std::vector<Vector> vectors_;
  DuckdbIndex at_ = 0;
  DuckdbIndex size_ = 0;
};

void prepare_one(DuckdbConnection connection, const std::string& sql, PreparedHandle& statement)
{
  const ParsedSql parsed(connection, sql);
  if (parsed.count() != 1) {
    throw Error(ErrorKind::usage, "SQL of several statements where one is expected",
                "leave out what follows the semicolon");
  }
  parsed.prepare(0, statement);
}

bool is_readable(DuckdbPrepared statement)
{
  const DuckdbIndex count = duckdb().prepared_statement_column_count(statement);
  for (DuckdbIndex i = 0; i < count; ++i) {
    if (form_of(duckdb().prepared_statement_column_type(statement, i)) == nullptr) {
      return false;
    }
  }
  return true;
}

std::vector<TableColumn> describe(const OpenDatabase& database, const std::string& select)
{
  const auto rows = open_rows(
      database, "SELECT column_name, column_type FROM (DESCRIBE (" + select + "\n))", Confined::no);
  std::vector<TableColumn> columns;
  std::vector<TableValue> row;
  while (rows->next(row)) {
    columns.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1])});
  }
  return columns;
}

// The same rows, with everything that has no form of its own as the text that DuckDB makes of it.
// Names may occur twice, hence the new ones.
std::string as_text(const std::string& select, DuckdbPrepared statement)
{
  std::string names;
  std::string values;
  const DuckdbIndex count = duckdb().prepared_statement_column_count(statement);
  for (DuckdbIndex i = 0; i < count; ++i) {
    const std::string name = "c" + std::to_string(i);
    const bool known = form_of(duckdb().prepared_statement_column_type(statement, i)) != nullptr;
    names += (i == 0 ? "" : ", ") + name;
    values += (i == 0 ? "" : ", ") + (known ? name : "CAST(" + name + " AS VARCHAR)");
  }
  return "SELECT " + values + " FROM (" + select + "\n) AS t(" + names + ")";
}

}  // namespace

std::unique_ptr<ports::TableRows> open_rows(const OpenDatabase& database, const std::string& sql,
                                            Confined confined)
{
  auto connection = connect(database);
  PreparedHandle statement;
  prepare_one(connection->get(), sql, statement);
  const bool selects = duckdb().prepared_statement_type(statement.get()) == k_duckdb_select;
  if (confined == Confined::yes && !selects) {
    throw Error(ErrorKind::usage, "SQL that is no SELECT is not run here");
  }
  if (!selects || is_readable(statement.get())) {
    return std::make_unique<DuckdbRows>(std::move(connection), statement.get());
  }
  const std::string select = plan::single_statement(sql);
  std::vector<TableColumn> columns = describe(database, select);
  PreparedHandle readable;
  prepare_one(connection->get(), as_text(select, statement.get()), readable);
  auto rows = std::make_unique<DuckdbRows>(std::move(connection), readable.get());
  rows->name_columns(std::move(columns));
  return rows;
}

std::string checked_select(DuckdbConnection connection, const std::string& sql)
{
  PreparedHandle statement;
  prepare_one(connection, sql, statement);
  if (duckdb().prepared_statement_type(statement.get()) != k_duckdb_select) {
    throw Error(ErrorKind::usage, "SQL that is no SELECT has no rows to write");
  }
  return plan::single_statement(sql);
}

}  // namespace mlrepro::tables
