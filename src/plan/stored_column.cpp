// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/stored_column.hpp"

#include <algorithm>
#include <cctype>

namespace mlrepro::plan {
namespace {

constexpr std::size_t k_digits_of_a_word = 18;
constexpr std::size_t k_most_digits = 38;
constexpr std::size_t k_digits_of_a_double = 15;

bool is_digits(std::string_view text)
{
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The affinity rules of SQLite ("Datatypes In SQLite", 3.1).
std::string type_by_affinity(std::string declared)
{
  std::transform(declared.begin(), declared.end(), declared.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto has = [&](const char* word) { return declared.find(word) != std::string::npos; };
  if (has("INT")) {
    return "BIGINT";
  }
  const bool text = has("CHAR") || has("CLOB") || has("TEXT");
  return !text && (has("REAL") || has("FLOA") || has("DOUB")) ? "DOUBLE" : "VARCHAR";
}

}  // namespace

StoredColumn::StoredColumn(std::string stored_as, std::string source_type)
    : stored_as_(std::move(stored_as)), source_type_(std::move(source_type))
{
}

bool StoredColumn::holds(std::string_view text) const
{
  const bool date = stored_as_ == "DATE";
  const bool time = stored_as_ == "TIME";
  if ((!date && !time && !stored_as_.starts_with("TIMESTAMP")) || text == "infinity" ||
      text == "-infinity") {
    return true;
  }
  return text.find_first_not_of(date   ? "0123456789-"
                                : time ? "0123456789:."
                                       : "0123456789-: .+T") == std::string_view::npos;
}

void StoredColumn::see_whole(std::string_view text)
{
  whole_ = true;
  large_ = large_ || text.size() > k_digits_of_a_double;
}

void StoredColumn::see_text(std::string_view text)
{
  text_ = true;
  if (!is_decimal()) {
    return;
  }
  text.remove_prefix(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (!is_digits(whole) || !is_digits(fraction) || (whole.empty() && fraction.empty())) {
    special_ = true;
    return;
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  whole_digits_ = std::max(whole_digits_, whole.size());
  places_ = std::max(places_, fraction.size());
}

std::string StoredColumn::decimal_type() const
{
  if (special_) {
    return "DOUBLE";
  }
  if (stored_as_ != "DECIMAL") {
    return stored_as_;
  }
  const std::size_t digits = whole_digits_ + places_;
  return digits > k_most_digits
             ? "DOUBLE"
             : "DECIMAL(" +
                   std::to_string(digits > k_digits_of_a_word ? k_most_digits
                                                              : k_digits_of_a_word) +
                   "," + std::to_string(places_) + ")";
}

std::string StoredColumn::type_of_values() const
{
  if (bytes_) {
    return "BLOB";
  }
  if (text_ || (whole_ && real_ && large_)) {
    return "VARCHAR";
  }
  if (real_) {
    return "DOUBLE";
  }
  return whole_ ? "BIGINT" : type_by_affinity(source_type_);
}

std::string StoredColumn::type() const
{
  if (is_decimal()) {
    return decimal_type();
  }
  return stored_as_.empty() ? type_of_values() : stored_as_;
}

std::string StoredColumn::expression(const std::string& name) const
{
  const std::string kind = type();
  if (kind == "VARCHAR") {
    return name;
  }
  return kind == "BLOB" ? "unhex(" + name + ")" : "CAST(" + name + " AS " + kind + ")";
}

std::string StoredColumn::loss() const
{
  if (!is_decimal() || type() != "DOUBLE") {
    return {};
  }
  return special_ ? "has NaN, an infinity or an exponent: stored as DOUBLE, of which 15 digits are "
                    "certain"
                  : "has numbers of more than 38 digits: stored as DOUBLE, of which 15 digits are "
                    "certain";
}

}  // namespace mlrepro::plan
