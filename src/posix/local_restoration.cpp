// SPDX-License-Identifier: Apache-2.0
#include "posix/local_restoration.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

#include "mlrepro/model/repo_path.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::string_view k_mark = ".mlrepro-restore-";
constexpr std::size_t k_copy_bytes = 256UL * 1024;
constexpr std::string_view k_aside = ".old";

std::string last_name(const std::string& path)
{
  return path.substr(path.rfind('/') + 1);
}

class OpenedFile final : public ports::ByteSource {
 public:
  explicit OpenedFile(std::string path)
      : path_(std::move(path)), file_(open_file(path_, O_RDONLY | O_NOFOLLOW))
  {
  }
  std::size_t read(std::span<std::byte> buffer) override
  {
    return read_fully(file_.get(), buffer, "read '" + path_ + "'");
  }

 private:
  std::string path_;
  FileDescriptor file_;
};

bool exists(const std::string& path, struct stat& status)
{
  if (::lstat(path.c_str(), &status) == 0) {
    return true;
  }
  if (errno != ENOENT && errno != ENOTDIR) {
    throw_errno("stat '" + path + "'");
  }
  return false;
}

// What earlier restorations of the same target left when they were killed.
std::vector<std::string> find_abandoned(const std::string& target)
{
  std::vector<std::string> found;
  const std::string folder = parent_folder(target);
  const std::string prefix = "." + last_name(target) + std::string(k_mark);
  for (const std::string& name : list_names(folder, Unreadable::is_error)) {
    int pid = 0;
    const char* digits = name.data() + prefix.size();
    if (name.starts_with(prefix) &&
        std::from_chars(digits, name.data() + name.size(), pid).ec == std::errc{} && pid > 0 &&
        ::kill(pid, 0) != 0 && errno == ESRCH) {
      found.push_back(folder + "/" + name);
    }
  }
  return found;
}

ports::LinkOutcome link_hard(const std::string& source, const std::string& name)
{
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), 0) == 0) {
    return ports::LinkOutcome::linked;
  }
  switch (errno) {
    case ENOENT:
      return ports::LinkOutcome::gone;
    case EMLINK:
      return ports::LinkOutcome::full;
    case EXDEV:
    case EPERM:  // also where another user's file must not be linked to
    case EOPNOTSUPP:
      return ports::LinkOutcome::unsupported;
    default:
      throw_errno("link '" + name + "' to '" + source + "'");
  }
}

ports::LinkOutcome clone_blocks(const ports::LinkSource& source, const std::string& name)
{
  const FileDescriptor from(::open(source.path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!from.is_open()) {
    if (errno == ENOENT) {
      return ports::LinkOutcome::gone;
    }
    throw_errno("open '" + source.path + "'");
  }
  FileDescriptor file =
      open_file(name, O_WRONLY | O_CREAT | O_EXCL, source.executable ? 0777 : 0666);
  if (::ioctl(file.get(), FICLONE, from.get()) == 0) {
    file.close("write '" + name + "'");
    return ports::LinkOutcome::linked;
  }
  const int error = errno;
  (void)::unlink(name.c_str());
  if (error == EOPNOTSUPP || error == ENOTTY || error == EXDEV || error == EINVAL ||
      error == ENOSYS) {
    return ports::LinkOutcome::unsupported;
  }
  throw system_error(error, "clone '" + source.path + "' to '" + name + "'");
}

// Killed between the two steps of exchange(): the user's own files are what was put aside.
void remove_abandoned(const std::string& target)
{
  const auto abandoned = find_abandoned(target);
  struct stat status {};
  for (const std::string& path : abandoned) {
    if (path.ends_with(k_aside) && !exists(target, status) &&
        ::rename(path.c_str(), target.c_str()) != 0) {
      throw_errno("bring back '" + target + "' from '" + path + "'");
    }
  }
  for (const std::string& path : abandoned) {
    remove_tree(path);
  }
}

}  // namespace

LocalRestoration::LocalRestoration(const ports::RestorationTarget& target)
    : target_(target.path), existing_(target.existing), others_(target.others)
{
  make_folders(parent_folder(target_));
  remove_abandoned(target_);
  static std::atomic<int> counter{0};
  staging_ = parent_folder(target_) + "/." + last_name(target_) + std::string(k_mark) +
             std::to_string(::getpid()) + "-" + std::to_string(++counter);
  struct stat status {};
  target_exists_ = exists(target_, status);
  target_is_folder_ = target_exists_ && S_ISDIR(status.st_mode);
}

