// SPDX-License-Identifier: Apache-2.0
#include "posix/process_identity.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {
namespace {

// What mlrepro reads of /proc/<pid>/stat (proc(5)).
struct ProcessStat {
  char state = '?';
  int parent = 0;
  int threads = 0;
  std::uint64_t start_ticks = 0;
};

std::optional<std::string> read_small_file(const std::string& path)
{
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return std::nullopt;
  }
  std::array<char, 4096> buffer{};
  ssize_t size = 0;
  do {
    size = ::read(file.get(), buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size <= 0) {
    return std::nullopt;  // ESRCH: the process went away after the open
  }
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

template <typename Number>
bool parse_number(std::string_view text, Number& number)
{
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

// Field 2 is the program's name in parentheses and may hold any byte, ')' and ' ' included: the
// fields are counted from the last ')'.
std::optional<ProcessStat> parse_stat(std::string_view text)
{
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) {
    return std::nullopt;
  }
  text.remove_prefix(name_end + 2);
  ProcessStat stat;
  for (int field = 3; field <= 22; ++field) {
    const auto end = text.find(' ');
    const auto value = text.substr(0, end);
    const bool valid = field == 3    ? !value.empty() && (stat.state = value[0], true)
                       : field == 4  ? parse_number(value, stat.parent)
                       : field == 20 ? parse_number(value, stat.threads)
                       : field == 22 ? parse_number(value, stat.start_ticks)
                                     : true;
    if (!valid) {
      return std::nullopt;
    }
    if (end == std::string_view::npos) {
      return field == 22 ? std::optional(stat) : std::nullopt;
    }
    text.remove_prefix(end + 1);
  }
  return stat;
}

std::optional<ProcessStat> stat_of(int pid)
{
  const auto text = read_small_file("/proc/" + std::to_string(pid) + "/stat");
  return text ? parse_stat(*text) : std::nullopt;
}

// A process whose first thread has ended shows as a zombie while other threads still work.
bool has_ended(const ProcessStat& stat)
{
  return stat.state == 'X' || (stat.state == 'Z' && stat.threads <= 1);
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::multimap<int, int> children_by_parent()
{
  std::multimap<int, int> children;
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir("/proc"));
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    int pid = 0;
    if (!parse_number(std::string_view(entry->d_name), pid)) {
      continue;
    }
    if (const auto stat = stat_of(pid); stat && !has_ended(*stat)) {
      children.emplace(stat->parent, pid);
    }
  }
  return children;
}

// Not every kernel has these files (CONFIG_PROC_CHILDREN).
bool has_children_files()
{
  static const bool there = ::access("/proc/thread-self/children", R_OK) == 0;
  return there;
}

void append_children(int pid, std::vector<int>& found)
{
  const std::string threads = "/proc/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(threads.c_str()));
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    if (entry->d_name[0] == '.') {
      continue;
    }
    const auto text = read_small_file(threads + "/" + entry->d_name + "/children").value_or("");
    std::string_view rest = text;
    for (std::size_t end = rest.find(' '); end != std::string_view::npos; end = rest.find(' ')) {
      int child = 0;
      if (parse_number(rest.substr(0, end), child)) {
        found.push_back(child);
      }
      rest.remove_prefix(end + 1);
    }
  }
}

}  // namespace

const std::string& boot_id()
{
  static const std::string id = [] {
    auto text = read_small_file("/proc/sys/kernel/random/boot_id").value_or("");
    while (!text.empty() && text.back() == '\n') {
      text.pop_back();
    }
    return text;
  }();
  return id;
}

std::optional<ports::ProcessIdentity> identity_of(int pid)
{
  const auto stat = pid > 0 ? stat_of(pid) : std::nullopt;
  if (!stat) {
    return std::nullopt;
  }
  return ports::ProcessIdentity{pid, stat->start_ticks, boot_id()};
}

bool is_alive(const ports::ProcessIdentity& identity)
{
  if (identity.pid <= 0 || identity.boot_id != boot_id()) {
    return false;
  }
  if (const auto stat = stat_of(identity.pid)) {
    return stat->start_ticks == identity.start_ticks && !has_ended(*stat);
  }
  return ::kill(identity.pid, 0) == 0 || errno == EPERM;
}

std::vector<int> descendants_of(int pid)
{
  const auto children = children_by_parent();
  std::vector<int> found;
  const auto append_children = [&](int parent) {
    const auto [first, last] = children.equal_range(parent);
    for (auto child = first; child != last; ++child) {
      found.push_back(child->second);
    }
  };
  append_children(pid);
  for (std::size_t index = 0; index < found.size(); ++index) {
    append_children(found[index]);
  }
  return found;
}

std::vector<int> descendants_now(int pid)
{
  if (!has_children_files()) {
    return descendants_of(pid);
  }
  std::vector<int> found;
  append_children(pid, found);
  for (std::size_t index = 0; index < found.size(); ++index) {
    append_children(found[index], found);
  }
  return found;
}

}  // namespace mlrepro::posix
