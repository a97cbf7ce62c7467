// SPDX-License-Identifier: Apache-2.0
#include "capture/text_file.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"

namespace mlrepro::capture {
namespace {

constexpr std::size_t k_first_read = 16384;

}  // namespace

std::string read_text(const std::string& path, std::size_t limit)
{
  const posix::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text;
  std::size_t done = 0;
  struct stat status {};
  // Files below /proc and /sys say that they have no bytes.
  const std::size_t expected = file.is_open() && ::fstat(file.get(), &status) == 0
                                   ? static_cast<std::size_t>(status.st_size) + 1
                                   : 0;
  while (file.is_open() && done < limit) {
    text.resize(std::min(limit, std::max({done * 2, expected, k_first_read})));
    const ssize_t size = ::read(file.get(), text.data() + done, text.size() - done);
    if (size <= 0) {
      if (size < 0 && errno == EINTR) {
        continue;
      }
      break;
    }
    done += static_cast<std::size_t>(size);
  }
  text.resize(done);
  return text;
}

std::vector<std::string> names_in(const std::string& folder)
{
  auto names = posix::list_names(folder, posix::Unreadable::is_as_far_as_it_goes);
  std::sort(names.begin(), names.end());
  return names;
}

bool is_file(const std::string& path)
{
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_folder(const std::string& path)
{
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

void add_folder(std::vector<std::string>& folders, const std::string& folder)
{
  if (is_folder(folder) && std::find(folders.begin(), folders.end(), folder) == folders.end()) {
    folders.push_back(folder);
  }
}

std::string real_path(const std::string& path)
{
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(path.c_str(), buffer.data()) != nullptr ? std::string(buffer.data())
                                                            : std::string();
}

std::string trimmed(const std::string& text)
{
  const std::size_t start = text.find_first_not_of(" \t");
  const std::size_t end = text.find_last_not_of(" \t");
  return start == std::string::npos ? "" : text.substr(start, end - start + 1);
}

std::vector<std::string> lines_of(const std::string& text)
{
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    lines.push_back(std::move(line));
    start = end + 1;
  }
  return lines;
}

std::string first_line(const std::string& path)
{
  const auto lines = lines_of(read_text(path));
  return lines.empty() ? "" : trimmed(lines.front());
}

}  // namespace mlrepro::capture
