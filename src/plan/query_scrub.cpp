// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/plan/sql_text.hpp"
#include "plan/query_scanner.hpp"

namespace mlrepro::plan {
namespace {

// Which colons stand between a key and its value, as '=' does: those behind a key in quotes, as in
// JSON, or all. Literals are often sentences.
enum class Colons { behind_quotes, all };

// A value's place in a text of pairs; without bytes where there is nothing to hide.
struct PairValue {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_quote_byte(char c)
{
  return c == '\'' || c == '"' || c == '\\';
}

// The name in front of a sign between key and value; absent where the sign is none.
std::string_view key_before(std::string_view text, std::size_t sign, Colons colons)
{
  std::size_t end = sign;
  while (end > 0 && text[end - 1] == ' ') {
    --end;
  }
  if (text[sign] == ':') {
    const std::string_view behind = text.substr(sign + 1);
    const bool quoted = end > 0 && is_quote_byte(text[end - 1]);
    if (behind.starts_with(':') || behind.starts_with('=') || behind.starts_with("//") ||
        (colons == Colons::behind_quotes && !quoted)) {
      return {};
    }
    while (end > 0 && is_quote_byte(text[end - 1])) {
      --end;
    }
  }
  std::size_t begin = end;
  while (begin > 0 && (is_query_word_byte(text[begin - 1]) || text[begin - 1] == '-')) {
    --begin;
  }
  return text.substr(begin, end - begin);
}

// Of a value without quotes, in which a doubled one is a quote of the literal around it.
std::size_t end_of_bare(std::string_view text, std::size_t at)
{
  while (at < text.size() && std::string_view(" \t\r\n;&\"").find(text[at]) == std::string::npos) {
    if (text[at] == '\'') {
      if (!text.substr(at).starts_with("''")) {
        break;
      }
      ++at;
    }
    ++at;
  }
  return at;
}

PairValue value_behind(std::string_view text, std::size_t sign)
{
  PairValue value;
  value.begin = sign + 1;
  while (value.begin < text.size() && text[value.begin] == ' ') {
    ++value.begin;
  }
  if (value.begin < text.size() && is_quote_byte(text[value.begin])) {
    // Quotes may be doubled by the literal.
    value.begin = std::min(text.find_first_not_of("'\"\\", value.begin), text.size());
    value.end = std::min(text.find_first_of("'\"\\", value.begin), text.size());
  } else if (text.substr(value.begin).starts_with('{')) {
    value.end = std::min(text.find('}', value.begin), text.size() - 1) + 1;  // as in ODBC's strings
  } else {
    value.end = end_of_bare(text, value.begin);
  }
  if (text.substr(value.begin, value.end - value.begin) == "%") {
    value.end = value.begin;  // a pattern that looks for the name
  }
  return value;
}

// The values of secret keys replaced.
std::string scrub_pairs(std::string_view text, Colons colons)
{
  std::string result;
  std::size_t done = 0;
  for (std::size_t sign = text.find_first_of("=:"); sign != std::string::npos;
       sign = text.find_first_of("=:", sign + 1)) {
    if (sign < done || !is_secret_name(key_before(text, sign, colons))) {
      continue;
    }
    const PairValue value = value_behind(text, sign);
    if (value.end > value.begin) {
      result.append(text.substr(done, value.begin - done)).append(k_scrubbed);
      done = value.end;
    }
  }
  return result.append(text.substr(done));
}

// Of a comment's line or part. Asterisks for what was taken out could begin or end a comment.
std::string scrub_remark(std::string_view text)
{
  std::string result = scrub_pairs(scrub_urls(text), Colons::all);
  if (result != text) {
    for (std::size_t at = result.find(k_scrubbed); at != std::string::npos;
         at = result.find(k_scrubbed)) {
      result.replace(at, k_scrubbed.size(), "xxx");
    }
  }
  return result;
}

// What stands between two tokens, of which comments keep their ends.
std::string scrub_comments(std::string_view text)
{
  std::string result;
  while (!text.empty()) {
    const std::size_t end =
        std::min({text.find('\n'), text.find("*/"), text.find("/*"), text.size()});
    const std::size_t next =
        std::min(end + (text.substr(end).starts_with('\n') ? 1 : 2), text.size());
    result += scrub_remark(text.substr(0, end));
    result += text.substr(end, next - end);
    text.remove_prefix(next);
  }
  return result;
}

// How many bytes of a quoted text are quotes, on either side.
std::size_t quote_of(std::string_view text)
{
  return std::min(text.front() == '$' ? text.find('$', 1) + 1 : 1, text.size() / 2);
}

std::string_view inside_of(std::string_view text)
{
  const std::size_t quote = quote_of(text);
  return text.substr(quote, text.size() - 2 * quote);
}

std::string scrub_inside(std::string_view inside, bool secret)
{
  return secret ? std::string(k_scrubbed) : scrub_pairs(scrub_urls(inside), Colons::behind_quotes);
}

// Follows a query's tokens, and says of which literals all is secret: those of an argument by the
// name of a secret, `password => 'x'` or `password := E'x' || 'y'`.
class SecretArguments {
 public:
  explicit SecretArguments(std::string_view sql) : sql_(sql) {}

