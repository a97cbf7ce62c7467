// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/sweep_axis.hpp"

#include <gmock/gmock.h>

#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using model::ErrorKind;
using model::SweepRange;
using ::testing::ElementsAre;
using testing::expect_error;
using ::testing::HasSubstr;

TEST(SweepAxis, HasTheValuesThatAreWritten)
{
  const auto axis = parse_sweep_axis("model=gbm,../data,a b,1e-3,x..y,a=b");
  EXPECT_EQ(axis.key, "model");
  EXPECT_THAT(axis.values, ElementsAre("gbm", "../data", "a b", "1e-3", "x..y", "a=b"));
  EXPECT_FALSE(axis.range);
}

TEST(SweepAxis, MayHaveACommaInAValue)
{
  EXPECT_THAT(parse_sweep_axis("layers=64\\,64,32").values, ElementsAre("64,64", "32"));
  EXPECT_THAT(parse_sweep_axis("path=a\\b,c\\").values, ElementsAre("a\\b", "c\\"));
}

TEST(SweepAxis, ExpandsRanges)
{
  EXPECT_THAT(parse_sweep_axis("n=7,-1..2,9").values, ElementsAre("7", "-1", "0", "1", "2", "9"));
  EXPECT_THAT(parse_sweep_axis("x=0..1:0.25").values, ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(parse_sweep_axis("x=0.1..0.5:0.1").values,
              ElementsAre("0.1", "0.2", "0.3", "0.4", "0.5"));
  EXPECT_THAT(parse_sweep_axis("x=1..2:0.4").values, ElementsAre("1", "1.4", "1.8"));
  EXPECT_THAT(parse_sweep_axis("x=10..30:10,100").values, ElementsAre("10", "20", "30", "100"));
}

TEST(SweepAxis, MayBeARangeToDrawFrom)
{
  EXPECT_EQ(parse_sweep_axis("x=0.0..1").range, (SweepRange{0, 1, false, false}));
  EXPECT_EQ(parse_sweep_axis("x=1e-4..0.1:log").range, (SweepRange{1e-4, 0.1, false, true}));
  EXPECT_EQ(parse_sweep_axis("x=16..4096:log").range, (SweepRange{16, 4096, true, true}));
  EXPECT_EQ(parse_sweep_axis("x=1..1000000000").range, (SweepRange{1, 1e9, true, false}));
}

TEST(SweepAxis, IsRefusedWithWhatIsWrong)
{
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"lr", "not KEY=VALUE,VALUE"},
      {"=1", "not KEY=VALUE,VALUE"},
      {"lr=", "an empty value"},
      {"lr=1,", "an empty value"},
      {"lr=1,2,1", "'1' is there twice"},
      {"lr=1..3,2", "'2' is there twice"},
      {"lr=3..1", "a range goes up"},
      {"lr=1..1", "a range goes up"},
      {"lr=0..1:log", "begins above 0"},
      {"lr=0..1:x", "'x' in '0..1:x' is no distance"},
      {"lr=0..1:-0.1", "is no distance"},
      {"lr=0.0..1.0,3", "can't stand beside other values"},
      {"lr=0..1:0.00001", "more than 10000 values"},
      {"lr=1..100000,x", "more than 10000 values"},
      {"item=1,2", "{item} is the number of the run"},
      {"a b=1", "can't stand in braces"},
      {"2x=1", "can't stand in braces"}};
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(text);
    expect_error(ErrorKind::usage, HasSubstr(message), [&word = text] { parse_sweep_axis(word); });
  }
  expect_error(ErrorKind::usage, HasSubstr("'lr' is there twice"), [] {
    parse_sweep_axes({"lr=1", "lr=2"});
  });
}

}  // namespace
}  // namespace mlrepro::format
