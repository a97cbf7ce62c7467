// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/wildcard.hpp"

#include <gtest/gtest.h>

namespace mlrepro::format {
namespace {

struct Case {
  std::string pattern;
  std::vector<std::string> matched;
  std::vector<std::string> others;
};

TEST(Wildcard, MatchesAsGitDoes)
{
  const std::vector<Case> cases = {
      {"abc", {"abc"}, {"ab", "abcd", "x/abc", ""}},
      {"*.csv", {"a.csv", ".csv"}, {"a.csv.gz", "x/a.csv"}},
      {"a*c", {"ac", "abc", "abcbc"}, {"a/c", "abcd"}},
      {"?", {"a", "*"}, {"", "/", "ab"}},
      {"a/*/c", {"a/b/c"}, {"a/c", "a/b/b/c"}},
      {"a/**/c", {"a/c", "a/b/c", "a/b/b/c"}, {"ac", "a/bc", "xa/c"}},
      {"**/c", {"c", "a/c", "a/b/c"}, {"ac", "a/bc"}},
      {"a/**", {"a/b", "a/b/c"}, {"a", "ab"}},
      {"**", {"a", "a/b"}, {}},
      {"a**c", {"ac", "abbc"}, {"a/c"}},
      {"***/c", {"c", "a/b/c"}, {"ac"}},
      {"a/**/b/**/c", {"a/b/c", "a/x/b/y/z/c", "a/b/b/c"}, {"a/c", "a/b/xc"}},
      {"**/*b/c*/**/d", {"b/c/d", "x/ab/cd/e/f/d"}, {"b/d", "x/b/y/c/d"}},
      {"[a-c]x", {"ax", "cx"}, {"dx", "x"}},
      {"[!a-c]x", {"dx", "-x"}, {"ax", "/x"}},
      {"[^a]", {"b"}, {"a", "/"}},
      {"[]a]", {"]", "a"}, {"b"}},
      {"[!]a]", {"b"}, {"]", "a"}},
      {"[a-]", {"a", "-"}, {"b"}},
      {"[a\\-z]", {"a", "-", "z"}, {"m", "\\"}},
      {"[\\]]", {"]"}, {"\\"}},
      {"[[:digit:]]*", {"1", "9x"}, {"x", ":"}},
      {"[[:upper:][:space:]_]", {"A", " ", "_"}, {"a"}},
      {"[![:alnum:]]", {"-"}, {"a", "Z", "0"}},
      {"[[:x]", {"[", ":", "x"}, {"a"}},
      {"\\*", {"*"}, {"a", "\\*"}},
      {"\\a", {"a"}, {"\\a"}},
      {"a\\/b", {"a/b"}, {"ab"}},
      {"\xff*", {"\xff\xfe"}, {"\xfe"}},
  };
  for (const Case& item : cases) {
    const Wildcard wildcard(item.pattern);
    for (const std::string& path : item.matched) {
      EXPECT_TRUE(wildcard.matches(path)) << item.pattern << " against " << path;
    }
    for (const std::string& path : item.others) {
      EXPECT_FALSE(wildcard.matches(path)) << item.pattern << " against " << path;
    }
  }
}

TEST(Wildcard, MatchesNothingWhenMalformed)
{
  for (const char* pattern :
       {"a\\", "[a", "[", "[]", "[!", "[a-", "[[:nosuch:]]", "[[:alpha:", "x[\\"}) {
    for (const char* path : {"a", "a\\", "[a", "[", "[]", "x", "x[\\", ""}) {
      EXPECT_FALSE(Wildcard(pattern).matches(path)) << pattern << " against " << path;
    }
  }
}

// Tried by every way to split, as gitignore(5) words it; slow, and plainly right.
bool matches_slowly(std::string_view pattern, std::string_view path, bool starts_component = true)
{
  if (pattern.empty()) {
    return path.empty();
  }
  if (starts_component && pattern.starts_with("**/")) {
    bool matched = matches_slowly(pattern.substr(3), path);
    for (std::size_t i = 0; i < path.size() && !matched; ++i) {
      matched = path[i] == '/' && matches_slowly(pattern.substr(3), path.substr(i + 1));
    }
    return matched;
  }
  if (starts_component && pattern == "**") {
    return true;
  }
  if (pattern.front() == '*') {
    bool matched = matches_slowly(pattern.substr(1), path, false);
    for (std::size_t i = 0; i < path.size() && path[i] != '/' && !matched; ++i) {
      matched = matches_slowly(pattern.substr(1), path.substr(i + 1), false);
    }
    return matched;
  }
  return !path.empty() && pattern.front() == path.front() &&
         matches_slowly(pattern.substr(1), path.substr(1), pattern.front() == '/');
}

std::vector<std::string> words_over(const std::vector<std::string>& letters, std::size_t length)
{
  std::vector<std::string> words = {""};
  for (std::size_t begin = 0; length > 0; --length) {
    const std::size_t end = words.size();
    for (; begin < end; ++begin) {
      for (const std::string& letter : letters) {
        words.push_back(words[begin] + letter);
      }
    }
  }
  return words;
}

TEST(Wildcard, AgreesWithTryingEverySplit)
{
  const auto paths = words_over({"a", "b", "a/", "b/"}, 4);
  for (const std::string& pattern : words_over({"a", "b", "/", "*", "**/"}, 4)) {
    if (pattern.find("***") != std::string::npos || pattern.starts_with("/")) {
      continue;
    }
    const Wildcard wildcard(pattern);
    for (const std::string& path : paths) {
      if (!path.ends_with('/') && !path.empty()) {
        ASSERT_EQ(wildcard.matches(path), matches_slowly(pattern, path))
            << pattern << " against " << path;
      }
    }
  }
}

TEST(Wildcard, EndsSoonWhateverThePattern)
{
  std::string pattern;
  for (int i = 0; i < 200; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(Wildcard(pattern + "b").matches(std::string(2000, 'a')));
  std::string deep;
  std::string path;
  for (int i = 0; i < 100; ++i) {
    deep += "**/a/";
    path += "a/";
  }
  EXPECT_FALSE(Wildcard(deep + "b").matches(path + path + "a"));
  EXPECT_TRUE(Wildcard(deep + "b").matches(path + path + "b"));
}

}  // namespace
}  // namespace mlrepro::format
