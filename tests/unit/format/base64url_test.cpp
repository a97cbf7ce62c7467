// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/base64url.hpp"

#include <gtest/gtest.h>

#include <string>

using mlrepro::format::from_base64url;
using mlrepro::format::to_base64url;

TEST(Base64Url, HasTheTextsOfTheStandardWithoutPadding)
{
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
  EXPECT_EQ(to_base64url("foo"), "Zm9v");
  EXPECT_EQ(to_base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64Url, ReadsWhatItWrote)
{
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes += static_cast<char>(byte);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
}

TEST(Base64Url, RefusesOtherDigits)
{
  for (const char* text : {"+A", "a/", "Zg==", "Z g", "\xc3\xa9"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}
