// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/live_records.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <thread>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/file_lock.hpp"
#include "posix/process_identity.hpp"
#include "storage/local_live_records.hpp"
#include "support/memory_live_records.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using model::RunId;
using ports::LiveLines;
using ports::Liveness;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RealRecords {
 public:
  ports::LiveRecords& records() { return records_; }
  void write_metrics(const std::string& path, const std::string& lines)
  {
    testing::write_text(path, testing::read_text(path) + lines);
  }
  static void write_resources(const std::string& path, const std::string& lines)
  {
    testing::write_text(path, lines);
  }

 private:
  testing::TempDir folder_;
  storage::LocalLiveRecords records_{folder_ / "runs"};
};

class FakeRecords {
 public:
  ports::LiveRecords& records() { return records_; }
  void write_metrics(const std::string& path, const std::string& lines)
  {
    records_.write_metrics(path, lines);
  }
  void write_resources(const std::string& path, const std::string& lines)
  {
    records_.write_resources(path, lines);
  }

 private:
  testing::MemoryLiveRecords records_;
};

std::string lines_of(const ports::LiveRecords& records, const RunId& id, LiveLines kind)
{
  std::string all;
  EXPECT_TRUE(records.read(id, kind, [&](std::string_view lines) { all += lines; }));
  return all;
}

bool has_record(const ports::LiveRecords& records, const RunId& id)
{
  return records.read(id, LiveLines::events, [](std::string_view) {});
}

template <typename World>
class LiveRecordsContract : public ::testing::Test {
 protected:
  ports::LiveRecords& records() { return world.records(); }
  std::string read(LiveLines kind) { return lines_of(records(), id, kind); }
  World world;
  RunId id = RunId::from_bytes({1});
  RunId other = RunId::from_bytes({2});
};

using Records = ::testing::Types<RealRecords, FakeRecords>;
TYPED_TEST_SUITE(LiveRecordsContract, Records);

TYPED_TEST(LiveRecordsContract, NothingIsKnownOfARunWithoutARecord)
{
  EXPECT_THAT(this->records().list(), IsEmpty());
  EXPECT_FALSE(has_record(this->records(), this->id));
  EXPECT_FALSE(this->records().exit(this->id));
  EXPECT_FALSE(this->records().liveness(this->id));
  EXPECT_EQ(this->records().lock(this->id), nullptr);
  EXPECT_FALSE(this->records().append(this->id, "{}\n"));
}

TYPED_TEST(LiveRecordsContract, WhoMadeARecordSupervisesIt)
{
  const auto paths = this->records().create(this->id);
  EXPECT_EQ(paths.metrics, this->records().paths(this->id).metrics);
  EXPECT_EQ(this->records().liveness(this->id), Liveness::supervised);
  this->records().create(this->other);
  EXPECT_THAT(this->records().list(), UnorderedElementsAre(this->id, this->other));
  EXPECT_EQ(this->read(LiveLines::events) + this->read(LiveLines::metrics) +
                this->read(LiveLines::resources),
            "");
  EXPECT_FALSE(this->records().exit(this->id));
}

TYPED_TEST(LiveRecordsContract, KeepsWhatIsAppendedInOrder)
{
  const auto paths = this->records().create(this->id);
  EXPECT_TRUE(this->records().append(this->id, "one\n"));
  EXPECT_TRUE(this->records().append(this->id, "two\nthree\n"));
  this->world.write_metrics(paths.metrics, "metric\n");
  this->world.write_metrics(paths.metrics, "torn");
  this->world.write_resources(paths.resources, "measured\n");
  EXPECT_EQ(this->read(LiveLines::resources), "measured\n");
  EXPECT_EQ(this->read(LiveLines::events), "one\ntwo\nthree\n");
  EXPECT_EQ(this->read(LiveLines::metrics), "metric\ntorn")
      << "the reader decides about a torn line";
}

