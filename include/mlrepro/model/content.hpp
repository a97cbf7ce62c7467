// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::model {

// One piece of what a file says: an entry of an archive, a cell of a notebook.
struct ContentPart {
  std::string name;  // empty: the file is one piece
  std::uint64_t bytes = 0;
  Digest digest;

  bool operator==(const ContentPart&) const = default;
};

// What a file says, apart from when and how it was written.
struct FileContent {
  std::string format;              // "gzip", "zip", "PNG", "notebook", "JSON"; empty: none of them
  std::vector<ContentPart> parts;  // sorted by name
  // What does not count, such as "time in the gzip header", with its value in this file.
  std::map<std::string, std::string> ignored;
  // What else may differ between two files that say the same, as "compression".
  std::string layout;
  std::string opaque;  // why only the bytes can be compared; empty: they say more than the bytes
};

// Two files whose bytes differ.
struct ContentComparison {
  bool same = false;
  std::vector<std::string> ignored;  // what differs and does not count
  std::vector<std::string> reasons;  // what differs and counts, or why the bytes have to decide
};

}  // namespace mlrepro::model
