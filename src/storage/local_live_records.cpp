// SPDX-License-Identifier: Apache-2.0
#include "storage/local_live_records.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <span>
#include <sstream>
#include <thread>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/file_lock.hpp"
#include "posix/folders.hpp"
#include "posix/process_identity.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::storage {
namespace {

constexpr const char* k_events = "/events.jsonl";
constexpr const char* k_metrics = "/metrics.jsonl";
constexpr const char* k_resources = "/resources.jsonl";
constexpr const char* k_exit = "/exit";
constexpr std::size_t k_exit_size = 128;          // more than exit_text() ever takes
constexpr std::string_view k_building = ".new-";  // then the process and the run

// Not open when there is no such file.
posix::FileDescriptor open_if_there(const std::string& path, int flags)
{
  try {
    return posix::open_file(path, flags);
  } catch (const model::Error& error) {
    if (error.kind() == model::ErrorKind::not_found) {
      return {};
    }
    throw;
  }
}

// A file of a few words.
std::string read_if_there(const std::string& path)
{
  const posix::FileDescriptor file = open_if_there(path, O_RDONLY);
  std::array<char, 512> text{};
  const std::size_t size =
      file.is_open() ? posix::read_fully(file.get(), std::as_writable_bytes(std::span(text)),
                                         "read '" + path + "'")
                     : 0;
  return {text.data(), size};
}

void write_new(const std::string& path, const std::string& text)
{
  posix::FileDescriptor file = posix::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix::write_fully(file.get(), text, "write '" + path + "'");
  file.close("write '" + path + "'");
}

// A torn or foreign file says nothing.
std::optional<ports::ProcessIdentity> read_identity(const std::string& path)
{
  std::istringstream text(read_if_there(path));
  ports::ProcessIdentity identity;
  std::string end;
  if (text >> identity.pid >> identity.start_ticks >> identity.boot_id >> end && end == "end") {
    if (identity.boot_id == "-") {
      identity.boot_id.clear();
    }
    return identity;
  }
  return std::nullopt;
}

std::string identity_text(const ports::ProcessIdentity& identity)
{
  return std::to_string(identity.pid) + " " + std::to_string(identity.start_ticks) + " " +
         (identity.boot_id.empty() ? "-" : identity.boot_id) + " end\n";
}

std::string exit_text(const ports::ProcessResult& result)
{
  std::ostringstream text;
  text << (result.exit_code ? "exit " : "signal ")
       << result.exit_code.value_or(result.signal.value_or(0)) << ' ' << (result.timed_out ? 1 : 0)
       << ' ' << result.resources.user_s << ' ' << result.resources.system_s << ' '
       << result.resources.max_rss_bytes << " end\n";
  return text.str();
}

// In the room that was reserved for it, so that a full disk does not cost the exit code.
void write_reserved(const std::string& path, std::string text)
{
  text.resize(k_exit_size, ' ');
  posix::FileDescriptor file = posix::open_file(path, O_WRONLY | O_CREAT, 0600);
  posix::write_fully(file.get(), text, "write '" + path + "'");
  file.close("write '" + path + "'");
}

std::optional<ports::ProcessResult> read_exit(const std::string& path)
{
  std::istringstream text(read_if_there(path));
  std::string kind;
  std::string end;
  int value = 0;
  int timed_out = 0;
  ports::ProcessResult result;
  if (!(text >> kind >> value >> timed_out >> result.resources.user_s >>
        result.resources.system_s >> result.resources.max_rss_bytes >> end) ||
      end != "end") {
    return std::nullopt;
  }
  (kind == "exit" ? result.exit_code : result.signal) = value;
  result.timed_out = timed_out != 0;
  return result;
}

const char* name_of(ports::LiveLines kind)
{
  return kind == ports::LiveLines::metrics  ? k_metrics
         : kind == ports::LiveLines::events ? k_events
                                            : k_resources;
}

// Whole lines, a block at a time; a longer line has a block of its own.
void visit_lines(int fd, const std::string& path, const ports::LineVisitor& visit)
{
  constexpr std::size_t k_block = 65'536;  // what is made of it is to fit into a cache, too
  std::string text;
  for (bool ended = false; !ended;) {
    const std::size_t held = text.size();  // of a line whose end is still to come
    text.resize(held + k_block);
    const std::size_t size = posix::read_fully(
        fd, std::as_writable_bytes(std::span(text)).subspan(held), "read '" + path + "'");
    ended = size < k_block;
    text.resize(held + size);
    const std::size_t last = std::string_view(text).substr(held).rfind('\n');
    const std::size_t whole = ended                            ? text.size()
                              : last == std::string_view::npos ? 0
                                                               : held + last + 1;
    if (whole > 0) {
      visit(std::string_view(text).substr(0, whole));
      text.erase(0, whole);
    }
  }
}

// Opens events.jsonl and locks it; not open when there is no live record (any more).
posix::FileDescriptor open_locked(const std::string& folder, posix::LockMode mode)
{
  posix::FileDescriptor file = open_if_there(folder + k_events, O_RDWR | O_APPEND);
  if (!file.is_open()) {
    return {};
  }
  posix::lock_file(file.get(), mode, folder);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    posix::throw_errno("stat '" + folder + k_events + "'");
  }
  return status.st_nlink > 0 ? std::move(file) : posix::FileDescriptor();
}

// A writer that was killed may have left half a line.
bool ends_within_a_line(int fd)
{
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

class LocalSealGuard final : public ports::SealGuard {
 public:
  LocalSealGuard(posix::FileDescriptor file, std::string folder)
      : file_(std::move(file)), folder_(std::move(folder))
  {
  }

  void remove() override
  {
    if (::unlink((folder_ + k_events).c_str()) != 0 && errno != ENOENT) {
      posix::throw_errno("remove '" + folder_ + k_events + "'");
    }
    posix::remove_tree(folder_);
  }

 private:
  posix::FileDescriptor file_;
  std::string folder_;
};

}  // namespace

