// SPDX-License-Identifier: Apache-2.0
#include "sharing/content_roots.hpp"

#include "mlrepro/plan/merge_records.hpp"

namespace mlrepro::sharing {

std::vector<ports::ContentRoot> roots_of(const model::RunRecord& record)
{
  std::vector<ports::ContentRoot> roots;
  for (const plan::RecordedRoot& root : plan::content_of(record)) {
    roots.push_back({root.digest, root.folder});
  }
  return roots;
}

std::vector<ports::ContentRoot> roots_of(const model::Snapshot& snapshot)
{
  if (snapshot.stored != model::Stored::content) {
    return {};
  }
  return {{snapshot.root.digest, snapshot.root.type == model::EntryType::folder}};
}

}  // namespace mlrepro::sharing
