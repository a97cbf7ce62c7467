// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/trace_lines.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>

namespace mlrepro::format {
namespace {

using model::FileAccess;
using Kind = FileAccess::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TraceLines, ReadsEveryKindAsItWasWritten)
{
  const model::FileStamp stamp{UINT64_MAX, -1, 1'700'000'000'123'456'789, 7, 64'769};
  for (const FileAccess& access :
       {FileAccess{Kind::read, "/p/data.csv", "", stamp}, FileAccess{Kind::execute, "/p/a", "", {}},
        FileAccess{Kind::write, "/p/out", "", {}}, FileAccess{Kind::link, "/p/l", "", {}},
        FileAccess{Kind::rename, "/p/out.tmp", "/p/out", {}},
        FileAccess{Kind::exchange, "/p/a", "/p/b", {}},
        FileAccess{Kind::remove, "/p/out", "", stamp},
        FileAccess{Kind::connect, "10.0.0.7:5432", "", {}},
        FileAccess{Kind::blind, "io_uring", "", {}}}) {
    const TraceLines lines = parse_trace_lines(to_trace_line(access));
    EXPECT_THAT(lines.accesses, ElementsAre(access));
    EXPECT_EQ(lines.bad, 0U);
  }
}

TEST(TraceLines, KeepsNamesOfAnyBytes)
{
  const FileAccess access{Kind::rename, "/p/a\tb\\n\n\xff", "/p/ \\t\x01", {}};
  const std::string line = to_trace_line(access);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(parse_trace_lines(line + line).accesses, ElementsAre(access, access));
}

TEST(TraceLines, CountsWhatDoesNotParse)
{
  const std::string good = to_trace_line({Kind::write, "/p/out", "", {}});
  for (const char* const bad :
       {"write\t-\t/p/cut off", "paint\t-\t/p\n", "write\t-\n", "write\t1 2 3\t/p\n",
        "write\t1 2 3 4 5 6\t/p\n", "write\t-\t/p\t/q\n", "rename\t-\t/p\n", "rename\t-\t/p\t\n",
        "write\t-\t/p\\x\n", "write\t-\t/p\\\n", "\n"}) {
    const TraceLines lines = parse_trace_lines(good + bad);
    EXPECT_EQ(lines.accesses.size(), 1U) << bad;
    EXPECT_EQ(lines.bad, 1U) << bad;
  }
  EXPECT_THAT(parse_trace_lines("").accesses, IsEmpty());
  EXPECT_EQ(parse_trace_lines("").bad, 0U);
}

}  // namespace
}  // namespace mlrepro::format
