// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/request_target.hpp"

#include <gtest/gtest.h>

namespace mlrepro::format {
namespace {

TEST(RequestTarget, EncodesWhatHasAMeaningOfItsOwn)
{
  EXPECT_EQ(percent_encode("/a b?c#d%é", k_address_marks), "/a%20b%3Fc%23d%25%C3%A9");
  EXPECT_EQ(percent_encode("/a:[b]"), "%2Fa%3A%5Bb%5D");
  EXPECT_EQ(percent_decode(percent_encode("/a b?c#d%é")), "/a b?c#d%é");
}

TEST(RequestTarget, LeavesWhatIsNoEncodingOnlyWhereItIsLenient)
{
  EXPECT_EQ(percent_decode("a%20b%"), std::nullopt);
  EXPECT_EQ(percent_decode("%g1"), std::nullopt);
  EXPECT_EQ(percent_decode_leniently("a%20b%"), "a b%");
  EXPECT_EQ(percent_decode_leniently("100%%C3%A9%g1%4"), "100%é%g1%4");
  EXPECT_EQ(percent_decode_leniently("%252e"), "%2e");
}

}  // namespace
}  // namespace mlrepro::format
