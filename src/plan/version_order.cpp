// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/version_order.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mlrepro::plan {
namespace {

// What a part of a version begins with in its key: an end comes after a prerelease, and before all
// else that may follow.
constexpr char k_before_end = '1';
constexpr char k_end = '2';
constexpr char k_word = '3';
constexpr char k_number = '4';

constexpr std::size_t k_digits = 10;  // of a number; longer ones are longer texts

bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_prerelease(const std::string& word)
{
  constexpr std::array<std::string_view, 9> k_words = {"a",  "alpha", "b",   "beta",   "c",
                                                       "rc", "dev",   "pre", "preview"};
  return std::find(k_words.begin(), k_words.end(), word) != k_words.end();
}

template <typename Belongs>
std::string take(std::string_view& text, Belongs belongs)
{
  const auto* const end = std::find_if_not(text.begin(), text.end(), belongs);
  const auto size = static_cast<std::size_t>(end - text.begin());
  const std::string taken(text.substr(0, size));
  text.remove_prefix(size);
  return taken;
}

std::string number_key(std::string digits)
{
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  const std::size_t missing = digits.size() < k_digits ? k_digits - digits.size() : 0;
  return k_number + std::string(missing, '0') + digits;
}

std::string word_key(std::string word)
{
  for (char& c : word) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return (is_prerelease(word) ? k_before_end : k_word) + word + ' ';
}

}  // namespace

std::string version_key(std::string_view version)
{
  static const std::string zero = number_key("0");
  std::string key;
  std::string zeros;  // that count only when something follows
  while (!version.empty()) {
    if (is_digit(version.front())) {
      const std::string number = number_key(take(version, is_digit));
      if (number == zero) {
        zeros += number;
        continue;
      }
      key += zeros + number;
      zeros.clear();
    } else if (is_letter(version.front())) {
      key += word_key(take(version, is_letter));
      zeros.clear();
    } else {
      version.remove_prefix(1);
    }
  }
  return key + k_end;
}

std::string version_series(const std::string& version)
{
  const std::size_t first = version.find('.');
  return version.substr(0, first == std::string::npos ? first : version.find('.', first + 1));
}

}  // namespace mlrepro::plan
