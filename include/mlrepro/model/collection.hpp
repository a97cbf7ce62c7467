// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mlrepro::model {

// How one pack is used.
struct PackUse {
  std::uint64_t needed = 0;    // records
  std::uint64_t unneeded = 0;  // the others
  std::uint64_t needed_bytes = 0;
  std::uint64_t unneeded_bytes = 0;
  bool must_change = false;  // it holds what must not be there any more
};

enum class PackFate {
  leave,    // as it is, with what is unneeded in it
  rewrite,  // without what is unneeded
  remove,   // nothing in it is needed
};

// Unneeded content that has one reason to be there.
struct Leftover {
  std::string reason;
  std::uint64_t objects = 0;  // files, links, folder nodes
  std::uint64_t bytes = 0;    // in the store

  bool operator==(const Leftover&) const = default;
};

// What collecting garbage found, and did when it was applied.
struct Collection {
  bool applied = false;
  std::vector<Leftover> leftovers;  // what goes, the biggest first
  std::uint64_t objects = 0;        // sums of them
  std::uint64_t bytes = 0;
  std::uint64_t left_bytes = 0;  // unneeded, but in packs that are mostly needed
  std::uint64_t needed_bytes = 0;
  std::uint64_t packs_removed = 0;
  std::uint64_t packs_rewritten = 0;
  std::uint64_t packs_skipped = 0;  // damaged, or needed again meanwhile
  std::uint64_t rescued = 0;        // needed packs that are brought back from the trash
  std::uint64_t trash_bytes = 0;    // in the trash afterwards
  std::uint64_t emptied_bytes = 0;  // removed from the trash
  std::uint64_t linked_bytes = 0;   // of whole files for restored ones to share, that none does
  std::uint64_t freed_bytes = 0;    // by which the store shrinks, the trash counted
};

}  // namespace mlrepro::model
