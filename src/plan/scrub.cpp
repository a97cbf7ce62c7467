// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/scrub.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace mlrepro::plan {
namespace {

constexpr std::string_view k_space = " \t\r\n";
constexpr std::string_view k_quotes = "'\"";
constexpr std::string_view k_scheme = "://";

bool is_one_of(char c, std::string_view set)
{
  return set.find(c) != std::string_view::npos;
}

// "HF_TOKEN" as "hf" and "token".
std::vector<std::string> words_of(std::string_view name)
{
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0) {
      inside = false;
      continue;
    }
    if (!inside) {
      words.emplace_back();
    }
    inside = true;
    words.back() += static_cast<char>(std::tolower(byte));
  }
  return words;
}

// "--pad-token" and its like name symbols of a vocabulary, which are no secrets.
bool is_vocabulary_token(const std::vector<std::string>& words)
{
  constexpr std::array<std::string_view, 13> k_kinds = {"pad", "eos",     "bos",  "unk",   "sep",
                                                        "cls", "mask",    "stop", "start", "end",
                                                        "per", "special", "image"};
  return words.size() >= 2 && words.back() == "token" &&
         std::find(k_kinds.begin(), k_kinds.end(), words[words.size() - 2]) != k_kinds.end();
}

// The place of the '=' behind a secret's name in "--password=x", "API_KEY=x" or "--env=API_KEY=x";
// what stands behind "://" is a URL's own affair.
std::optional<std::size_t> find_secret_value(std::string_view word)
{
  const std::string_view names = word.substr(0, word.find(k_scheme));
  for (std::size_t equals = names.find('='); equals != std::string_view::npos;
       equals = names.find('=', equals + 1)) {
    const std::size_t start = equals == 0 ? std::string_view::npos : names.rfind('=', equals - 1);
    if (is_secret_name(
            names.substr(start == std::string_view::npos ? 0 : start + 1, equals - start - 1))) {
      return equals;
    }
  }
  return std::nullopt;
}

// Replaces "user:password" in front of the '@' of each URL.
std::string scrub_credentials(std::string_view text)
{
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(k_scheme); at != std::string_view::npos;
       at = text.find(k_scheme, at)) {
    at += k_scheme.size();
    const std::size_t end = std::min(text.find_first_of("/?# \t\n'\"", at), text.size());
    const std::size_t host = text.substr(at, end - at).rfind('@');
    if (host != std::string_view::npos) {
      result += text.substr(done, at - done);
      result += k_scrubbed;
      done = at + host;
    }
  }
  return result + std::string(text.substr(done));
}

// Replaces the values of "?token=x" and "&sig=x" behind the first URL.
std::string scrub_queries(const std::string& text)
{
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find_first_of("?&", text.find(k_scheme)); at != std::string::npos;
       at = text.find_first_of("?&", at + 1)) {
    const std::size_t end = std::min(text.find_first_of("?&# \t\n'\"", at + 1), text.size());
    const std::string_view parameter = std::string_view(text).substr(at + 1, end - at - 1);
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    if (equals != std::string_view::npos &&
        (is_secret_name(name) || name == "sig" || name.ends_with("Signature"))) {
      result.append(text, done, at + 1 + equals + 1 - done);
      result += k_scrubbed;
      done = end;
    }
  }
  return result + text.substr(done);
}

// A word of a command, or a whole line of shell that stands in one: "export TOKEN=x; train".
class TextScrubber {
 public:
  explicit TextScrubber(std::string_view text) : text_(text) {}

  std::string scrub()
  {
    while (at_ < text_.size()) {
      const std::size_t start = std::min(text_.find_first_not_of(k_space, at_), text_.size());
      result_ += text_.substr(at_, start - at_);
      at_ = end_of_token(start);
      if (at_ > start) {
        add(text_.substr(start, at_ - start));
      }
    }
    return std::move(result_);
  }

