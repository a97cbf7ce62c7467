// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/table_reader.hpp"

#include <algorithm>

#include "format/byte_input.hpp"
#include "format/gzip_reader.hpp"

namespace mlrepro::format {
namespace {

// Of one row: more than any table has, and no danger for memory.
constexpr std::size_t k_max_row_bytes = 16'000'000;
constexpr std::size_t k_max_fields = 100'000;
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

class TableReader::Reader {
 public:
  Reader(const ReadBytes& read, char separator) : packed_(read), separator_(separator)
  {
    if (packed_.peek(k_gzip_magic.size()) == k_gzip_magic) {
      gzip_.emplace(packed_, budget_, [](std::string_view) {});
    }
    if (text_.peek(k_byte_order_mark.size()) == k_byte_order_mark) {
      text_.consume(k_byte_order_mark.size());
    }
  }

  bool next(std::vector<std::string>& fields)
  {
    while (!text_.at_end()) {
      const bool quoted = read_row(fields);
      if (fields.size() > 1 || quoted || !fields.front().empty()) {
        return true;
      }
    }
    return false;
  }

 private:
  // True where a field has quotes.
  bool read_row(std::vector<std::string>& fields)
  {
    std::size_t count = 0;
    std::size_t bytes = 0;
    bool quoted = false;
    for (bool more = true; more; ++count) {
      if (count == k_max_fields) {
        refuse("too many fields");
      }
      if (count == fields.size()) {
        fields.emplace_back();
      }
      std::string& field = fields[count];
      field.clear();
      if (text_.peek(1) == "\"") {
        quoted = true;
        read_quoted(field);
      }
      more = read_bare(field);
      bytes += field.size();
      if (bytes > k_max_row_bytes) {
        refuse("the row is too long");
      }
    }
    fields.resize(count);
    return quoted;
  }

  // It may hold separators, line ends and doubled quotes.
  void read_quoted(std::string& field)
  {
    const std::uint64_t start = line_;
    text_.consume(1);
    while (true) {
      const std::string_view ready = text_.available();
      if (ready.empty()) {
        line_ = start;
        refuse("the quote is not closed");
      }
      const std::size_t quote = std::min(ready.find('"'), ready.size());
      line_ += static_cast<std::uint64_t>(
          std::count(ready.begin(), ready.begin() + static_cast<std::ptrdiff_t>(quote), '\n'));
      append(field, ready.substr(0, quote));
      const bool found = quote < ready.size();
      text_.consume(quote + (found ? 1 : 0));
      if (found) {
        if (text_.peek(1) != "\"") {
          return;
        }
        field += '"';
        text_.consume(1);
      }
    }
  }

  // To the end of the field; true where another one follows.
  bool read_bare(std::string& field)
  {
    while (true) {
      const std::string_view ready = text_.available();
      if (ready.empty()) {
        return false;
      }
      const std::size_t end = std::min(ready.find_first_of(ends_), ready.size());
      append(field, ready.substr(0, end));
      if (end == ready.size()) {
        text_.consume(end);
        continue;
      }
      const char found = ready[end];
      text_.consume(end + 1);
      if (found == separator_) {
        return true;
      }
      if (found == '\r' && text_.peek(1) == "\n") {
        text_.consume(1);
      }
      ++line_;
      return false;
    }
  }

  void append(std::string& field, std::string_view text) const
  {
    field += text;
    if (field.size() > k_max_row_bytes) {
      refuse("the row is too long");
    }
  }

  [[noreturn]] void refuse(const std::string& why) const
  {
    refuse_content("line " + std::to_string(line_) + ": " + why);
  }

  UnpackBudget budget_{k_max_unpacked_bytes};
  ByteInput packed_;
  std::optional<GzipReader> gzip_;
  ByteInput text_{
      [this](std::span<std::byte> out) { return gzip_ ? gzip_->read(out) : packed_.read(out); }};
  char separator_;
  std::string ends_ = std::string("\r\n") + separator_;
  std::uint64_t line_ = 1;
};

TableReader::TableReader(const ReadBytes& read, char separator)
    : reader_(std::make_unique<Reader>(read, separator))
{
}

TableReader::~TableReader() = default;

bool TableReader::next(std::vector<std::string>& fields)
{
  return reader_->next(fields);
}

char table_separator(const std::string& name)
{
  std::string_view plain = name;
  if (plain.ends_with(".gz")) {
    plain.remove_suffix(3);
  }
  return plain.ends_with(".csv") ? ',' : plain.ends_with(".tsv") ? '\t' : '\0';
}

}  // namespace mlrepro::format