TYPED_TEST(LiveRecordsContract, LinesAreWholeHoweverManyThereAre)
{
  const auto paths = this->records().create(this->id);
  std::string all;
  for (std::size_t i = 0; all.size() < 1'000'000; ++i) {
    all += std::string(i % 1000, 'x') + (i == 500 ? std::string(700'000, 'y') : "") + "\n";
  }
  all += "torn";
  this->world.write_metrics(paths.metrics, all);
  std::string read;
  this->records().read(this->id, LiveLines::metrics, [&](std::string_view lines) {
    EXPECT_FALSE(lines.empty());
    read += lines;
    EXPECT_TRUE(read.ends_with('\n') || read.size() == all.size()) << "a piece of a line";
  });
  EXPECT_EQ(read, all);
}

TYPED_TEST(LiveRecordsContract, KeepsTheEnd)
{
  this->records().create(this->id);
  this->records().create(this->other);
  ports::ProcessResult result;
  result.exit_code = 3;
  result.resources = {1.25, 0.5, 123'456};
  this->records().set_exit(this->id, result);
  ports::ProcessResult killed;
  killed.signal = 9;
  killed.timed_out = true;
  this->records().set_exit(this->other, killed);
  const auto first = this->records().exit(this->id).value();
  EXPECT_EQ(first.exit_code, 3);
  EXPECT_FALSE(first.signal);
  EXPECT_EQ(first.resources, result.resources);
  const auto second = this->records().exit(this->other).value();
  EXPECT_EQ(second.signal, 9);
  EXPECT_FALSE(second.exit_code);
  EXPECT_TRUE(second.timed_out);
}

TYPED_TEST(LiveRecordsContract, ASealedRecordIsGone)
{
  this->records().create(this->id);
  this->records().append(this->id, "line\n");
  {
    const auto guard = this->records().lock(this->id);
    ASSERT_TRUE(guard);
    EXPECT_EQ(this->read(LiveLines::events), "line\n");
    guard->remove();
  }
  EXPECT_FALSE(has_record(this->records(), this->id));
  EXPECT_FALSE(this->records().liveness(this->id));
  EXPECT_FALSE(this->records().append(this->id, "late\n"));
  EXPECT_EQ(this->records().lock(this->id), nullptr);
  EXPECT_THAT(this->records().list(), IsEmpty());
}

TYPED_TEST(LiveRecordsContract, AGuardThatOnlyLookedLeavesTheRecord)
{
  this->records().create(this->id);
  (void)this->records().lock(this->id);
  EXPECT_TRUE(this->records().append(this->id, "line\n"));
  EXPECT_TRUE(this->records().lock(this->id));
}

// With files and processes, which the fake has none of.
class LocalLiveRecords : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name) const
  {
    return folder_ / "runs/" + id_.str() + "/" + name;
  }
  void identify(const std::string& name, const ports::ProcessIdentity& identity) const
  {
    testing::write_text(file(name), std::to_string(identity.pid) + " " +
                                        std::to_string(identity.start_ticks) + " " +
                                        identity.boot_id + " end\n");
  }
  // A process that has ended and been reaped.
  static ports::ProcessIdentity dead()
  {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::_exit(0);
    }
    const auto identity = posix::identity_of(pid).value();
    ::waitpid(pid, nullptr, 0);
    return identity;
  }

  testing::TempDir folder_;
  storage::LocalLiveRecords records_{folder_ / "runs"};
  RunId id_ = RunId::from_bytes({1});
};

TEST_F(LocalLiveRecords, ARecordIsOrphanedWhileItsCommandLives)
{
  records_.create(id_);
  const auto self = posix::identity_of(::getpid()).value();
  identify("supervisor", dead());
  EXPECT_EQ(records_.liveness(id_), Liveness::ended) << "no command is known";
  records_.set_process(id_, self);
  EXPECT_EQ(records_.liveness(id_), Liveness::orphaned);
  records_.set_process(id_, dead());
  EXPECT_EQ(records_.liveness(id_), Liveness::ended);
}

TEST_F(LocalLiveRecords, ANumberThatAnotherProcessHasNowIsNotTheSame)
{
  records_.create(id_);
  auto reused = posix::identity_of(::getpid()).value();
  reused.start_ticks -= 1;
  identify("supervisor", reused);
  EXPECT_EQ(records_.liveness(id_), Liveness::ended) << "another start time";
  auto rebooted = posix::identity_of(::getpid()).value();
  rebooted.boot_id = "00000000-0000-0000-0000-000000000000";
  identify("supervisor", rebooted);
  EXPECT_EQ(records_.liveness(id_), Liveness::ended) << "another boot";
}

TEST_F(LocalLiveRecords, TornFilesSayNothing)
{
  records_.create(id_);
  for (const char* torn : {"", "12", "12 34", "12 34 abc", "x y z end"}) {
    testing::write_text(file("supervisor"), torn);
    EXPECT_EQ(records_.liveness(id_), Liveness::ended) << torn;
  }
  for (const char* torn : {"", "exit", "exit 3 0 1.5", "exit 3 0 1.5 0.5 100"}) {
    testing::write_text(file("exit"), torn);
    EXPECT_FALSE(records_.exit(id_)) << torn;
  }
}