LocalRestoration::~LocalRestoration()
{
  if (!published_) {
    try {
      remove_tree(staging_);
    } catch (const model::Error&) {
      // The next restoration of this target removes it.
    }
  }
}

std::string LocalRestoration::place(std::string_view path)
{
  added_ = true;
  const std::string relative = model::RepoPath::parse(path).str();
  return relative.empty() ? staging_ : staging_ + "/" + relative;
}

std::string LocalRestoration::old_place(std::string_view path) const
{
  return path.empty() ? target_ : target_ + "/" + std::string(path);
}

void LocalRestoration::note_change(std::string_view path)
{
  differs_ = true;
  struct stat status {};
  if (target_exists_ && exists(old_place(path), status)) {
    const std::lock_guard guard(mutex_);
    changes_.push_back(old_place(path));
  }
}

void LocalRestoration::add_folder(std::string_view path)
{
  const std::string folder = place(path);
  root_is_folder_ = root_is_folder_ || path.empty();
  if (::mkdir(folder.c_str(), 0777) != 0) {
    throw_errno("make folder '" + folder + "'");
  }
  struct stat status {};
  const bool there = target_exists_ && exists(old_place(path), status);
  if (!there || !S_ISDIR(status.st_mode)) {
    folders_replaced_ = folders_replaced_ || there;
    note_change(path);
  }
}

void LocalRestoration::add_symlink(std::string_view path, std::string_view target)
{
  const std::string link = place(path);
  if (::symlink(std::string(target).c_str(), link.c_str()) != 0) {
    throw_errno("make link '" + link + "'");
  }
  const std::string old = old_place(path);
  std::array<char, 4097> buffer{};
  const ssize_t size = ::readlink(old.c_str(), buffer.data(), buffer.size());
  if (size < 0 || std::string_view(buffer.data(), static_cast<std::size_t>(size)) != target) {
    note_change(path);
  }
}

void LocalRestoration::add_file(std::string_view path, bool executable, ports::ByteSource& content)
{
  write_file(path, executable, content);
  note_change(path);
}

void LocalRestoration::write_file(std::string_view path, bool executable,
                                  ports::ByteSource& content)
{
  const std::string name = place(path);
  try {
    FileDescriptor file = open_file(name, O_WRONLY | O_CREAT | O_EXCL, executable ? 0777 : 0666);
    static thread_local std::vector<std::byte> buffer(k_copy_bytes);
    while (const std::size_t size = content.read(buffer)) {
      write_fully(file.get(), std::span(buffer).first(size), "write '" + name + "'");
    }
    file.close("write '" + name + "'");
  } catch (...) {
    broken_ = true;
    throw;
  }
}

void LocalRestoration::copy_kept_file(std::string_view path, bool executable)
{
  OpenedFile content(old_place(path));
  write_file(path, executable, content);
  differs_ = true;
}

ports::LinkOutcome LocalRestoration::add_link(std::string_view path,
                                              const ports::LinkSource& source)
{
  const std::string name = place(path);
  const ports::LinkOutcome outcome = source.kind == ports::LinkKind::hardlink
                                         ? link_hard(source.path, name)
                                         : clone_blocks(source, name);
  if (outcome == ports::LinkOutcome::linked) {
    if (source.same_content) {
      differs_ = true;
    } else {
      note_change(path);
    }
  }
  return outcome;
}

void LocalRestoration::keep_file(std::string_view path, bool executable)
{
  const std::string old = old_place(path);
  struct stat status {};
  if (!exists(old, status) || !S_ISREG(status.st_mode)) {
    throw system_error(ENOENT, "keep '" + old + "'");
  }
  // A second name has the same mode, and to change that would change the target already. And what
  // lies behind a link that becomes a folder is not the target's own.
  if (((status.st_mode & S_IXUSR) != 0) != executable || folders_replaced_) {
    OpenedFile content(old);
    add_file(path, executable, content);
    return;
  }
  const std::string name = place(path);
  // Where everything else stays, it is taken over with the rest.
  if (others_ == ports::Others::remove && !path.empty() && ::link(old.c_str(), name.c_str()) != 0) {
    throw_errno("keep '" + old + "'");
  }
}

