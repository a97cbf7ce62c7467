// SPDX-License-Identifier: Apache-2.0
#include "capture/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"

namespace mlrepro::capture {

std::string read_text(const std::string& path, std::size_t limit)
{
  const posix::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text(limit, '\0');
  std::size_t done = 0;
  while (file.is_open() && done < limit) {
    const ssize_t size = ::read(file.get(), text.data() + done, limit - done);
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

}  // namespace mlrepro::capture
