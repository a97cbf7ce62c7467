// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "mlrepro/model/collection.hpp"
#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::ports {

// Content by its root: a file, a link, or a folder with everything below it.
struct ContentRoot {
  model::Digest digest;
  bool folder = false;  // surely one: what is below it can't be told when its node is missing

  auto operator<=>(const ContentRoot&) const = default;
};

// What was needed once, and why it is not any more.
struct FormerRoot {
  ContentRoot root;
  std::string reason;
};

// What the records say about the content in the store.
struct RecordedContent {
  std::vector<ContentRoot> needed;
  std::vector<FormerRoot> former;  // explain what is unneeded
  // Files and links that are to be destroyed although records name them.
  std::set<model::Digest> condemned;
};

struct CollectionRules {
  std::function<model::PackFate(const model::PackUse&)> fate_of_pack;
  // Of what was put into the trash at that time.
  std::function<bool(model::Timestamp)> is_expired;
  model::Timestamp now;
  bool use_trash = true;  // false: what goes is gone at once
  // No content stays that is not needed itself, not even as a base for what is; the trash is
  // emptied.
  bool strict = false;
  std::chrono::milliseconds patience{60'000};  // with those who are using the store
};

// Removes content that nothing on record needs, beside any number of other processes.
class ObjectCollector {
 public:
  ObjectCollector() = default;
  ObjectCollector(const ObjectCollector&) = delete;
  ObjectCollector& operator=(const ObjectCollector&) = delete;
  virtual ~ObjectCollector() = default;

  // What `collect` would do; changes nothing. Throws Error{corrupt} when a folder that is needed
  // can't be read, since then what it needs can't be told.
  [[nodiscard]] virtual model::Collection survey(const RecordedContent& recorded,
                                                 const CollectionRules& rules) = 0;
  // `read_records` is called again when nobody can name more content until the removal is done.
  // Throws what `survey` does, Error{locked} when others use the store for longer than the
  // patience, and Error{io}; whatever happens, everything needed stays.
  virtual model::Collection collect(const std::function<RecordedContent()>& read_records,
                                    const CollectionRules& rules) = 0;
};

}  // namespace mlrepro::ports
