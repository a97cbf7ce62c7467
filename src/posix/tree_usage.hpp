// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "posix/process_stat.hpp"

namespace mlrepro::posix {

// Turns the readings of a counter into how much it has grown; a reading that is less than the one
// before adds nothing.
class Growth {
 public:
  explicit Growth(std::uint64_t first = 0) : last_(first) {}
  void read(std::uint64_t value);
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::uint64_t last_ = 0;
  std::uint64_t total_ = 0;
};

struct TreeReading {
  double cpu_s = 0;  // since the command's start
  std::uint64_t memory_bytes = 0;
  std::uint64_t processes = 0;
  std::uint64_t threads = 0;
  // Since the command's start; absent where the kernel does not tell.
  std::optional<std::uint64_t> disk_read_bytes = {};
  std::optional<std::uint64_t> disk_written_bytes = {};
  // Since the first reading, in the network namespaces that the processes are in.
  std::optional<std::uint64_t> network_received_bytes = {};
  std::optional<std::uint64_t> network_sent_bytes = {};
};

// What a command and its descendants have used of the machine so far. Who was once seen as a
// descendant stays one, also when its parent has ended and somebody else has adopted it.
class TreeUsage {
 public:
  // `proc` is the folder of a proc file system.
  TreeUsage(int pid, std::string proc = "/proc");

  // Absent when the command has ended.
  std::optional<TreeReading> read();
  // Those of the last reading.
  [[nodiscard]] std::vector<int> processes() const;

 private:
  struct Disk {
    std::uint64_t read = 0;
    std::uint64_t written = 0;
  };
  struct Known {
    ProcessStat stat;
    std::optional<Disk> disk;  // its own, and its waited children's
  };
  struct Network {
    Growth received;
    Growth sent;
  };
  using Processes = std::map<int, Known>;

  [[nodiscard]] Processes find_all(const ProcessStat& command) const;
  void add_tree(int pid, Processes& found) const;
  [[nodiscard]] std::optional<Disk> disk_of(int pid) const;
  void keep_of_the_gone(const Processes& now);
  void read_counters(const Processes& now, TreeReading& reading);
  void read_networks(const Processes& now, TreeReading& reading);

  int pid_;
  std::string proc_;
  std::optional<std::uint64_t> start_ticks_;  // of the command
  Processes known_;
  // Of processes that ended without a parent here that waited for them.
  std::uint64_t gone_ticks_ = 0;
  Disk gone_disk_;
  Growth cpu_ticks_;
  Growth disk_read_;
  Growth disk_written_;
  std::map<std::string, Network> networks_;  // by the namespace
};

}  // namespace mlrepro::posix
