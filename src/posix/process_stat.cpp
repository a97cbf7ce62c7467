// SPDX-License-Identifier: Apache-2.0
#include "posix/process_stat.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::size_t k_piece = 4096;
constexpr std::size_t k_most = 65536;

// The numbers of the fields, as proc(5) counts them.
constexpr int k_state = 3;
constexpr int k_parent = 4;
constexpr int k_first_time = 14;  // own user and system time, then those of waited children
constexpr int k_last_time = 17;
constexpr int k_threads = 20;
constexpr int k_start = 22;
constexpr int k_resident = 24;

bool take_field(int field, std::string_view value, ProcessStat& stat)
{
  if (field >= k_first_time && field <= k_last_time) {
    std::int64_t ticks = 0;
    const bool valid = parse_number(value, ticks);
    stat.cpu_ticks += ticks > 0 ? static_cast<std::uint64_t>(ticks) : 0;
    return valid;
  }
  switch (field) {
    case k_state:
      stat.state = value.empty() ? '?' : value.front();
      return !value.empty();
    case k_parent:
      return parse_number(value, stat.parent);
    case k_threads:
      return parse_number(value, stat.threads);
    case k_start:
      return parse_number(value, stat.start_ticks);
    case k_resident:
      return parse_number(value, stat.resident_pages);
    default:
      return true;
  }
}

}  // namespace

std::optional<std::string> read_proc_file(const std::string& path)
{
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return std::nullopt;
  }
  std::string text;
  std::array<char, k_piece> buffer{};
  while (text.size() < k_most) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {  // also ESRCH: the process went away after the open
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// Field 2 is the program's name in parentheses and may hold any byte, ')' and ' ' included: the
// fields are counted from the last ')'.
std::optional<ProcessStat> parse_process_stat(std::string_view text)
{
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) {
    return std::nullopt;
  }
  text.remove_prefix(name_end + 2);
  ProcessStat stat;
  for (int field = k_state; field <= k_resident; ++field) {
    const auto end = text.find(' ');
    if (!take_field(field, text.substr(0, end), stat)) {
      return std::nullopt;
    }
    if (end == std::string_view::npos) {
      return field == k_resident ? std::optional(stat) : std::nullopt;
    }
    text.remove_prefix(end + 1);
  }
  return stat;
}

std::optional<ProcessStat> stat_of(int pid, const std::string& proc)
{
  const auto text = read_proc_file(proc + "/" + std::to_string(pid) + "/stat");
  return text ? parse_process_stat(*text) : std::nullopt;
}

bool has_ended(const ProcessStat& stat)
{
  return stat.state == 'X' || (stat.state == 'Z' && stat.threads <= 1);
}

}  // namespace mlrepro::posix
