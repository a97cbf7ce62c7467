// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/scrub.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace mlrepro::plan {

bool is_secret_name(std::string_view name)
{
  std::string flat;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      flat += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  // "tokens" and "tokenizer" are ordinary words of this trade: only a final "token" counts.
  constexpr std::array<std::string_view, 8> k_words = {"password",   "passwd",   "passphrase",
                                                       "secret",     "apikey",   "credential",
                                                       "privatekey", "accesskey"};
  const bool contains = std::any_of(k_words.begin(), k_words.end(), [&](std::string_view word) {
    return flat.find(word) != std::string::npos;
  });
  return contains || flat.ends_with("token") || flat == "pwd" || flat == "auth" ||
         flat == "authorization";
}

std::string scrub_urls(std::string_view text)
{
  std::string result(text);
  std::size_t from = 0;
  while (true) {
    const std::size_t scheme = result.find("://", from);
    if (scheme == std::string::npos) {
      return result;
    }
    const std::size_t start = scheme + 3;
    const std::size_t end = std::min(result.find_first_of("/?# \t\n'\"", start), result.size());
    const std::size_t at = result.rfind('@', end);
    if (at != std::string::npos && at >= start && at < end) {
      result.replace(start, at - start, k_scrubbed);
    }
    from = start;
  }
}

std::vector<std::string> scrub_command(const std::vector<std::string>& command)
{
  std::vector<std::string> result;
  bool next_is_secret = false;
  for (const std::string& word : command) {
    const std::size_t equals = word.find('=');
    const std::string_view name = std::string_view(word).substr(0, equals);
    if (next_is_secret && !word.starts_with("--")) {
      result.emplace_back(k_scrubbed);
      next_is_secret = false;
      continue;
    }
    next_is_secret = false;
    const bool names_something = word.starts_with('-') || equals != std::string::npos;
    if (names_something && name.find(' ') == std::string_view::npos && is_secret_name(name)) {
      if (equals != std::string::npos) {
        result.push_back(std::string(name) + "=" + std::string(k_scrubbed));
        continue;
      }
      next_is_secret = true;
    }
    result.push_back(scrub_urls(word));
  }
  return result;
}

}  // namespace mlrepro::plan
