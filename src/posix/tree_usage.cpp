// SPDX-License-Identifier: Apache-2.0
#include "posix/tree_usage.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>

#include "posix/process_identity.hpp"

namespace mlrepro::posix {
namespace {

std::uint64_t to_number(std::string_view text)
{
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Takes the next word, with the blanks around it.
std::string_view take_word(std::string_view& text)
{
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t end = std::min(text.find(' ', begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

template <typename Visit>
void for_each_line(std::string_view text, Visit visit)
{
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

struct Traffic {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

// Of all interfaces but the loopback: "  eth0: <bytes> and 7 more of what was received, <bytes> …".
Traffic parse_traffic(std::string_view text)
{
  constexpr int k_between = 7;
  Traffic traffic;
  for_each_line(text, [&](std::string_view line) {
    const std::size_t colon = line.find(':');
    std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || take_word(name) == "lo") {
      return;
    }
    line.remove_prefix(colon + 1);
    traffic.received += to_number(take_word(line));
    for (int number = 0; number < k_between; ++number) {
      take_word(line);
    }
    traffic.sent += to_number(take_word(line));
  });
  return traffic;
}

std::string network_namespace(const std::string& process_folder)
{
  std::array<char, 64> name{};
  const ssize_t size = ::readlink((process_folder + "/ns/net").c_str(), name.data(), name.size());
  return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : std::string();
}

std::uint64_t page_bytes()
{
  static const auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

double ticks_per_second()
{
  static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ticks;
}

}  // namespace

void Growth::read(std::uint64_t value)
{
  total_ += value > last_ ? value - last_ : 0;
  last_ = value;
}

TreeUsage::TreeUsage(int pid, std::string proc) : pid_(pid), proc_(std::move(proc)) {}

std::optional<TreeReading> TreeUsage::read()
{
  const auto command = stat_of(pid_, proc_);
  if (!command || has_ended(*command) ||
      command->start_ticks != start_ticks_.value_or(command->start_ticks)) {
    return std::nullopt;
  }
  start_ticks_ = command->start_ticks;
  Processes now = find_all(*command);
  keep_of_the_gone(now);
  TreeReading reading;
  for (const auto& [pid, process] : now) {
    if (!has_ended(process.stat)) {
      ++reading.processes;
      reading.threads += static_cast<std::uint64_t>(process.stat.threads);
      reading.memory_bytes += process.stat.resident_pages * page_bytes();
    }
  }
  read_counters(now, reading);
  read_networks(now, reading);
  known_ = std::move(now);
  return reading;
}

std::vector<int> TreeUsage::processes() const
{
  std::vector<int> pids;
  for (const auto& [pid, process] : known_) {
    pids.push_back(pid);
  }
  return pids;
}

TreeUsage::Processes TreeUsage::find_all(const ProcessStat& command) const
{
  Processes found;
  found[pid_] = {command, disk_of(pid_)};
  add_tree(pid_, found);
  for (const auto& [pid, process] : known_) {
    if (found.contains(pid)) {
      continue;
    }
    const auto stat = stat_of(pid, proc_);
    if (stat && stat->start_ticks == process.stat.start_ticks) {
      found[pid] = {*stat, disk_of(pid)};
      add_tree(pid, found);
    }
  }
  return found;
}

void TreeUsage::add_tree(int pid, Processes& found) const
{
  for (const int descendant : descendants_now(pid, proc_)) {
    if (const auto stat = found.contains(descendant) ? std::nullopt : stat_of(descendant, proc_)) {
      found[descendant] = {*stat, disk_of(descendant)};
    }
  }
}

// What goes to and comes from a disk, not what read(2) and write(2) move. Other users' processes do
// not tell.
std::optional<TreeUsage::Disk> TreeUsage::disk_of(int pid) const
{
  const auto text = read_proc_file(proc_ + "/" + std::to_string(pid) + "/io");
  if (!text) {
    return std::nullopt;
  }
  Disk disk;
  for_each_line(*text, [&](std::string_view line) {
    const std::string_view name = take_word(line);
    if (name == "read_bytes:") {
      disk.read = to_number(take_word(line));
    } else if (name == "write_bytes:") {
      disk.written = to_number(take_word(line));
    }
  });
  return disk;
}

// A parent that waits for a child has the child's counts in its own from then on.
void TreeUsage::keep_of_the_gone(const Processes& now)
{
  for (const auto& [pid, process] : known_) {
    const auto same = now.find(pid);
    const bool is_there =
        same != now.end() && same->second.stat.start_ticks == process.stat.start_ticks;
    if (is_there || now.contains(process.stat.parent) || known_.contains(process.stat.parent)) {
      continue;
    }
    gone_ticks_ += process.stat.cpu_ticks;
    if (process.disk) {
      gone_disk_.read += process.disk->read;
      gone_disk_.written += process.disk->written;
    }
  }
}

void TreeUsage::read_counters(const Processes& now, TreeReading& reading)
{
  std::uint64_t ticks = gone_ticks_;
  Disk all = gone_disk_;
  bool has_disk = false;
  for (const auto& [pid, process] : now) {
    ticks += process.stat.cpu_ticks;
    if (process.disk) {
      has_disk = true;
      all.read += process.disk->read;
      all.written += process.disk->written;
    }
  }
  cpu_ticks_.read(ticks);
  reading.cpu_s = static_cast<double>(cpu_ticks_.total()) / ticks_per_second();
  if (has_disk) {
    disk_read_.read(all.read);
    disk_written_.read(all.written);
    reading.disk_read_bytes = disk_read_.total();
    reading.disk_written_bytes = disk_written_.total();
  }
}

void TreeUsage::read_networks(const Processes& now, TreeReading& reading)
{
  std::map<std::string, int> members;  // one process of each namespace
  for (const auto& [pid, process] : now) {
    members.try_emplace(network_namespace(proc_ + "/" + std::to_string(pid)), pid);
  }
  members.erase("");
  for (const auto& [name, pid] : members) {
    const auto text = read_proc_file(proc_ + "/" + std::to_string(pid) + "/net/dev");
    if (!text) {
      continue;
    }
    const Traffic traffic = parse_traffic(*text);
    const auto network =
        networks_.try_emplace(name, Network{Growth(traffic.received), Growth(traffic.sent)}).first;
    network->second.received.read(traffic.received);
    network->second.sent.read(traffic.sent);
  }
  if (networks_.empty()) {
    return;
  }
  reading.network_received_bytes = 0;
  reading.network_sent_bytes = 0;
  for (const auto& [name, network] : networks_) {
    *reading.network_received_bytes += network.received.total();
    *reading.network_sent_bytes += network.sent.total();
  }
}

}  // namespace mlrepro::posix
