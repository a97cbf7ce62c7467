// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/run_store.hpp"

namespace mlrepro::ports {

void RunStore::seal(const model::RunId& id, const RunEnd& end)
{
  begin_seal(id, end.ended_at)->finish(end);
}

void RunStore::append(const model::RunId& id, const std::vector<model::RunEvent>& events,
                      model::Timestamp now)
{
  const auto append = begin_append(id, now);
  append->add(events);
  append->finish();
}

std::optional<model::Run> find_run(const RunStore& runs, const model::RunId& id)
{
  RunQuery query;
  query.id_prefix = id.str();
  query.detail = RunQuery::Detail::full;
  auto found = runs.list(query);
  if (found.empty()) {
    return std::nullopt;
  }
  return std::move(found.front());
}

std::vector<model::MetricPoint> metric_points(const RunStore& runs, const model::RunId& id,
                                              const std::string& key)
{
  std::vector<model::MetricPoint> points;
  runs.for_each_point(id, key, [&](const model::MetricPoint& point) { points.push_back(point); });
  return points;
}

}  // namespace mlrepro::ports
