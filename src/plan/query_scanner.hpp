// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

struct QueryToken {
  enum class Kind { word, literal, name, mark, comment };
  Kind kind = Kind::mark;
  std::size_t begin = 0;
  std::size_t end = 0;
};

enum class QueryComments { left_out, given };

// Words, quoted texts and single marks, without white space; what is quoted is read as PostgreSQL
// and the standard do. The text outlives the scanner.
class QueryScanner {
 public:
  explicit QueryScanner(std::string_view sql, QueryComments comments = QueryComments::left_out)
      : sql_(sql), comments_(comments)
  {
  }

  std::optional<QueryToken> next();

 private:
  QueryToken scan();
  void skip_line();
  void skip_block();
  void skip_word();
  [[nodiscard]] std::size_t end_of_quoted(char quote, bool escapes) const;
  [[nodiscard]] std::size_t end_of_dollar_quoted() const;

  std::string_view sql_;
  QueryComments comments_;
  std::size_t at_ = 0;
};

bool is_query_word_byte(char c);

std::string_view query_text_of(std::string_view sql, const QueryToken& token);

// In upper case.
std::string query_word_of(std::string_view sql, const QueryToken& token);

// All that are no comments.
std::vector<QueryToken> query_tokens(std::string_view sql);

}  // namespace mlrepro::plan
