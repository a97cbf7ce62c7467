// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/query_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/sql_tokens.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;
using TokenKind = SqlToken::Kind;

constexpr std::array<std::string_view, 9> k_reading = {
    "select", "from", "with", "values", "describe", "desc", "summarize", "pivot", "unpivot"};
// Behind WITH these make a statement that writes.
constexpr std::array<std::string_view, 4> k_writing = {"insert", "update", "delete", "merge"};

bool is_symbol(const SqlToken& token, std::string_view symbol)
{
  return token.kind == TokenKind::symbol && token.value == symbol;
}

[[noreturn]] void refuse_writing(const std::string& word)
{
  std::string upper = word;
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  throw Error(ErrorKind::usage, "SQL: " + upper + " is not run here, only what reads",
              "begin with SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, PIVOT or UNPIVOT");
}

void check_reads(const std::vector<SqlToken>& tokens)
{
  const auto first = std::find_if(tokens.begin(), tokens.end(),
                                  [](const SqlToken& token) { return !is_symbol(token, "("); });
  const std::string word = first == tokens.end() ? "(" : first->value;
  if (first == tokens.end() || first->kind != TokenKind::word ||
      std::find(k_reading.begin(), k_reading.end(), word) == k_reading.end()) {
    refuse_writing(word);
  }
  if (word != "with") {
    return;
  }
  int depth = 0;
  for (auto token = first; token != tokens.end(); ++token) {
    depth += is_symbol(*token, "(") ? 1 : is_symbol(*token, ")") ? -1 : 0;
    if (depth == 0 && token->kind == TokenKind::word &&
        std::find(k_writing.begin(), k_writing.end(), token->value) != k_writing.end()) {
      refuse_writing(token->value);
    }
  }
}

std::string in_quotes(std::string_view text, char quote)
{
  std::string out(1, quote);
  for (const char c : text) {
    out.append(c == quote ? 2 : 1, c);
  }
  return out + quote;
}

class Rewriter {
 public:
  Rewriter(std::string_view sql, const std::vector<SqlToken>& tokens) : sql_(sql), tokens_(tokens)
  {
  }

  QueryText run()
  {
    std::size_t copied = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const SqlToken& token = tokens_[i];
      if (token.kind == TokenKind::word || token.kind == TokenKind::quoted_name) {
        text_.words.insert(token.value);
      }
      if (is_call(i)) {
        text_.sql += sql_.substr(copied, token.begin - copied);
        text_.sql += view_of(reference_at(i));
        i += 3;
        copied = tokens_[i].end;
      }
    }
    text_.sql += sql_.substr(copied);
    return std::move(text_);
  }

 private:
  // "snap(", but not the function of that name in a schema.
  [[nodiscard]] bool is_call(std::size_t i) const
  {
    return tokens_[i].value == "snap" &&
           (tokens_[i].kind == TokenKind::word || tokens_[i].kind == TokenKind::quoted_name) &&
           i + 1 < tokens_.size() && is_symbol(tokens_[i + 1], "(") &&
           (i == 0 || !is_symbol(tokens_[i - 1], "."));
  }

  [[nodiscard]] std::string reference_at(std::size_t i) const
  {
    if (i + 3 >= tokens_.size() || tokens_[i + 2].kind != TokenKind::text ||
        !is_symbol(tokens_[i + 3], ")")) {
      throw Error(ErrorKind::usage, "SQL: snap() takes one text",
                  "write for example snap('sales-2021') or snap('RUN:data/sales.csv')");
    }
    return tokens_[i + 2].value;
  }

  // The call itself is the name, since that is what messages of the engine show.
  std::string view_of(const std::string& reference)
  {
    const std::string view = "snap(" + in_quotes(reference, '\'') + ")";
    const SnapCall call = {reference, view};
    if (std::find(text_.snaps.begin(), text_.snaps.end(), call) == text_.snaps.end()) {
      text_.snaps.push_back(call);
    }
    return in_quotes(view, '"');
  }

  std::string_view sql_;
  const std::vector<SqlToken>& tokens_;
  QueryText text_;
};

}  // namespace

QueryText parse_query(std::string_view sql)
{
  const std::string statement = single_statement(sql);
  const std::vector<SqlToken> tokens = sql_tokens(statement);
  check_reads(tokens);
  return Rewriter(statement, tokens).run();
}

}  // namespace mlrepro::plan
