// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlrepro/model/file_access.hpp"

namespace mlrepro::plan {

// What a run did with one path, under the name that the path had at the end.
struct TracedFile {
  std::string path;  // absolute
  // Of the file when it was first read; absent when it wasn't, or only after the run wrote it.
  std::optional<model::FileStamp> read;
  bool written = false;  // or opened for it; `before` then tells whether anything came of it
  bool is_link = false;  // a symbolic link that the run made
  std::optional<model::FileStamp> before;  // of the file that was there before it was written
};

struct TracedFiles {
  std::vector<TracedFile> inside;  // sorted by path
  std::vector<TracedFile> outside;
  std::vector<std::string> remotes;  // sorted, each once
  std::vector<std::string> blind;    // what was not seen, each once
  // Folders that programs were executed from as PREFIX/bin/program, in the project: whoever can
  // look at the disk knows which of them are installations of an interpreter.
  std::vector<std::string> prefixes;
};

// Replays the accesses in their order. Whatever belongs to a virtual environment that was seen in
// use is left out.
TracedFiles find_traced_files(std::span<const model::FileAccess> accesses,
                              const std::vector<std::string>& inside_roots);

}  // namespace mlrepro::plan
