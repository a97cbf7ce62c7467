// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/collect_garbage.hpp"

#include <set>
#include <string>
#include <string_view>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/plan/collection.hpp"

namespace mlrepro::tracking {
namespace {

void add_artifacts(std::string_view lines, ports::RecordedContent& content)
{
  for (const model::RunEvent& event : format::parse_event_lines(lines).events) {
    if (const auto* logged = std::get_if<model::ArtifactLogged>(&event)) {
      content.needed.push_back({logged->artifact.digest, false});
    }
  }
}

void add_live_content(const Ports& ports, ports::RecordedContent& content)
{
  for (const model::RunId& id : ports.live.list()) {
    for (const auto kind : {ports::LiveLines::events, ports::LiveLines::metrics}) {
      ports.live.read(id, kind, [&](std::string_view text) { add_artifacts(text, content); });
    }
  }
}

}  // namespace

ports::RecordedContent needed_content(const Ports& ports, const ports::RecordKeeper& keeper)
{
  // A live record is folded into the database before it goes: in this order, nothing is missed.
  ports::RecordedContent live;
  add_live_content(ports, live);
  ports::RecordedContent content = keeper.recorded_content();
  content.needed.insert(content.needed.end(), live.needed.begin(), live.needed.end());
  return content;
}

model::Collection collect_garbage(const Ports& ports, const CollectionPorts& collection,
                                  const GarbageRequest& request)
{
  ports::CollectionRules rules;
  rules.now = ports.data.clock.now();
  rules.use_trash = request.grace_ms > 0;
  rules.patience = request.patience;
  const auto read_records = [&] { return needed_content(ports, collection.keeper); };
  const ports::RecordedContent recorded = read_records();
  rules.strict = !recorded.condemned.empty();
  rules.fate_of_pack = [&](const model::PackUse& use) {
    return plan::fate_of_pack(
        use, rules.strict ? plan::Thoroughness::complete : plan::Thoroughness::worthwhile);
  };
  rules.is_expired = [&](model::Timestamp at) {
    return plan::is_expired(at, rules.now, request.grace_ms);
  };
  if (!request.apply) {
    return collection.collector.survey(recorded, rules);
  }
  collection.keeper.require_writable();
  model::Collection result = collection.collector.collect(read_records, rules);
  if (rules.strict) {
    collection.keeper.set_destroyed(recorded.condemned);
  }
  // Read before anything went: what was forgotten since is a matter of the next time.
  std::set<std::string> reasons;
  for (const ports::FormerRoot& former : recorded.former) {
    reasons.insert(former.reason);
  }
  collection.keeper.forget_former({reasons.begin(), reasons.end()});
  return result;
}

}  // namespace mlrepro::tracking