  // The last token named a secret whose value is still to come.
  [[nodiscard]] bool awaits_value() const { return value_follows_; }

 private:
  // Behind the next white space that is in no quotes.
  [[nodiscard]] std::size_t end_of_token(std::size_t at) const
  {
    while (at < text_.size() && !is_one_of(text_[at], k_space)) {
      const std::size_t close =
          is_one_of(text_[at], k_quotes) ? text_.find(text_[at], at + 1) : std::string_view::npos;
      at = close == std::string_view::npos ? at + 1 : close + 1;
    }
    return at;
  }

  void add(std::string_view token)
  {
    const bool is_value = value_follows_ && !token.starts_with("--");
    value_follows_ = false;
    const bool quoted = token.size() > 2 && is_one_of(token.front(), k_quotes) &&
                        token.front() == token.back() &&
                        token.find(token.front(), 1) == token.size() - 1;
    if (is_value) {
      result_ += k_scrubbed;
    } else if (quoted) {
      TextScrubber inner(token.substr(1, token.size() - 2));
      result_ += token.front() + inner.scrub() + token.back();
      value_follows_ = inner.awaits_value();
    } else if (token.ends_with(':') && is_secret_name(token)) {
      // A header: "Authorization: Bearer x"
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      result_ += std::string(token) + (at_ < end ? " " + std::string(k_scrubbed) : "");
      at_ = end;
    } else if (const auto equals = find_secret_value(token)) {
      result_ += std::string(token.substr(0, *equals + 1)) + std::string(k_scrubbed);
    } else {
      value_follows_ = token.starts_with('-') && token.find('=') == std::string_view::npos &&
                       is_secret_name(token);
      result_ += scrub_urls(token);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool value_follows_ = false;
  std::string result_;
};

}  // namespace

bool is_secret_name(std::string_view name)
{
  const std::vector<std::string> words = words_of(name);
  std::string flat;
  for (const std::string& word : words) {
    flat += word;
  }
  constexpr std::array<std::string_view, 8> k_words = {"password",   "passwd",   "passphrase",
                                                       "secret",     "apikey",   "credential",
                                                       "privatekey", "accesskey"};
  const bool contains = std::any_of(k_words.begin(), k_words.end(), [&](std::string_view word) {
    return flat.find(word) != std::string::npos;
  });
  // "tokens" and "tokenizer" are ordinary words of this trade: only a final "token" counts.
  const bool token = flat.ends_with("token") && !is_vocabulary_token(words);
  const bool auth = !words.empty() && words.back() == "auth";
  return contains || token || auth || flat == "pwd" || flat == "pass" || flat == "authorization";
}

std::string scrub_urls(std::string_view text)
{
  return text.find(k_scheme) == std::string_view::npos ? std::string(text)
                                                       : scrub_queries(scrub_credentials(text));
}

std::vector<std::string> scrub_command(const std::vector<std::string>& command)
{
  std::vector<std::string> result;
  bool value_follows = false;
  for (const std::string& word : command) {
    if (value_follows && !word.starts_with("--")) {
      result.emplace_back(k_scrubbed);
      value_follows = false;
      continue;
    }
    TextScrubber scrubber(word);
    result.push_back(scrubber.scrub());
    value_follows = scrubber.awaits_value();
  }
  return result;
}

bool is_scrubbed(std::string_view word)
{
  for (std::size_t at = word.find(k_scrubbed); at != std::string_view::npos;
       at = word.find(k_scrubbed, at + 1)) {
    const std::string_view before = word.substr(0, at);
    const std::string_view after = word.substr(at + k_scrubbed.size());
    const bool starts =
        before.empty() || is_one_of(before.back(), "= \t\r\n'\"") || before.ends_with(k_scheme);
    if (starts && (after.empty() || is_one_of(after.front(), "@&#? \t\r\n'\""))) {
      return true;
    }
  }
  return false;
}

}  // namespace mlrepro::plan
