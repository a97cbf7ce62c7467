// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::ports {

struct KeptProfile {
  model::Digest digest;
  std::string key;
  model::Digest snapshot;  // its id
  std::string document;
};

// Keys that begin so are of facts (model::TableFacts), all others of profiles.
inline constexpr const char* k_facts_key = "facts ";

// Profiles of tables, and how tables are read, so that equal content is looked at once. Only a
// cache: losing one costs time.
class ProfileCache {
 public:
  ProfileCache() = default;
  ProfileCache(const ProfileCache&) = delete;
  ProfileCache& operator=(const ProfileCache&) = delete;
  virtual ~ProfileCache() = default;

  // Of profiles.
  [[nodiscard]] virtual bool empty() const = 0;
  // Of the table with this content, read in the way that `key` names.
  [[nodiscard]] virtual std::optional<std::string> find(const model::Digest& digest,
                                                        const std::string& key) const = 0;
  // Replaces what is there. It is kept as long as `snapshot`, which has the table in it. Does
  // nothing where the content was destroyed, or in a database that can't be written.
  virtual void keep(const KeptProfile& profile) = 0;
  // The same, but false at once, and nothing is kept, while somebody else writes. For what is found
  // again sooner than it is worth waiting for.
  virtual bool try_keep(const KeptProfile& profile) = 0;
};

}  // namespace mlrepro::ports