ports::LivePaths LocalLiveRecords::paths(const model::RunId& id) const
{
  const std::string folder = folder_of(id);
  return {{folder + "/stdout.log", folder + "/stderr.log", folder + "/log.index"},
          folder + k_metrics,
          folder + k_events,
          folder + k_resources,
          folder + "/trace.log"};
}

ports::LivePaths LocalLiveRecords::create(const model::RunId& id)
{
  posix::make_folders(root_, 0700);
  const std::string building =
      root_ + "/" + std::string(k_building) + std::to_string(::getpid()) + "-" + id.str();
  posix::make_folders(building, 0700);
  write_new(building + k_metrics, "");
  write_new(building + k_events, "");
  write_reserved(building + k_exit, "");
  write_new(
      building + "/supervisor",
      identity_text(
          posix::identity_of(::getpid()).value_or(ports::ProcessIdentity{::getpid(), 0, ""})));
  if (::rename(building.c_str(), folder_of(id).c_str()) != 0) {
    posix::throw_errno("make '" + folder_of(id) + "'");
  }
  return paths(id);
}

void LocalLiveRecords::set_process(const model::RunId& id, const ports::ProcessIdentity& process)
{
  write_new(folder_of(id) + "/process", identity_text(process));
}

void LocalLiveRecords::set_exit(const model::RunId& id, const ports::ProcessResult& result)
{
  write_reserved(folder_of(id) + k_exit, exit_text(result));
}

bool LocalLiveRecords::append(const model::RunId& id, std::string_view lines)
{
  const posix::FileDescriptor file = open_locked(folder_of(id), posix::LockMode::shared);
  if (!file.is_open()) {
    return false;
  }
  std::string after_half_a_line;
  if (ends_within_a_line(file.get())) {
    after_half_a_line.append("\n").append(lines);
    lines = after_half_a_line;
  }
  // One write: appends of other processes come before or after it, not in between.
  ssize_t written = 0;
  do {
    written = ::write(file.get(), lines.data(), lines.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(lines.size())) {
    if (appends_ == Appends::machine && ::fdatasync(file.get()) != 0) {
      posix::throw_errno("sync '" + folder_of(id) + k_events + "'");
    }
    return true;
  }
  const int error = written < 0 ? errno : ENOSPC;
  if (written > 0) {
    // A reader skips a line that does not parse; the next line must not be glued to it.
    (void)!::write(file.get(), "\n", 1);
  }
  throw posix::system_error(error, "log to '" + folder_of(id) + k_events + "'");
}

bool LocalLiveRecords::read(const model::RunId& id, ports::LiveLines kind,
                            const ports::LineVisitor& visit) const
{
  if (::access((folder_of(id) + k_events).c_str(), F_OK) != 0) {
    return false;
  }
  const std::string path = folder_of(id) + name_of(kind);
  if (const posix::FileDescriptor file = open_if_there(path, O_RDONLY); file.is_open()) {
    visit_lines(file.get(), path, visit);
  }
  return true;
}

std::optional<ports::ProcessResult> LocalLiveRecords::exit(const model::RunId& id) const
{
  return read_exit(folder_of(id) + k_exit);
}

std::optional<ports::Liveness> LocalLiveRecords::liveness(const model::RunId& id) const
{
  const std::string folder = folder_of(id);
  if (::access((folder + k_events).c_str(), F_OK) != 0) {
    return std::nullopt;
  }
  const auto supervisor = read_identity(folder + "/supervisor");
  if (supervisor && posix::is_alive(*supervisor)) {
    return ports::Liveness::supervised;
  }
  const auto process = read_identity(folder + "/process");
  return process && posix::is_alive(*process) ? ports::Liveness::orphaned : ports::Liveness::ended;
}

void LocalLiveRecords::sweep_unfinished()
{
  for (const std::string& name :
       posix::list_names(root_, posix::Unreadable::is_as_far_as_it_goes)) {
    int pid = 0;
    if (name.starts_with(k_building) &&
        std::from_chars(name.data() + k_building.size(), name.data() + name.size(), pid).ec ==
            std::errc{} &&
        pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) {
      posix::remove_tree(root_ + "/" + name);
    }
  }
}

bool LocalLiveRecords::await_output(const model::RunId& id,
                                    std::chrono::milliseconds patience) const
{
  constexpr std::chrono::milliseconds k_between(5);
  const std::string index = paths(id).logs.index_path;
  const posix::FileDescriptor file = open_if_there(index, O_RDONLY);
  if (!file.is_open()) {
    return true;  // a run whose output is not logged
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!posix::try_lock_file(file.get(), posix::LockMode::shared, index)) {
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(k_between);
  }
  return true;
}

std::vector<model::RunId> LocalLiveRecords::list() const
{
  std::vector<model::RunId> ids;
  for (const std::string& name :
       posix::list_names(root_, posix::Unreadable::is_as_far_as_it_goes)) {
    if (const auto id = model::RunId::parse(name)) {
      ids.push_back(*id);
    }
  }
  return ids;
}

std::unique_ptr<ports::SealGuard> LocalLiveRecords::lock(const model::RunId& id)
{
  posix::FileDescriptor file = open_locked(folder_of(id), posix::LockMode::exclusive);
  if (!file.is_open()) {
    // events.jsonl goes first: what is left here is of a removal that was killed.
    posix::remove_tree(folder_of(id));
    return nullptr;
  }
  return std::make_unique<LocalSealGuard>(std::move(file), folder_of(id));
}

}  // namespace mlrepro::storage
