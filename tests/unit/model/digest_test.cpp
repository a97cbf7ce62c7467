// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/digest.hpp"

#include <gtest/gtest.h>

namespace mlrepro::model {
namespace {

const std::string k_hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, ParsesHexWithAndWithoutPrefix)
{
  const auto plain = Digest::parse(k_hex);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->hex(), k_hex);
  EXPECT_EQ(plain->to_string(), "sha256:" + k_hex);
  EXPECT_EQ(Digest::parse("sha256:" + k_hex), plain);
}

TEST(Digest, RefusesWhatIsNoDigest)
{
  EXPECT_FALSE(Digest::parse(""));
  EXPECT_FALSE(Digest::parse(k_hex.substr(1)));
  EXPECT_FALSE(Digest::parse(k_hex + "0"));
  EXPECT_FALSE(Digest::parse("g" + k_hex.substr(1)));
  EXPECT_FALSE(Digest::parse("md5:" + k_hex));
}

}  // namespace
}  // namespace mlrepro::model
