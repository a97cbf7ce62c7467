// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_record.hpp"

// Records as they travel (docs/format.md, "Remotes"): JSON, equal records give equal bytes. Text
// that is not UTF-8 is {"hex": "…"}. The decoders take nothing on trust: whatever does not fit is
// Error{corrupt} that says what.
namespace mlrepro::format {

// Points that one document has, at most.
inline constexpr std::size_t k_points_per_document = 65'536;

struct RunDocument {
  model::RunRecord record;                                   // without the environment
  std::optional<model::Digest> environment;                  // of its document
  std::map<std::string, std::vector<model::Digest>> points;  // of their documents, by metric
};

std::string encode_run_document(const RunDocument& document);
RunDocument decode_run_document(std::string_view text);

std::string encode_environment_document(const model::Environment& environment);
model::Environment decode_environment_document(std::string_view text);

std::string encode_points(std::span<const model::MetricPoint> points);
std::vector<model::MetricPoint> decode_points(std::string_view text);

std::string encode_snapshot_document(const model::Snapshot& snapshot);
model::Snapshot decode_snapshot_document(std::string_view text);

std::string encode_tombstones(std::span<const model::Tombstone> tombstones);
std::vector<model::Tombstone> decode_tombstones(std::string_view text);

}  // namespace mlrepro::format
