// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mlrepro::plan {

// What a column of a query's answer is stored as. Values arrive as text; where the source does not
// say what type holds them all, what was seen of them decides when all have been seen.
class StoredColumn {
 public:
  // `stored_as`: a type of the table engine; "DECIMAL" or "DECIMAL(p,s)" for numbers that their
  // places, and NaN, are looked for in; empty where each value says what it is. `source_type` then
  // decides for a column without values, by SQLite's rules.
  StoredColumn(std::string stored_as, std::string source_type);

  // False for text that the type would take for something else: the engine reads dates as far as
  // it understands them, and leaves out "BC" behind one.
  [[nodiscard]] bool holds(std::string_view text) const;

  void see_whole(std::string_view text);
  void see_real() { real_ = true; }
  void see_text(std::string_view text);
  void see_bytes() { bytes_ = true; }

  // In the engine's words.
  [[nodiscard]] std::string type() const;
  // The SQL that makes the value of the staged text `name`, which is hexadecimal for BLOB.
  [[nodiscard]] std::string expression(const std::string& name) const;
  // Bytes among other values: no type holds both.
  [[nodiscard]] bool is_mixed() const { return bytes_ && (whole_ || real_ || text_); }
  // A sentence where a type was chosen that does not hold every digit; empty otherwise.
  [[nodiscard]] std::string loss() const;

 private:
  [[nodiscard]] bool is_decimal() const { return stored_as_.starts_with("DECIMAL"); }
  [[nodiscard]] std::string decimal_type() const;
  [[nodiscard]] std::string type_of_values() const;

  std::string stored_as_;
  std::string source_type_;
  bool whole_ = false;
  bool large_ = false;  // a whole number that a double may not hold
  bool real_ = false;
  bool text_ = false;
  bool bytes_ = false;
  bool special_ = false;  // of decimal numbers: NaN, an infinity, an exponent
  std::size_t whole_digits_ = 0;
  std::size_t places_ = 0;
};

}  // namespace mlrepro::plan
