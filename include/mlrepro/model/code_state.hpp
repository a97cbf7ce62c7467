// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::model {

// How one path differs from the commit. `state` is one word per layer, joined by '+':
// "staged-added", "staged-modified", "staged-deleted", "staged-renamed", "staged-typechange",
// "modified", "deleted", "renamed", "typechange", "untracked", "conflicted", "submodule".
struct CodeChange {
  std::string path;
  std::string state;
  // What was staged, where that differs from both the commit and the working tree.
  std::optional<Digest> staged;

  bool operator==(const CodeChange&) const = default;
};

struct Submodule {
  std::string path;
  std::string commit;  // checked out; empty when it is not initialised
  bool dirty = false;

  bool operator==(const Submodule&) const = default;
};

// A file that belongs to the code but was not stored, and why.
struct Omission {
  std::string path;
  std::string reason;

  bool operator==(const Omission&) const = default;
};

// The code as the command found it. `digest` names the tree of every file of the working tree
// that Git does not ignore; it is absent where nothing was captured.
struct CodeState {
  std::string commit;  // empty: no repository or no commit yet
  std::string branch;  // empty: detached
  std::string remote_url;
  bool in_git = false;
  bool dirty = false;
  std::vector<CodeChange> changes;
  std::vector<Submodule> submodules;
  std::vector<Omission> omitted;
  std::optional<Digest> digest;
  std::optional<Timestamp> forgotten = {};  // when some of its content was destroyed

  bool operator==(const CodeState&) const = default;
};

}  // namespace mlrepro::model