TEST_F(LocalLiveRecords, AHalfMadeRecordIsNone)
{
  testing::write_text(folder_ / "runs/.new-" + id_.str() + "/events.jsonl", "");
  testing::write_text(folder_ / "runs/notes.txt", "not a run");
  EXPECT_THAT(records_.list(), IsEmpty());
  EXPECT_FALSE(records_.liveness(id_));
  records_.create(id_);
  EXPECT_THAT(records_.list(), ElementsAre(id_)) << "a second try takes over";
}

TEST_F(LocalLiveRecords, WaitsForWhoStillLogsOutput)
{
  using std::chrono::milliseconds;
  records_.create(id_);
  EXPECT_TRUE(records_.await_output(id_, milliseconds(0))) << "nothing is logged";
  const std::string index = records_.paths(id_).logs.index_path;
  testing::write_text(index, "");
  EXPECT_TRUE(records_.await_output(id_, milliseconds(0))) << "nobody logs";
  posix::FileDescriptor log = posix::open_file(index, O_WRONLY);
  posix::lock_file(log.get(), posix::LockMode::exclusive, index);
  EXPECT_FALSE(records_.await_output(id_, milliseconds(20)));
  std::thread end([&] {
    std::this_thread::sleep_for(milliseconds(20));
    log.reset();
  });
  EXPECT_TRUE(records_.await_output(id_, std::chrono::minutes(1)));
  end.join();
}

TEST_F(LocalLiveRecords, WhatAKilledProcessLeftIsSweptAway)
{
  const std::string dead = folder_ / "runs/.new-2147483647-" + id_.str();
  const std::string alive =
      folder_ / "runs/.new-" + std::to_string(::getpid()) + "-" + std::string(32, 'a');
  testing::write_text(dead + "/events.jsonl", "");
  testing::write_text(alive + "/events.jsonl", "");
  records_.create(id_);
  records_.sweep_unfinished();
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(alive)) << "somebody is still at it";
  EXPECT_THAT(records_.list(), ElementsAre(id_));
}

TEST_F(LocalLiveRecords, AppendsOfManyProcessesStayWhole)
{
  records_.create(id_);
  constexpr int k_processes = 8;
  constexpr int k_lines = 50;
  for (int process = 0; process < k_processes; ++process) {
    if (::fork() == 0) {
      const std::string line = std::string(static_cast<std::size_t>(100 + 300 * process),
                                           static_cast<char>('a' + process));
      int failed = 0;
      for (int i = 0; i < k_lines; ++i) {
        failed += records_.append(id_, line + "\n" + line + "\n") ? 0 : 1;
      }
      ::_exit(failed);
    }
  }
  for (int process = 0; process < k_processes; ++process) {
    int status = -1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  // Who sees another's append half-way takes it for a torn line, and begins with a new line.
  std::istringstream text(lines_of(records_, id_, LiveLines::events));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty()) {
      lines.push_back(line);
    }
  }
  std::array<int, k_processes> seen{};
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
    const std::string& first = lines[i];
    ASSERT_EQ(first, lines[i + 1]) << "appended in one piece";
    const int process = first[0] - 'a';
    ASSERT_EQ(first.size(), static_cast<std::size_t>(100 + 300 * process));
    ++seen[static_cast<std::size_t>(process)];
  }
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int count) { return count == k_lines; }));
}

TEST_F(LocalLiveRecords, WhoAppendsWaitsForTheGuardAndLearnsThatItIsTooLate)
{
  records_.create(id_);
  std::array<int, 2> start{};
  std::array<int, 2> started{};
  ASSERT_EQ(::pipe2(start.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(started.data(), O_CLOEXEC), 0);
  char byte = 'x';
  // Forked before the lock is taken: a fork shares the locks of its parent.
  const pid_t late = ::fork();
  if (late == 0) {
    (void)!::read(start[0], &byte, 1);
    (void)!::write(started[1], &byte, 1);
    ::_exit(records_.append(id_, "late\n") ? 1 : 0);
  }
  {
    const auto guard = records_.lock(id_);
    ASSERT_EQ(::write(start[1], &byte, 1), 1);
    ASSERT_EQ(::read(started[0], &byte, 1), 1);  // it is about to append, or waits already
    EXPECT_EQ(lines_of(records_, id_, LiveLines::events), "");
    guard->remove();
  }
  int status = -1;
  ::waitpid(late, &status, 0);
  EXPECT_EQ(status, 0) << "nothing may be lost in a file that nobody reads any more";
  for (const int fd : {start[0], start[1], started[0], started[1]}) {
    ::close(fd);
  }
}

}  // namespace
}  // namespace mlrepro
