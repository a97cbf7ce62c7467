// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/profile.hpp"
#include "mlrepro/model/snapshot.hpp"

// Profiles as JSON (docs/tables.md, "Profile").
namespace mlrepro::format {

// One table without its path, on one line: what the cache keeps. Equal profiles have equal text.
std::string encode_profile(const model::TableProfile& table);
// Absent where the text is no profile, or one of another version.
std::optional<model::TableProfile> decode_profile(std::string_view text);

// The snapshot's document with its tables in the field `profile`; null without any.
std::string to_json(const model::Snapshot& snapshot, std::span<const model::TableProfile> tables);

// Several of them, as a list.
struct ProfiledSnapshot {
  model::Snapshot snapshot;
  std::vector<model::TableProfile> tables;
};
std::string profiled_to_json(std::span<const ProfiledSnapshot> snapshots);

}  // namespace mlrepro::format
