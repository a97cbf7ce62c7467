// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/model/code_state.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

// What is taken in is not kept in memory as a whole: who needs more than the root reads the tree.
struct Ingested {
  model::TreeEntry root;
  std::uint64_t stored_bytes = 0;
  std::uint64_t new_bytes = 0;
  std::vector<model::Omission> omitted;  // what was left out, and why
};

struct IngestExtras {
  // What the path held before: content that is alike is stored as what changed.
  std::optional<model::TreeEntry> previous;
  // Where not null, the bytes of every folder node that the store does not have are put here, so
  // that a tree of which only the identity is taken can be read.
  std::unordered_map<model::Digest, std::string>* nodes = nullptr;
};

// Reads the file or folder at the absolute `path` and, unless only its identity is asked for,
// puts its content into the store, durably. The path itself is followed when it is a link, links
// inside are kept as links; `.mlreproignore` files are honoured, and folders called `.mlrepro` are
// stores, not data; sockets, pipes and devices are left out with a warning. A file that changes
// while it is read is read again, and after three times it is Error{conflict}; unreadable files
// are Error{io}, named together.
Ingested ingest_path(const Ports& ports, const std::string& path, model::Stored stored,
                     const IngestExtras& extras = {});

struct FileList {
  std::string top;                 // absolute
  std::vector<std::string> paths;  // relative to top, sorted by path_less
  // Says why a file of this size is to be left out; absent: take it.
  std::function<std::optional<std::string>(const std::string& path, std::uint64_t size)> leave_out;
  // Behind the name of `top` in the cache: what different lists take of one folder is kept apart.
  std::string cache_mark = "//code";
};

// The same for listed files and links only; what has vanished or can't be read is left out and
// listed.
Ingested ingest_files(const Ports& ports, const FileList& list, model::Stored stored,
                      const IngestExtras& extras = {});

}  // namespace mlrepro::versioning