  void see(const QueryToken& token)
  {
    if (token.kind == QueryToken::Kind::mark) {
      see_mark(token);
    } else if (token.kind != QueryToken::Kind::literal) {
      const std::string_view text = query_text_of(sql_, token);
      name_ = token.kind == QueryToken::Kind::name ? inside_of(text) : text;
    }
    last_ = token;
  }

  [[nodiscard]] bool secret() const { return secret_; }

  // A name that is given to a column or belongs to a table; other names are texts to some
  // databases.
  [[nodiscard]] bool names_column() const
  {
    const std::string before = query_word_of(sql_, last_);
    return before == "AS" || before == ".";
  }

 private:
  void see_mark(const QueryToken& token)
  {
    const char mark = sql_[token.begin];
    const bool joined = last_.end == token.begin;
    const char before = joined ? sql_[last_.begin] : ' ';
    if ((before == ':' && mark == '=') || (before == '=' && mark == '>')) {
      secret_ = is_secret_name(name_);
      depth_ = 0;
    } else if (secret_ && (mark == '(' || mark == ')')) {
      depth_ += mark == '(' ? 1 : -1;
      secret_ = depth_ >= 0;
    } else if ((mark == ',' && depth_ == 0) || mark == ';') {
      secret_ = false;
    }
    if (mark != ':' && mark != '=') {
      name_ = {};
    }
  }

  std::string_view sql_;
  std::string_view name_;
  QueryToken last_;  // empty at first
  bool secret_ = false;
  int depth_ = 0;
};

// A secret that was taken out of a quoted text: what stands for it is where a secret would be.
bool lost_secret(std::string_view inside, bool secret)
{
  std::string other(inside);
  for (std::size_t at = other.find(k_scrubbed); at != std::string::npos;
       at = other.find(k_scrubbed)) {
    other.replace(at, k_scrubbed.size(), "x");
  }
  return other != inside && scrub_inside(other, secret) != other;
}

}  // namespace

std::string scrub_query(std::string_view sql)
{
  SecretArguments arguments(sql);
  std::string result;
  std::size_t done = 0;
  for (const QueryToken& token : query_tokens(sql)) {
    // Between tokens are blanks and comments.
    result += scrub_comments(sql.substr(done, token.begin - done));
    const std::string_view text = query_text_of(sql, token);
    done = token.end;
    const bool literal = token.kind == QueryToken::Kind::literal;
    if (literal || (token.kind == QueryToken::Kind::name && !arguments.names_column())) {
      const std::string_view inside = inside_of(text);
      const std::size_t quote = quote_of(text);
      result += text.substr(0, quote);
      result += scrub_inside(inside, literal && arguments.secret());
      result += text.substr(quote + inside.size());
    } else {
      result += text;
    }
    arguments.see(token);
  }
  return result += scrub_comments(sql.substr(done));
}

bool lacks_credentials(std::string_view sql)
{
  SecretArguments arguments(sql);
  for (const QueryToken& token : query_tokens(sql)) {
    const bool literal = token.kind == QueryToken::Kind::literal;
    if ((literal || token.kind == QueryToken::Kind::name) &&
        lost_secret(inside_of(query_text_of(sql, token)), literal && arguments.secret())) {
      return true;
    }
    arguments.see(token);
  }
  return false;
}

}  // namespace mlrepro::plan
