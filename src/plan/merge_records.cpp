// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/merge_records.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace mlrepro::plan {
namespace {

using model::RunRecord;

// What `theirs` has more often than `ours`, in its order.
template <typename Item, typename Same>
std::vector<Item> missing(const std::vector<Item>& ours, const std::vector<Item>& theirs, Same same)
{
  std::vector<bool> used(ours.size());
  std::vector<Item> found;
  std::size_t from = 0;  // most often both begin alike
  for (const Item& item : theirs) {
    std::size_t at = from;
    while (at < ours.size() && (used[at] || !same(ours[at], item))) {
      ++at;
    }
    if (at == ours.size()) {
      found.push_back(item);
      continue;
    }
    used[at] = true;
    while (from < ours.size() && used[from]) {
      ++from;
    }
  }
  return found;
}

template <typename Item>
std::vector<Item> missing(const std::vector<Item>& ours, const std::vector<Item>& theirs)
{
  return missing(ours, theirs, [](const Item& a, const Item& b) { return a == b; });
}

// When something was last set after the run's end; before all else where it never was.
model::Timestamp set_at(const RunRecord& record, const std::string& kind, const std::string& key)
{
  model::Timestamp at{model::Timestamp::k_first_ms};
  for (const model::Addition& addition : record.run.additions) {
    if (addition.kind == kind && addition.key == key) {
      at = std::max(at, addition.at);
    }
  }
  return at;
}

void join_tags(const RunRecord& ours, const RunRecord& theirs, RecordGrowth& growth)
{
  growth.tag_history = missing(ours.tag_history, theirs.tag_history);
  for (const auto& [key, value] : theirs.run.tags) {
    const auto own = ours.run.tags.find(key);
    if (own == ours.run.tags.end()) {
      growth.tags.emplace(key, value);
      continue;
    }
    const auto their_time = set_at(theirs, "tag", key);
    const bool newer =
        std::tuple(set_at(ours, "tag", key), own->second) < std::tuple(their_time, value);
    const model::TagChange replaced{key, own->second, their_time};
    if (own->second != value && newer) {
      growth.tags.emplace(key, value);
      if (std::find(growth.tag_history.begin(), growth.tag_history.end(), replaced) ==
          growth.tag_history.end()) {
        growth.tag_history.push_back(replaced);
      }
    }
  }
}

void join_artifacts(const RunRecord& ours, const RunRecord& theirs, RecordGrowth& growth)
{
  for (const model::Artifact& artifact : theirs.run.artifacts) {
    const auto own = std::find_if(
        ours.run.artifacts.begin(), ours.run.artifacts.end(),
        [&](const model::Artifact& candidate) { return candidate.path == artifact.path; });
    if (own == ours.run.artifacts.end() ||
        (own->digest != artifact.digest &&
         std::tuple(set_at(ours, "artifact", own->path), own->digest) <
             std::tuple(set_at(theirs, "artifact", artifact.path), artifact.digest))) {
      growth.artifacts.push_back({artifact.path, artifact.digest, artifact.bytes});
    }
  }
}

bool same_number(double a, double b)
{
  return a == b || (std::isnan(a) && std::isnan(b));
}

bool same_summary(const model::MetricSummary& a, const model::MetricSummary& b)
{
  return a.count == b.count && a.step == b.step && same_number(a.last, b.last) && a.min == b.min &&
         a.max == b.max;
}

bool same_point(const model::MetricPoint& a, const model::MetricPoint& b)
{
  return a.step == b.step && a.time == b.time && a.line == b.line && same_number(a.value, b.value);
}

}  // namespace

bool RecordGrowth::empty() const
{
  return params.empty() && tags.empty() && tag_history.empty() && notes.empty() &&
         artifacts.empty() && additions.empty() && proofs.empty() && metrics.empty();
}

RecordGrowth plan_growth(const RunRecord& ours, const RunRecord& theirs)
{
  RecordGrowth growth;
  for (const auto& [key, param] : theirs.run.params) {
    if (!ours.run.params.contains(key)) {
      growth.params.emplace(key, param);
    }
  }
  join_tags(ours, theirs, growth);
  join_artifacts(ours, theirs, growth);
  growth.additions = missing(ours.run.additions, theirs.run.additions);
  for (const model::Addition& addition : growth.additions) {
    if (addition.kind == "note") {
      growth.notes.push_back(addition.value);
    }
  }
  growth.proofs = missing(ours.proofs, theirs.proofs);
  for (const auto& [key, summary] : theirs.run.metrics) {
    const auto own = ours.run.metrics.find(key);
    if (own == ours.run.metrics.end() || !same_summary(own->second, summary)) {
      growth.metrics.push_back(key);
    }
  }
  return growth;
}

std::vector<model::MetricPoint> missing_points(const std::vector<model::MetricPoint>& ours,
                                               const std::vector<model::MetricPoint>& theirs)
{
  return missing(ours, theirs, same_point);
}

std::vector<RecordedRoot> content_of(const RunRecord& record)
{
  std::vector<RecordedRoot> roots;
  const auto add = [&](const std::optional<model::Digest>& digest, bool folder) {
    if (digest) {
      roots.push_back({*digest, folder});
    }
  };
  const model::Run& run = record.run;
  add(run.code.digest, true);
  for (const model::CodeChange& change : run.code.changes) {
    add(change.staged, false);
  }
  for (const auto& log : {run.logs.stdout_digest, run.logs.stderr_digest, run.logs.index_digest}) {
    add(log, false);
  }
  for (const model::Artifact& artifact : run.artifacts) {
    add(artifact.digest, false);
  }
  for (const model::Snapshot& entry : record.entries) {
    if (entry.stored == model::Stored::content) {
      add(entry.root.digest, entry.root.type == model::EntryType::folder);
    }
  }
  for (const auto* list : {&run.inputs, &run.outputs}) {
    for (const model::RunData& data : *list) {
      if (data.stored) {
        add(data.digest, false);
      }
    }
  }
  return roots;
}

}  // namespace mlrepro::plan
