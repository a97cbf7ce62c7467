// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/timestamp.hpp"

#include <gtest/gtest.h>

namespace mlrepro::model {
namespace {

TEST(Timestamp, PrintsIso8601WithMilliseconds)
{
  EXPECT_EQ(Timestamp{0}.to_iso8601(), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Timestamp{1'700'000'000'123}.to_iso8601(), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(Timestamp{-1}.to_iso8601(), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(Timestamp{951'782'400'000}.to_iso8601(), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(Timestamp{-62'167'219'199'999}.to_iso8601(), "0000-01-01T00:00:00.001Z");
  EXPECT_EQ(Timestamp{253'402'300'800'000}.to_iso8601(), "10000-01-01T00:00:00.000Z");
}

TEST(Timestamp, ParsesWhatItPrints)
{
  for (const std::int64_t ms :
       {0LL, 1'700'000'000'123LL, -1LL, 951'868'799'999LL, 4'102'444'800'000LL}) {
    const Timestamp time{ms};
    EXPECT_EQ(Timestamp::parse_iso8601(time.to_iso8601()), time);
  }
  EXPECT_EQ(Timestamp::parse_iso8601("2023-11-14T22:13:20Z"), Timestamp{1'700'000'000'000});
  EXPECT_EQ(Timestamp::parse_iso8601("2023-11-14 22:13:20.5+00:00"), Timestamp{1'700'000'000'500});
}

TEST(Timestamp, ReadsBackEveryYearOfFourDigits)
{
  EXPECT_EQ(Timestamp{Timestamp::k_first_ms}.to_iso8601(), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(Timestamp{Timestamp::k_last_ms}.to_iso8601(), "9999-12-31T23:59:59.999Z");
  for (const std::int64_t ms : {Timestamp::k_first_ms, Timestamp::k_last_ms}) {
    EXPECT_EQ(Timestamp::parse_iso8601(Timestamp{ms}.to_iso8601()), Timestamp{ms});
  }
  EXPECT_EQ(Timestamp::parse_iso8601("2024-02-29T00:00:00Z"), Timestamp{1'709'164'800'000});
}

TEST(Timestamp, RefusesOtherText)
{
  for (const char* text : {"", "2023", "2023-13-01T00:00:00Z", "2023-11-14T25:00:00Z",
                           "2023-11-14T22:13:20", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Z ",
                           "2023-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "2023-00-01T00:00:00Z",
                           "2023-01-00T00:00:00Z", "2023-01-01T-0:00:00Z", "2023-01-01T00:+1:00Z",
                           "2023-01-01T00:00:61Z", "2023-01-01T00:60:00Z", "-023-01-01T00:00:00Z",
                           "2023-01-01T00:00:00+01:00", "20231-01-01T00:00:00Z"}) {
    EXPECT_FALSE(Timestamp::parse_iso8601(text)) << text;
  }
}

}  // namespace
}  // namespace mlrepro::model
