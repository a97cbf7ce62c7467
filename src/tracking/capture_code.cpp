// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/capture_code.hpp"

#include <algorithm>
#include <set>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/ingest.hpp"

namespace mlrepro::tracking {
namespace {

// What was staged and then changed again is lost from the working tree, but is part of the state.
void store_staged(const Ports& ports, const std::string& folder, const ports::WorkingCopy& copy,
                  model::CodeState& state)
{
  if (copy.staged.empty()) {
    return;
  }
  const auto batch = ports.data.objects.begin();
  for (const ports::StagedFile& file : copy.staged) {
    const auto change =
        std::find_if(state.changes.begin(), state.changes.end(),
                     [&](const model::CodeChange& item) { return item.path == file.path; });
    if (change != state.changes.end()) {
      change->staged = ports::put_bytes(*batch, ports::ObjectKind::blob,
                                        ports.source.read_staged(folder, file.blob))
                           .digest;
    }
  }
  batch->commit();
}

// Results of earlier runs that are declared as data are not the code's business.
void drop_data_changes(const std::vector<std::string>& data, model::CodeState& state)
{
  std::erase_if(state.changes, [&](const model::CodeChange& change) {
    return change.state == "untracked" &&
           std::any_of(data.begin(), data.end(), [&](const std::string& path) {
             return model::is_within(change.path, path);
           });
  });
  state.dirty = !state.changes.empty();
}

}  // namespace

model::CodeState capture_code(const Ports& ports, const CodeRequest& request)
{
  const auto copy = ports.source.inspect(request.folder);
  if (!copy) {
    return {};
  }
  model::CodeState state = copy->state;
  state.in_git = true;
  std::vector<std::string> data;
  for (const std::string& path : request.data_paths) {
    if (model::is_within(path, copy->top)) {
      data.push_back(plan::recorded_path(copy->top, path));
    }
  }
  drop_data_changes(data, state);
  const std::set<std::string> untracked(copy->untracked.begin(), copy->untracked.end());
  versioning::FileList list;
  list.top = copy->top;
  for (const std::string& path : copy->files) {
    const bool is_data = std::any_of(data.begin(), data.end(), [&](const std::string& folder) {
      return model::is_within(path, folder) && untracked.contains(path);
    });
    if (!is_data) {
      list.paths.push_back(path);
    }
  }
  list.leave_out = [&](const std::string& path, std::uint64_t size) -> std::optional<std::string> {
    if (size <= request.max_untracked_bytes || !untracked.contains(path)) {
      return std::nullopt;
    }
    return "untracked and larger than " + format::human_bytes(request.max_untracked_bytes);
  };
  auto ingested =
      versioning::ingest_files(ports.data, list, request.stored, {std::nullopt, request.nodes});
  state.digest = ingested.root.digest;
  state.omitted = std::move(ingested.omitted);
  if (request.stored == model::Stored::content) {
    store_staged(ports, request.folder, *copy, state);
  }
  return state;
}

}  // namespace mlrepro::tracking