void LocalRestoration::refuse_changes() const
{
  std::string message =
      "'" + target_ + "' has other content: would overwrite '" + changes_.front() + "'";
  if (changes_.size() > 1) {
    message += " and " + std::to_string(changes_.size() - 1) + " more";
  }
  throw model::Error(model::ErrorKind::conflict, message,
                     "restore elsewhere with --to DIR, or overwrite with --force");
}

// Hard links keep the files themselves, with their times and owners; only their folder is new.
void LocalRestoration::keep_the_rest(const std::string& folder)
{
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (const std::string& name :
       list_names(target_ + (folder.empty() ? "" : "/" + folder), Unreadable::is_error)) {
    const std::string path = prefix + name;
    const std::string old = target_ + "/" + path;
    const std::string copy = staging_ + "/" + path;
    struct stat status {};
    if (!exists(old, status)) {
      continue;
    }
    struct stat staged {};
    const bool is_staged = exists(copy, staged);
    if (S_ISDIR(status.st_mode)) {
      if (is_staged && !S_ISDIR(staged.st_mode)) {
        throw model::Error(model::ErrorKind::conflict,
                           "'" + old + "' is a folder where the snapshot has a file",
                           "move it away, or restore elsewhere with --to DIR");
      }
      if (!is_staged && ::mkdir(copy.c_str(), 0777) != 0) {
        throw_errno("make folder '" + copy + "'");
      }
      keep_the_rest(path);
      (void)::chmod(copy.c_str(), status.st_mode & 07777U);
    } else if (!is_staged && ::linkat(AT_FDCWD, old.c_str(), AT_FDCWD, copy.c_str(), 0) != 0) {
      throw_errno("keep '" + old + "'");
    }
  }
}

void LocalRestoration::exchange()
{
  if (::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
    return;
  }
  if (errno != EINVAL && errno != ENOSYS) {
    throw_errno("replace '" + target_ + "'");
  }
  // A file system that can't exchange: away, in, and back again if "in" fails.
  const std::string aside = staging_ + std::string(k_aside);
  if (::rename(target_.c_str(), aside.c_str()) != 0) {
    throw_errno("replace '" + target_ + "'");
  }
  if (::rename(staging_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    (void)::rename(aside.c_str(), target_.c_str());
    throw system_error(error, "replace '" + target_ + "'");
  }
  if (::rename(aside.c_str(), staging_.c_str()) != 0) {
    throw_errno("remove '" + aside + "'");
  }
}

void LocalRestoration::publish()
{
  if (broken_ || !added_) {
    throw model::Error(model::ErrorKind::io,
                       "restore '" + target_ + "': its content is not complete");
  }
  if (target_exists_ && existing_ == ports::Existing::refuse && !changes_.empty()) {
    refuse_changes();
  }
  if (target_exists_ && !differs_ && (others_ == ports::Others::keep || !target_is_folder_)) {
    remove_tree(staging_);
    published_ = true;
    return;
  }
  if (target_exists_ && target_is_folder_ != root_is_folder_) {
    throw model::Error(model::ErrorKind::conflict,
                       "'" + target_ + "' is a " + (target_is_folder_ ? "folder" : "file") +
                           " and the snapshot is a " + (root_is_folder_ ? "folder" : "file"),
                       "move it away, or restore elsewhere with --to DIR");
  }
  if (target_exists_ && target_is_folder_ && others_ == ports::Others::keep) {
    keep_the_rest("");
  }
  if (target_exists_) {
    const FileDescriptor parent = open_file(parent_folder(target_), O_RDONLY | O_DIRECTORY);
    if (::syncfs(parent.get()) != 0) {
      throw_errno("sync '" + staging_ + "'");
    }
  }
  if (!target_exists_) {
    const int done =
        ::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE);
    if (done != 0 && (errno != EINVAL || ::rename(staging_.c_str(), target_.c_str()) != 0)) {
      throw_errno("make '" + target_ + "'");
    }
  } else if (target_is_folder_) {
    exchange();
    remove_tree(staging_);
  } else if (::rename(staging_.c_str(), target_.c_str()) != 0) {
    throw_errno("replace '" + target_ + "'");
  }
  published_ = true;
  // rename() of two names of one file does nothing and leaves both (a kept file).
  remove_tree(staging_);
  sync_folder(parent_folder(target_));
}

}  // namespace mlrepro::posix
