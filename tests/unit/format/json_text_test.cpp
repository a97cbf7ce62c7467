// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/json_text.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace mlrepro::format {
namespace {

TEST(JsonText, KnowsUtf8FromOtherBytes)
{
  for (const std::string text :
       {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\xa6\xa6", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(json_text(text), text);
  }
  EXPECT_TRUE(is_utf8(std::string("\0", 1)));
  const std::vector<std::string> others = {"\xff",
                                           "\x80",
                                           "\xc3",
                                           "\xc0\x80",
                                           "\xe0\x80\x80",
                                           "\xed\xa0\x80",
                                           "\xf0\x80\x80\x80",
                                           "\xf4\x90\x80\x80",
                                           "\xf5\x80\x80\x80",
                                           "\xe2\x82",
                                           "\xe2\x28\xa1"};
  for (const std::string& bytes : others) {
    EXPECT_FALSE(is_utf8(bytes));
    EXPECT_TRUE(is_utf8(json_text(bytes)));
  }
}

TEST(JsonText, KeepsEveryByteOfOtherText)
{
  const std::vector<std::pair<std::string, std::string>> cases = {{"caf\xe9", "caf\\xe9"},
                                                                  {"a\\b\xff", "a\\\\b\\xff"},
                                                                  {"\xc3\xa9\xc3", "\xc3\xa9\\xc3"},
                                                                  {"\xe2\x82", "\\xe2\\x82"},
                                                                  {"a\\b", "a\\b"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(json_text(bytes), text);
  }
}

}  // namespace
}  // namespace mlrepro::format
