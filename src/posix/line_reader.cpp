// SPDX-License-Identifier: Apache-2.0
#include "posix/line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

// What is made of a block is to fit into a processor's cache, too.
constexpr std::size_t k_block = 65'536;

std::size_t count_lines(std::string_view text)
{
  std::size_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    ++lines;
  }
  return lines;
}

}  // namespace

LineReader::LineReader(int fd, std::string name) : fd_(fd), name_(std::move(name)), buffer_(k_block)
{
}

std::string_view LineReader::next()
{
  const auto begin = buffer_.begin();
  lines_ += count_lines({buffer_.data(), given_});
  std::copy(begin + static_cast<std::ptrdiff_t>(given_), begin + static_cast<std::ptrdiff_t>(held_),
            begin);
  held_ -= std::exchange(given_, 0);
  while (const std::size_t size = fill()) {
    const std::size_t last = std::string_view(buffer_.data() + held_, size).rfind('\n');
    if (last != std::string_view::npos) {
      given_ = held_ + last + 1;
    }
    held_ += size;
    if (given_ > 0) {
      return {buffer_.data(), given_};
    }
  }
  given_ = held_;
  return {buffer_.data(), given_};
}

std::size_t LineReader::fill()
{
  if (held_ == buffer_.size()) {
    if (held_ > k_longest_line) {
      throw model::Error(model::ErrorKind::usage, name_ + ", line " + std::to_string(lines_ + 1) +
                                                      ": longer than " +
                                                      std::to_string(k_longest_line) + " bytes");
    }
    buffer_.resize(std::min(buffer_.size() * 2, k_longest_line + 1));
  }
  while (true) {
    const ssize_t size = ::read(fd_, buffer_.data() + held_, buffer_.size() - held_);
    if (size >= 0) {
      return static_cast<std::size_t>(size);
    }
    if (errno == EAGAIN) {
      // Somebody has told the stream not to wait.
      pollfd there{fd_, POLLIN, 0};
      (void)::poll(&there, 1, -1);
    } else if (errno != EINTR) {
      throw_errno("read the " + name_);
    }
  }
}

}  // namespace mlrepro::posix
