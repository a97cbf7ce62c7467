// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace mlrepro::reproduction {

// Where the recorded paths of a run are in its replay's scratch folder.
class ReplayPlaces {
 public:
  // `top` is the recorded project's, absolute; `cwd` the command's folder in it.
  ReplayPlaces(std::string scratch, std::string top, std::string cwd)
      : scratch_(std::move(scratch)), top_(std::move(top)), cwd_(std::move(cwd))
  {
  }

  [[nodiscard]] std::string code_folder() const { return scratch_ + "/code"; }
  // Gives an absolute path outside the project, if what it lies in has none yet, a place of its
  // own, and returns that.
  std::string move(const std::string& path);
  [[nodiscard]] bool has_moved(const std::string& path) const { return moved_path(path) != path; }

  // Where a recorded path is in the replay.
  [[nodiscard]] std::string place_of(const std::string& recorded) const;
  // The recorded path of a place that was moved; every other path as it is.
  [[nodiscard]] std::string original_of(const std::string& path) const;
  // An argument that is a path: absolute, or one that leads out of the recorded project. Other
  // relative ones mean the same in the copy.
  [[nodiscard]] std::string moved_value(const std::string& value) const;
  // The same for "--name=PATH".
  [[nodiscard]] std::string moved(const std::string& word) const;

 private:
  [[nodiscard]] std::string moved_path(const std::string& path) const;

  std::string scratch_;
  std::string top_;
  std::string cwd_;
  std::map<std::string, std::string> moved_;  // paths outside the project, and their copies
  std::size_t outside_ = 0;
};

}  // namespace mlrepro::reproduction
