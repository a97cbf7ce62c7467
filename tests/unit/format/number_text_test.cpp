// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/number_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlrepro::format {
namespace {

constexpr double k_infinity = std::numeric_limits<double>::infinity();

TEST(NumberText, WritesTheShortestTextThatReadsBack)
{
  const std::vector<std::pair<double, std::string>> cases = {
      {0.1, "0.1"},
      {0.30000000000000004, "0.30000000000000004"},
      {1, "1"},
      {-0.0, "-0"},
      {1e300, "1e+300"},
      {5e-324, "5e-324"},
      {k_infinity, "Infinity"},
      {-k_infinity, "-Infinity"}};
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(to_text(value), text);
    EXPECT_EQ(parse_number(text), value) << text;
  }
  EXPECT_EQ(to_text(std::nan("")), "NaN");
}

TEST(NumberText, ReadsEveryUsualSpelling)
{
  const std::vector<std::pair<std::string, double>> cases = {{"0", 0},
                                                             {"+3", 3},
                                                             {"-3.5", -3.5},
                                                             {".5", 0.5},
                                                             {"1.", 1},
                                                             {"1e3", 1000},
                                                             {"1E-3", 0.001},
                                                             {"inf", k_infinity},
                                                             {"-Infinity", -k_infinity},
                                                             {"+INF", k_infinity},
                                                             {".inf", k_infinity},
                                                             {"-.Inf", -k_infinity},
                                                             {"007", 7}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(parse_number(text), value) << text;
  }
  for (const char* text : {"NaN", "nan", "-nan", ".NaN"}) {
    const auto value = parse_number(text);
    ASSERT_TRUE(value) << text;
    EXPECT_TRUE(std::isnan(*value)) << text;
  }
}

TEST(NumberText, RefusesWhatIsNoNumber)
{
  for (const char* text : {"", "+", "-", ".", "e5", "1e", "0x10", "1 ", " 1", "1,5", "--1", "+-1",
                           "1.2.3", "nan(1)", "infinit", "one", "1_000"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(NumberText, TellsTooLargeFromTooSmall)
{
  const std::string zeros(400, '0');
  const std::vector<std::pair<std::string, double>> cases = {{"1e999", k_infinity},
                                                             {"-1e999", -k_infinity},
                                                             {"1e-999", 0},
                                                             {"0." + zeros + "1", 0},
                                                             {"1" + zeros, k_infinity},
                                                             {"1" + zeros + "e-9", k_infinity},
                                                             {"0." + zeros + "1e9", 0},
                                                             {"1e99999999999999999999", k_infinity},
                                                             {"1e-99999999999999999999", 0}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(parse_number(text), value) << text;
  }
}

TEST(NumberText, ReadsIntegersWhole)
{
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_integer("+7"), 7);
  for (const char* text :
       {"", "+", "+-5", "--5", "1.0", "1e3", "9223372036854775808", "5 ", "0x5"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

TEST(NumberText, TakesOnlyWholeNumbersThatFit)
{
  EXPECT_EQ(whole_number(-3.0), -3);
  EXPECT_EQ(whole_number(-0x1p63), std::numeric_limits<std::int64_t>::min());
  for (const double value : {0.5, 0x1p63, 1e300, k_infinity, -k_infinity, std::nan("")}) {
    EXPECT_FALSE(whole_number(value)) << value;
  }
}

TEST(NumberText, SpeaksOfBytesInPowersOfThousand)
{
  const std::vector<std::pair<std::uint64_t, std::string>> cases = {
      {0, "0 B"},
      {999, "999 B"},
      {1000, "1.0 kB"},
      {1234567, "1.2 MB"},
      {999'949, "999.9 kB"},
      {999'950, "1.0 MB"},
      {18'446'744'073'709'551'615U, "18.4 EB"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(human_bytes(bytes), text);
  }
}

TEST(NumberText, SpeaksOfDurationsInFittingUnits)
{
  const std::vector<std::pair<double, std::string>> cases = {{0, "0 ms"},
                                                             {0.0421, "42 ms"},
                                                             {0.9996, "1.0 s"},
                                                             {41.23, "41.2 s"},
                                                             {59.96, "1 min 00 s"},
                                                             {182, "3 min 02 s"},
                                                             {3599.7, "1 h 00 min"},
                                                             {7380, "2 h 03 min"},
                                                             {360'000, "100 h 00 min"}};
  for (const auto& [seconds, text] : cases) {
    EXPECT_EQ(human_duration(seconds), text);
  }
}

TEST(Counted, KnowsOneFromMany)
{
  EXPECT_EQ(counted(0, "pack"), "0 packs");
  EXPECT_EQ(counted(1, "pack"), "1 pack");
  EXPECT_EQ(counted(12, "pack"), "12 packs");
}

TEST(ParseDuration, NeedsAUnit)
{
  EXPECT_EQ(parse_duration_ms("2w"), 14LL * 24 * 3600 * 1000);
  EXPECT_EQ(parse_duration_ms("3d"), 3LL * 24 * 3600 * 1000);
  EXPECT_EQ(parse_duration_ms("12h"), 12LL * 3600 * 1000);
  EXPECT_EQ(parse_duration_ms("5m"), 300'000);
  EXPECT_EQ(parse_duration_ms("45s"), 45'000);
  EXPECT_EQ(parse_duration_ms("0"), 0);
  EXPECT_EQ(parse_duration_ms("0d"), 0);
  EXPECT_EQ(parse_duration_ms("9999999w"), 36'500LL * 24 * 3600 * 1000) << "no overflow";
  for (const char* bad :
       {"", "w", "3", "-1d", "1.5h", "3 d", "d3", "3x", "99999999999999w", "+1d"}) {
    EXPECT_EQ(parse_duration_ms(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace mlrepro::format
