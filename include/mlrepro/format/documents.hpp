// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mlrepro/format/scalar_text.hpp"
#include "mlrepro/model/collection.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/exchange.hpp"
#include "mlrepro/model/explanation.hpp"
#include "mlrepro/model/forgetting.hpp"
#include "mlrepro/model/optimization.hpp"
#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/model/verification.hpp"
#include "mlrepro/model/what_if.hpp"

// The JSON documents that others script against (docs/cli.md, "JSON"): every field is always
// there, null for none; times are ISO 8601 UTC, sizes bytes, durations seconds, digests
// "sha256:<hex>", ids plain hex. NaN and the infinities are the texts "NaN", "Infinity" and
// "-Infinity". Text that is not UTF-8 is written as json_text does. Each ends in a line feed.
namespace mlrepro::format {

struct ExperimentLine {
  std::string name;
  std::size_t runs = 0;
  std::optional<model::Timestamp> last_started_at;
};

std::string to_json(const model::Run& run);
std::string to_json_line(const model::Run& run);  // the same on one line
std::string to_json(const model::Snapshot& snapshot);
std::string to_json(const model::RunDiff& diff);
std::string to_json(const model::SnapshotDiff& diff);
std::string to_json(const model::Verification& verification);
std::string to_json(const model::Collection& collection);
std::string to_json(const model::Optimization& optimization);
std::string to_json(const model::Forgetting& forgetting);
std::string to_json(const model::ForgottenContent& forgotten);
std::string to_json(const model::Reproduction& reproduction);
std::string to_json(const model::Explanation& explanation);
std::string what_ifs_to_json(std::span<const model::WhatIf> answers);
std::string reproductions_to_json(std::span<const model::Reproduction> reproductions);
std::string to_json(const model::Error& error);  // one line
// `schema` is "mlrepro.push/1" or one of its like.
std::string to_json(const model::Exchange& exchange, const std::string& schema);
struct RemoteLine {
  std::string name;
  std::string location;
};
std::string remotes_to_json(std::span<const RemoteLine> remotes);

// `next` continues the list where it was cut off (list --after).
std::string runs_to_json(std::span<const model::Run> runs, const std::optional<std::string>& next);
std::string snapshots_to_json(std::span<const model::Snapshot> snapshots,
                              const std::optional<std::string>& next);
std::string experiments_to_json(std::span<const ExperimentLine> experiments,
                                const std::optional<std::string>& next);
std::string init_to_json(const std::string& store, bool created);
struct RestoreCounts {
  std::uint64_t files = 0;  // written
  std::uint64_t bytes = 0;
  std::uint64_t kept = 0;
  std::uint64_t linked = 0;
};
std::string restored_to_json(const std::string& target, const RestoreCounts& counts);
// A metric that a text has, where the text comes from, and the pattern that found it.
struct ScannedScalar {
  TextScalar scalar;
  std::string source;
  std::string pattern;
};
std::string scan_to_json(std::span<const ScannedScalar> scalars);
// The built-in patterns with whether the rules have them, and the rules' templates.
std::string patterns_to_json(const model::ScalarRules& rules);

// What a run printed, as far as it is UTF-8 (json_text has the rest).
std::string logs_to_json(const model::RunId& run, std::string_view out, std::string_view err);
// {"schema":"mlrepro.log/1","run","added"}: how many metrics, parameters, … were added.
std::string logged_to_json(const model::RunId& run, std::size_t added);

// The text whose SHA-256 names an environment: equal environments have equal text.
std::string canonical_text(const model::Environment& environment);

}  // namespace mlrepro::format
