// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/timestamp.hpp"
#include "sqlite/statement_cache.hpp"

struct sqlite3_stmt;

namespace mlrepro::sqlite {

class Database;

using Value = std::variant<std::int64_t, double, std::string>;

// One prepared statement. Digests are text of 64 digits, times are milliseconds, NaN is NULL
// because SQLite knows none, and 64-bit unsigned numbers keep their bits.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Starts over with these values for the first parameters.
  template <typename... Values>
  Statement& bind(const Values&... values)
  {
    reset();
    int index = 0;
    (put(++index, values), ...);
    return *this;
  }

  void put(int index, std::string_view text);
  void put(int index, const std::string& text) { put(index, std::string_view(text)); }
  void put(int index, const char* text) { put(index, std::string_view(text)); }
  void put(int index, double number);
  void put(int index, std::integral auto number)
  {
    put_integer(index, static_cast<std::int64_t>(number));
  }
  void put(int index, const model::Digest& digest) { put(index, digest.hex()); }
  void put(int index, const model::RunId& id) { put(index, id.str()); }
  void put(int index, model::Timestamp time) { put_integer(index, time.ms); }
  void put(int index, const Value& value);
  void put_null(int index);
  template <typename T>
  void put(int index, const std::optional<T>& value)
  {
    if (value) {
      put(index, *value);
    } else {
      put_null(index);
    }
  }

  // True while there is a row.
  bool step();
  // Steps to the end, and is ready for new values.
  void run();
  void reset() noexcept;

  // Columns of the present row, from 0.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t unsigned_integer(int column) const;
  [[nodiscard]] bool boolean(int column) const { return integer(column) != 0; }
  [[nodiscard]] double real_or_nan(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] model::Timestamp time(int column) const { return {integer(column)}; }
  [[nodiscard]] model::Digest digest(int column) const;
  [[nodiscard]] model::RunId run_id(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<int> optional_int(int column) const;
  [[nodiscard]] std::optional<double> optional_real(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] std::optional<model::Timestamp> optional_time(int column) const;
  [[nodiscard]] std::optional<model::Digest> optional_digest(int column) const;
  [[nodiscard]] std::optional<model::RunId> optional_run_id(int column) const;

 private:
  void put_integer(int index, std::int64_t number);
  void check(int code) const;
  void give_back() noexcept;

  const Database* database_;
  PreparedStatement statement_;
};

}  // namespace mlrepro::sqlite
