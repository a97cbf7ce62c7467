// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/run_id.hpp"

#include <gtest/gtest.h>

namespace mlrepro::model {
namespace {

TEST(RunId, IsThirtyTwoLowerCaseHexDigits)
{
  const RunId id =
      RunId::from_bytes({0x7f, 0x3a, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xff, 0x00});
  EXPECT_EQ(id.str(), "7f3a000102030405060708090a0bff00");
  EXPECT_EQ(RunId::parse(id.str()), id);
  EXPECT_FALSE(RunId::parse("7F3A000102030405060708090A0BFF00"));
  EXPECT_FALSE(RunId::parse("7f3a"));
}

TEST(RunId, NamesARunByTwoWordsAndItsFirstDigits)
{
  const RunId id = RunId::from_bytes({0x7f, 0x3a, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3, 46});
  EXPECT_EQ(default_run_name(id), "brave-otter-7f3a");
}

}  // namespace
}  // namespace mlrepro::model
