// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::posix {

// The lines of a stream, as soon as they are there, in memory for some of them only.
class LineReader {
 public:
  // Of an open descriptor, which stays the caller's. Errors name it as `name`.
  LineReader(int fd, std::string name);

  // Waits for whole lines, and gives all that are there, with their line feeds; only the last of
  // the stream may lack its own. Empty at the end. The text is good until the next call.
  // Error{io} where the stream can't be read; Error{usage}, with the line's number, for one that is
  // longer than k_longest_line.
  std::string_view next();

  static constexpr std::size_t k_longest_line = 16'777'216;

 private:
  // How many bytes came; none at the end.
  std::size_t fill();

  int fd_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t given_ = 0;  // bytes of the buffer that the caller has had
  std::size_t held_ = 0;   // bytes in the buffer
  std::size_t lines_ = 0;  // that the caller has had
};

}  // namespace mlrepro::posix
