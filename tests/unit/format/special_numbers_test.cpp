// SPDX-License-Identifier: Apache-2.0
#include "format/special_numbers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mlrepro::format {
namespace {

TEST(SpecialNumbers, AreQuotedOutsideStringsOnly)
{
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"a":NaN})", R"({"a":"NaN"})"},
      {R"([-Infinity,Infinity])", R"(["-Infinity","Infinity"])"},
      {R"({"NaN":1})", R"({"NaN":1})"},
      {R"({"a\"NaN":NaN})", R"({"a\"NaN":"NaN"})"},
      {R"({"a\\":NaN})", R"({"a\\":"NaN"})"},
      {R"({"a\)", R"({"a\)"},
      {"", ""}};
  for (const auto& [text, quoted] : cases) {
    EXPECT_EQ(quote_special_numbers(text).text, quoted);
  }
}

TEST(SpecialNumbers, KnowWhereEachByteCameFrom)
{
  const std::string text = R"([NaN, "NaN", -Infinity, 1])";
  const SpecialNumbersQuoted quoted = quote_special_numbers(text);
  for (std::size_t at = 0; at < quoted.text.size(); ++at) {
    const bool added =
        std::find(quoted.quotes.begin(), quoted.quotes.end(), at) != quoted.quotes.end();
    EXPECT_TRUE(added || quoted.text[at] == text[quoted.original(at)]) << at;
  }
  EXPECT_EQ(quoted.original(quoted.text.size()), text.size());
}

}  // namespace
}  // namespace mlrepro::format
