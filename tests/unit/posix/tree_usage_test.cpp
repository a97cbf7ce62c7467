// SPDX-License-Identifier: Apache-2.0
#include "posix/tree_usage.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/temp_dir.hpp"

namespace mlrepro::posix {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

struct Fake {
  int pid = 0;
  int parent = 1;
  std::string name = "python";
  int own_ticks = 0;     // as user time
  int waited_ticks = 0;  // of children, as system time
  int threads = 1;
  int start = 100;
  int pages = 0;
  char state = 'S';
};

// A folder that looks like /proc.
class FakeProc {
 public:
  explicit FakeProc(bool has_children_files) : has_children_files_(has_children_files)
  {
    if (has_children_files) {
      testing::write_text(proc_ / "thread-self/children", "");
    }
  }

  void put(const Fake& process)
  {
    testing::write_text(
        folder(process.pid) + "/stat",
        std::to_string(process.pid) + " (" + process.name + ") " + process.state + " " +
            std::to_string(process.parent) + " 1 1 0 -1 4194304 5 6 7 8 " +
            std::to_string(process.own_ticks) + " 0 0 " + std::to_string(process.waited_ticks) +
            " 20 0 " + std::to_string(process.threads) + " 0 " + std::to_string(process.start) +
            " 999999 " + std::to_string(process.pages) + " 18446744073709551615 1 1 0\n");
  }
  // By the thread that started them.
  void put_children(int pid, int thread, const std::string& children)
  {
    if (has_children_files_) {
      testing::write_text(folder(pid) + "/task/" + std::to_string(thread) + "/children", children);
    }
  }
  void put_disk(int pid, int read, int written)
  {
    testing::write_text(
        folder(pid) + "/io",
        "rchar: 77\nwchar: 88\nsyscr: 1\nsyscw: 2\nread_bytes: " + std::to_string(read) +
            "\nwrite_bytes: " + std::to_string(written) + "\ncancelled_write_bytes: 3\n");
  }
  void put_network(int pid, const std::string& name, int received, int sent)
  {
    std::filesystem::create_directories(folder(pid) + "/ns");
    const std::string link = folder(pid) + "/ns/net";
    std::filesystem::remove(link);
    std::filesystem::create_symlink(name, link);
    testing::write_text(
        folder(pid) + "/net/dev",
        "Inter-|   Receive                            |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
        "    lo: 5000000    10    0    0    0     0          0         0  5000000      10    0\n"
        "  eth0:" +
            std::to_string(received) + " 10 0 0 0 0 0 0 " + std::to_string(sent) +
            " 10 0 0 0 0 0 0\n");
  }
  void remove(int pid) { std::filesystem::remove_all(folder(pid)); }
  [[nodiscard]] std::string path() const { return proc_.path(); }

 private:
  [[nodiscard]] std::string folder(int pid) const { return proc_ / std::to_string(pid); }

  bool has_children_files_;
  testing::TempDir proc_;
};

double seconds(int ticks)
{
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// With and without the files that name the children of a thread.
class TreeUsageOf : public ::testing::TestWithParam<bool> {
 protected:
  FakeProc proc_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Kernels, TreeUsageOf, ::testing::Bool());

TEST_P(TreeUsageOf, AddsUpTheWholeTree)
{
  proc_.put({.pid = 10, .own_ticks = 5, .waited_ticks = 2, .threads = 3, .pages = 100});
  proc_.put_children(10, 10, "11 ");
  proc_.put_children(10, 12, "13 ");
  proc_.put({.pid = 11, .parent = 10, .name = "a) S 1 (b", .own_ticks = 7, .pages = 10});
  proc_.put_children(11, 11, "14 ");
  proc_.put({.pid = 13, .parent = 10, .own_ticks = 11, .pages = 1});
  proc_.put({.pid = 14, .parent = 11, .own_ticks = 13, .threads = 2});
  proc_.put({.pid = 99, .parent = 1, .own_ticks = 1000, .pages = 1000});
  TreeUsage usage(10, proc_.path());
  const auto reading = usage.read();
  ASSERT_TRUE(reading);
  EXPECT_DOUBLE_EQ(reading->cpu_s, seconds(5 + 2 + 7 + 11 + 13));
  EXPECT_EQ(reading->memory_bytes, 111U * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(reading->processes, 4U);
  EXPECT_EQ(reading->threads, 7U);
  EXPECT_FALSE(reading->disk_read_bytes);
  EXPECT_FALSE(reading->network_sent_bytes);
  EXPECT_THAT(usage.processes(), ElementsAre(10, 11, 13, 14));
}

TEST_P(TreeUsageOf, KeepsWhatAnEndedChildHasUsed)
{
  proc_.put({.pid = 10, .own_ticks = 1});
  proc_.put_children(10, 10, "11 ");
  proc_.put({.pid = 11, .parent = 10, .own_ticks = 50});
  TreeUsage usage(10, proc_.path());
  ASSERT_TRUE(usage.read());
  // The parent has waited for it, so that it is among the parent's own.
  proc_.remove(11);
  proc_.put_children(10, 10, "");
  proc_.put({.pid = 10, .own_ticks = 1, .waited_ticks = 60});
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(61));
  // One that nobody waits for is not there any more, and nothing is taken back.
  proc_.put_children(10, 10, "12 ");
  proc_.put({.pid = 12, .parent = 10, .own_ticks = 9});
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(70));
  proc_.remove(12);
  proc_.put_children(10, 10, "");
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(70));
  proc_.put({.pid = 10, .own_ticks = 3, .waited_ticks = 60});
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(72));
}

