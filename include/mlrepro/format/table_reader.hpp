// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mlrepro/format/content_reader.hpp"

namespace mlrepro::format {

// The rows of a CSV or TSV file, one at a time (RFC 4180), also of a gzip file of one. What is
// malformed is Error{corrupt} with its line.
class TableReader {
 public:
  TableReader(const ReadBytes& read, char separator);
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  // False at the end. Lines without any text are no rows.
  bool next(std::vector<std::string>& fields);

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

// What separates the fields of a file with this name; 0: it is no table that can be read here.
char table_separator(const std::string& name);

}  // namespace mlrepro::format
