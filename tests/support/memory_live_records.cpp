// SPDX-License-Identifier: Apache-2.0
#include "support/memory_live_records.hpp"

#include <stdexcept>
#include <utility>

namespace mlrepro::testing {

class MemorySealGuard final : public ports::SealGuard {
 public:
  MemorySealGuard(MemoryLiveRecords& records, model::RunId id)
      : records_(records), id_(std::move(id))
  {
  }

  void remove() override { records_.records_.erase(id_); }

 private:
  MemoryLiveRecords& records_;
  model::RunId id_;
};

void MemoryLiveRecords::write_metrics(const std::string& path, std::string_view lines)
{
  for (auto& [id, record] : records_) {
    if (paths(id).metrics == path) {
      record.lines[ports::LiveLines::metrics] += lines;
      return;
    }
  }
  throw std::logic_error("no live record has the path '" + path + "'");
}

void MemoryLiveRecords::write_resources(const std::string& path, std::string_view lines)
{
  for (auto& [id, record] : records_) {
    if (paths(id).resources == path) {
      record.lines[ports::LiveLines::resources] += lines;
      return;
    }
  }
  throw std::logic_error("no live record has the path '" + path + "'");
}

ports::LivePaths MemoryLiveRecords::create(const model::RunId& id)
{
  on_create.count("make live record");
  records_[id];
  return paths(id);
}

bool MemoryLiveRecords::append(const model::RunId& id, std::string_view lines)
{
  on_append.count("append to live record");
  const auto found = records_.find(id);
  if (found == records_.end()) {
    return false;
  }
  found->second.lines[ports::LiveLines::events] += lines;
  return true;
}

bool MemoryLiveRecords::read(const model::RunId& id, ports::LiveLines kind,
                             const ports::LineVisitor& visit) const
{
  const auto found = records_.find(id);
  if (found == records_.end()) {
    return false;
  }
  if (const auto lines = found->second.lines.find(kind); lines != found->second.lines.end()) {
    visit(lines->second);
  }
  return true;
}

std::optional<ports::ProcessResult> MemoryLiveRecords::exit(const model::RunId& id) const
{
  const auto found = records_.find(id);
  return found == records_.end() ? std::nullopt : found->second.exit;
}

std::optional<ports::Liveness> MemoryLiveRecords::liveness(const model::RunId& id) const
{
  const auto found = records_.find(id);
  return found == records_.end() ? std::nullopt : std::optional(found->second.liveness);
}

std::vector<model::RunId> MemoryLiveRecords::list() const
{
  std::vector<model::RunId> ids;
  for (const auto& [id, record] : records_) {
    ids.push_back(id);
  }
  return ids;
}

std::unique_ptr<ports::SealGuard> MemoryLiveRecords::lock(const model::RunId& id)
{
  return records_.contains(id) ? std::make_unique<MemorySealGuard>(*this, id) : nullptr;
}

ports::LivePaths MemoryLiveRecords::paths(const model::RunId& id) const
{
  const std::string folder = root_ + "/" + id.str();
  return {{folder + "/stdout.log", folder + "/stderr.log", folder + "/log.index"},
          folder + "/metrics.jsonl",
          folder + "/events.jsonl",
          folder + "/resources.jsonl",
          folder + "/trace.log"};
}

}  // namespace mlrepro::testing
