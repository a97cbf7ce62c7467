// SPDX-License-Identifier: Apache-2.0
#include "storage/local_collector.hpp"

#include "mlrepro/model/error.hpp"
#include "storage/collection_plan.hpp"
#include "storage/linked_files.hpp"
#include "storage/store_locks.hpp"
#include "storage/sweep.hpp"
#include "storage/trash.hpp"

namespace mlrepro::storage {

using ports::CollectionRules;
using ports::RecordedContent;

LocalCollector::LocalCollector(std::string objects, std::string temporary, std::string trash)
    : objects_(std::move(objects)),
      temporary_(std::move(temporary)),
      trash_(std::move(trash)),
      packs_(objects_ + "/packs"),
      reader_(packs_)
{
}

model::Collection LocalCollector::survey(const RecordedContent& recorded,
                                         const CollectionRules& rules)
{
  const auto hold = StoreLock::take_shared_in_turn(objects_ + "/lock");
  const Trash trash(trash_);
  auto marks = std::make_unique<ContentMarks>(packs_.rescan(), reader_);
  std::uint64_t rescued = 0;
  try {
    marks->need(recorded.needed, recorded.condemned);
    rescued = marks->missing().empty() ? 0 : trash.packs_with(marks->missing()).size();
  } catch (const model::Error&) {
    if (marks->missing().empty() || trash.packs_with(marks->missing()).empty()) {
      throw;
    }
    throw model::Error(model::ErrorKind::corrupt,
                       "needed content is only in the trash: what else is needed is not known yet",
                       "'mlrepro gc --apply' brings it back");
  }
  model::Collection result = make_collection_plan(std::move(marks), recorded, rules).summary;
  result.rescued = rescued;
  const auto is_expired = expiry(rules);
  for (const Trash::Batch& batch : trash.batches()) {
    (is_expired(batch.at) ? result.emptied_bytes : result.trash_bytes) += batch.bytes;
  }
  if (rules.use_trash) {
    result.trash_bytes += result.bytes;
  }
  result.linked_bytes = LinkedFiles(objects_ + "/linked", temporary_).unused_bytes(is_expired);
  result.freed_bytes =
      result.emptied_bytes + result.linked_bytes + (rules.use_trash ? 0 : result.bytes);
  return result;
}

model::Collection LocalCollector::collect(const std::function<RecordedContent()>& read_records,
                                          const CollectionRules& rules)
{
  return sweep({objects_, temporary_, trash_}, packs_, reader_, rules, read_records);
}

}  // namespace mlrepro::storage
