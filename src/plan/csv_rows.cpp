// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/csv_rows.hpp"

#include <cstring>

namespace mlrepro::plan {

CsvRows::CsvRows(std::string_view text, char delimiter, std::size_t columns)
    : at_(text.data()), end_(text.data() + text.size()), delimiter_(delimiter), columns_(columns)
{
  for (const char special : {delimiter, '\n', '\r', '"', '\0'}) {
    ends_cell_[static_cast<unsigned char>(special)] = true;
  }
}

bool CsvRows::refuse()
{
  plain_ = false;
  at_ = end_;
  return false;
}

// Returns where the cell ends; null where it does not.
const char* CsvRows::cell(const char* at, std::string_view& found)
{
  if (at != end_ && *at == '"') {
    const char* const begin = ++at;
    while (true) {
      const auto* quote =
          static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end_ - at)));
      if (quote == nullptr) {
        return nullptr;
      }
      if (quote + 1 == end_ || quote[1] != '"') {
        found = {begin, static_cast<std::size_t>(quote - begin)};
        return quote + 1;
      }
      at = quote + 2;
    }
  }
  const char* const begin = at;
  while (at != end_ && !ends_cell_[static_cast<unsigned char>(*at)]) {
    ++at;
  }
  found = {begin, static_cast<std::size_t>(at - begin)};
  return at;
}

// Goes behind the line end that a record's last cell is followed by.
bool CsvRows::end_record(const char* at)
{
  if (at == end_) {
    at_ = at;
  } else if (*at == '\n') {
    ends_in_lf_ = true;
    at_ = at + 1;
  } else if (*at == '\r' && at + 1 != end_ && at[1] == '\n') {
    ends_in_crlf_ = true;
    at_ = at + 2;
  } else {
    return refuse();
  }
  return true;
}

bool CsvRows::next(std::vector<std::string_view>& cells)
{
  if (at_ == end_) {
    return false;
  }
  cells.resize(columns_);
  const char* const begin = at_;
  const char* at = at_;
  for (std::size_t i = 0; i < columns_; ++i) {
    at = cell(at, cells[i]);
    if (at == nullptr) {
      return refuse();
    }
    if (i + 1 < columns_) {
      if (at == end_ || *at != delimiter_) {
        return refuse();
      }
      ++at;
    }
  }
  const bool blank = at == begin;  // a line that other readers pass over
  return blank ? refuse() : end_record(at);
}

}  // namespace mlrepro::plan
