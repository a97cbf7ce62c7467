// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/run_dataset_sources.hpp"

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::tracking {
namespace {

// The command waits meanwhile: of more than that only the digest is kept.
constexpr std::uint64_t k_most_stored = 2'000'000'000;

}  // namespace

std::optional<model::RunData> RunDatasetSources::take(const model::RunId& run,
                                                      const std::string& path)
{
  const std::lock_guard lock(mutex_);
  try {
    const std::string real = plan::join_path(place_.cwd, path);
    const bool in_store = real == place_.store || real.starts_with(place_.store + "/");
    if (in_store || !ports_.files.stat(real, ports::FollowLinks::yes)) {
      return std::nullopt;
    }
    return take_snapshot(run, real);
  } catch (const model::Error& error) {
    ports_.reporter.warn("dataset '" + path + "' is not linked to its content: " + error.message());
    return std::nullopt;
  }
}

model::RunData RunDatasetSources::take_snapshot(const model::RunId& run,
                                                const std::string& path) const
{
  const auto stat = ports_.files.stat(path, ports::FollowLinks::yes);
  const bool large = stat && stat->type == ports::FileType::file && stat->size > k_most_stored;
  model::RunData data;
  data.path = plan::recorded_path(place_.top, path);
  const model::Snapshot snapshot = versioning::take_snapshot(
      ports_, {path,
               data.path,
               "",
               large ? model::Stored::identity_only : model::Stored::content,
               run,
               {}});
  data.snapshot = snapshot.id;
  data.stored = snapshot.stored == model::Stored::content;
  data.digest = snapshot.root.digest;
  data.files = snapshot.root.files;
  data.bytes = snapshot.root.size;
  return data;
}

}  // namespace mlrepro::tracking
