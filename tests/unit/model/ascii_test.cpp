// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/ascii.hpp"

#include <gtest/gtest.h>

namespace mlrepro::model {
namespace {

TEST(Ascii, LowersLettersAndNothingElse)
{
  EXPECT_EQ(lower_case("AbYZ@[`{ 09_-\n"), "abyz@[`{ 09_-\n");
  EXPECT_EQ(lower_case("\xc3\x89\xff"), "\xc3\x89\xff");
  EXPECT_EQ(lower_case(std::string_view("A\0B", 3)), std::string_view("a\0b", 3));
  EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace mlrepro::model
