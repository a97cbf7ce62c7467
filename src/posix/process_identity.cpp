// SPDX-License-Identifier: Apache-2.0
#include "posix/process_identity.hpp"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>

#include "posix/process_stat.hpp"

namespace mlrepro::posix {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::multimap<int, int> children_by_parent(const std::string& proc)
{
  std::multimap<int, int> children;
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(proc.c_str()));
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    int pid = 0;
    if (!parse_number(std::string_view(entry->d_name), pid)) {
      continue;
    }
    if (const auto stat = stat_of(pid, proc); stat && !has_ended(*stat)) {
      children.emplace(stat->parent, pid);
    }
  }
  return children;
}

// Not every kernel has these files (CONFIG_PROC_CHILDREN).
bool has_children_files(const std::string& proc)
{
  return ::access((proc + "/thread-self/children").c_str(), R_OK) == 0;
}

void append_children(const std::string& proc, int pid, std::vector<int>& found)
{
  const std::string threads = proc + "/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(threads.c_str()));
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    if (entry->d_name[0] == '.') {
      continue;
    }
    const auto text = read_proc_file(threads + "/" + entry->d_name + "/children").value_or("");
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
    auto text = read_proc_file("/proc/sys/kernel/random/boot_id").value_or("");
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

std::vector<int> descendants_of(int pid, const std::string& proc)
{
  const auto children = children_by_parent(proc);
  std::vector<int> found;
  const auto append = [&](int parent) {
    const auto [first, last] = children.equal_range(parent);
    for (auto child = first; child != last; ++child) {
      found.push_back(child->second);
    }
  };
  append(pid);
  for (std::size_t index = 0; index < found.size(); ++index) {
    append(found[index]);
  }
  return found;
}

std::vector<int> descendants_now(int pid, const std::string& proc)
{
  if (!has_children_files(proc)) {
    return descendants_of(pid, proc);
  }
  std::vector<int> found;
  append_children(proc, pid, found);
  for (std::size_t index = 0; index < found.size(); ++index) {
    append_children(proc, found[index], found);
  }
  return found;
}

}  // namespace mlrepro::posix