TEST_P(TreeUsageOf, StaysWithAnAdoptedProcess)
{
  proc_.put({.pid = 10});
  proc_.put_children(10, 10, "11 ");
  proc_.put({.pid = 11, .parent = 10, .own_ticks = 2});
  proc_.put_children(11, 11, "12 ");
  proc_.put({.pid = 12, .parent = 11, .own_ticks = 4});
  TreeUsage usage(10, proc_.path());
  ASSERT_TRUE(usage.read());
  proc_.remove(11);
  proc_.put_children(10, 10, "");
  proc_.put({.pid = 10, .waited_ticks = 2});
  proc_.put({.pid = 12, .parent = 1, .own_ticks = 5});
  proc_.put_children(12, 12, "13 ");
  proc_.put({.pid = 13, .parent = 12, .own_ticks = 1});
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(8));
  EXPECT_THAT(usage.processes(), ElementsAre(10, 12, 13));
  // Its new parent has what it used, and is none of ours.
  proc_.put_children(12, 12, "");
  proc_.remove(13);
  proc_.put({.pid = 12, .parent = 1, .own_ticks = 6, .waited_ticks = 1});
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(9));
  proc_.remove(12);
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(9));
  // Another process that got its number.
  proc_.put({.pid = 12, .parent = 1, .own_ticks = 500, .start = 300});
  EXPECT_DOUBLE_EQ(usage.read()->cpu_s, seconds(9));
  EXPECT_THAT(usage.processes(), ElementsAre(10));
}

TEST_P(TreeUsageOf, EndsWithTheCommand)
{
  proc_.put({.pid = 10});
  TreeUsage usage(10, proc_.path());
  EXPECT_TRUE(usage.read());
  proc_.put({.pid = 10, .threads = 2, .state = 'Z'});
  EXPECT_TRUE(usage.read()) << "its other threads go on";
  proc_.put({.pid = 10, .state = 'Z'});
  EXPECT_FALSE(usage.read());
  proc_.put({.pid = 10, .start = 101});
  EXPECT_FALSE(usage.read()) << "another process with its number";
  EXPECT_FALSE(TreeUsage(77, proc_.path()).read());
}

TEST_P(TreeUsageOf, CountsTheDiskOfThoseWhoTell)
{
  proc_.put({.pid = 10});
  proc_.put_disk(10, 1000, 10);
  proc_.put_children(10, 10, "11 12 ");
  proc_.put({.pid = 11, .parent = 10});
  proc_.put_disk(11, 200, 2);
  proc_.put({.pid = 12, .parent = 10});
  TreeUsage usage(10, proc_.path());
  auto reading = usage.read();
  EXPECT_THAT(reading->disk_read_bytes, Optional(1200U));
  EXPECT_THAT(reading->disk_written_bytes, Optional(12U));
  proc_.remove(11);
  proc_.put_children(10, 10, "12 ");
  proc_.put_disk(10, 1300, 15);
  reading = usage.read();
  EXPECT_THAT(reading->disk_read_bytes, Optional(1300U));
  EXPECT_THAT(reading->disk_written_bytes, Optional(15U));
}

TEST_P(TreeUsageOf, CountsEachNetworkOnceFromTheFirstLook)
{
  proc_.put({.pid = 10});
  proc_.put_network(10, "net:[1]", 5000, 100);
  proc_.put_children(10, 10, "11 12 ");
  proc_.put({.pid = 11, .parent = 10});
  proc_.put_network(11, "net:[1]", 5000, 100);
  proc_.put({.pid = 12, .parent = 10});
  proc_.put_network(12, "net:[2]", 40, 4);
  TreeUsage usage(10, proc_.path());
  auto reading = usage.read();
  EXPECT_THAT(reading->network_received_bytes, Optional(0U));
  proc_.put_network(10, "net:[1]", 5300, 150);
  proc_.put_network(11, "net:[1]", 5300, 150);
  proc_.put_network(12, "net:[2]", 50, 6);
  reading = usage.read();
  EXPECT_THAT(reading->network_received_bytes, Optional(310U));
  EXPECT_THAT(reading->network_sent_bytes, Optional(52U));
  proc_.remove(12);
  EXPECT_THAT(usage.read()->network_received_bytes, Optional(310U));
}

TEST(TreeUsage, ReadsTheRealThing)
{
  TreeUsage usage(::getpid());
  const auto reading = usage.read();
  ASSERT_TRUE(reading);
  EXPECT_GE(reading->cpu_s, 0);
  EXPECT_GT(reading->memory_bytes, 100'000U);
  EXPECT_GE(reading->processes, 1U);
  EXPECT_GE(reading->threads, reading->processes);
}

TEST(Growth, AddsUpWhatACounterGrows)
{
  Growth growth(10);
  growth.read(15);
  growth.read(3);  // begun anew
  growth.read(4);
  EXPECT_EQ(growth.total(), 6U);
}

}  // namespace
}  // namespace mlrepro::posix
