// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace mlrepro::posix {

// What `text` begins with, as a decimal number; false when that is none.
template <typename Number>
bool parse_number(std::string_view text, Number& number)
{
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

// What mlrepro reads of /proc/<pid>/stat (proc(5)).
struct ProcessStat {
  char state = '?';
  int parent = 0;
  std::uint64_t cpu_ticks = 0;  // of its threads, and of the children that it has waited for
  int threads = 0;
  std::uint64_t start_ticks = 0;     // after boot
  std::uint64_t resident_pages = 0;  // of memory
};

// At most 64 KiB of a file of /proc; absent when it can't be read or is empty.
std::optional<std::string> read_proc_file(const std::string& path);

std::optional<ProcessStat> parse_process_stat(std::string_view text);

// `proc` is the folder of a proc file system. Absent when no process (not even an unreaped one)
// has that number.
std::optional<ProcessStat> stat_of(int pid, const std::string& proc = "/proc");

// A process whose first thread has ended shows as a zombie while other threads still work.
bool has_ended(const ProcessStat& stat);

}  // namespace mlrepro::posix
