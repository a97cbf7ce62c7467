// SPDX-License-Identifier: Apache-2.0
#include "sqlite/step_cache.hpp"

#include <algorithm>

#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

// Steps at equal distances take some 100 bytes a metric.
constexpr std::size_t k_most_memory = 16U << 20U;
constexpr std::size_t k_entry_memory = 200;
constexpr std::uint64_t k_places_compared = 64;

std::size_t memory_of(const std::string& of, const model::StepSeries& steps)
{
  return steps.memory() + of.size() + k_entry_memory;
}

std::string owner_of(const StepCache::Metric& metric)
{
  return metric.run.str() + metric.key;
}

// Whether the metric still has these steps: another one may have the number of one that is gone.
// Looks at the first and the last one, and at some between them.
bool begins_with(const Database& database, std::int64_t metric, const model::StepSeries& steps)
{
  Statement row(database, "SELECT step FROM metric_points WHERE metric = ? AND ordinal = ?");
  const std::uint64_t last = steps.size() - 1;
  const std::uint64_t places = std::min(last, k_places_compared);
  for (std::uint64_t place = 0; place <= places; ++place) {
    const std::uint64_t ordinal = places == 0 ? 0 : last * place / places;
    if (!row.bind(metric, ordinal).step() || row.integer(0) != steps.at(ordinal)) {
      return false;
    }
  }
  return true;
}

}  // namespace

StepCache::Steps StepCache::read(const Database& database, const Metric& metric)
{
  Steps known = find(metric);
  if (known && (known->empty() || !begins_with(database, metric.number, *known))) {
    known.reset();
  }
  const std::uint64_t size = known ? known->size() : 0;
  Statement rows(database,
                 "SELECT step FROM metric_points WHERE metric = ? AND ordinal >= ?"
                 " ORDER BY ordinal");
  if (!rows.bind(metric.number, size).step()) {
    return known ? known : std::make_shared<const model::StepSeries>();
  }
  auto steps =
      known ? std::make_shared<model::StepSeries>(*known) : std::make_shared<model::StepSeries>();
  do {
    steps->append(rows.integer(0));
  } while (rows.step());
  keep(metric, steps);
  return steps;
}

StepCache::Steps StepCache::find(const Metric& metric)
{
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(metric.number);
  return found != known_.end() && found->second.of == owner_of(metric) ? found->second.steps
                                                                       : nullptr;
}

void StepCache::keep(const Metric& metric, const Steps& steps)
{
  forget(metric.number);
  Known known{owner_of(metric), steps};
  const std::size_t memory = memory_of(known.of, *steps);
  if (memory > k_most_memory) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (memory_ + memory > k_most_memory) {
    known_.clear();
    memory_ = 0;
  }
  if (known_.emplace(metric.number, std::move(known)).second) {
    memory_ += memory;
  }
}

void StepCache::forget(std::int64_t number)
{
  const std::lock_guard lock(mutex_);
  if (const auto found = known_.find(number); found != known_.end()) {
    memory_ -= memory_of(found->second.of, *found->second.steps);
    known_.erase(found);
  }
}

}  // namespace mlrepro::sqlite
