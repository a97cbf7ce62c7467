// SPDX-License-Identifier: Apache-2.0
#include "format/rate_curve.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace mlrepro::format {
namespace {

// A picture of 1000 pixels shows no smaller step.
constexpr double k_smallest_step = 0.001;
constexpr std::size_t k_most_points = 4000;

bool are_rates(const std::vector<double>& values)
{
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return value >= 0 && value <= 1; });
}

bool is_ordered(const std::vector<double>& x)
{
  return std::is_sorted(x.begin(), x.end()) || std::is_sorted(x.rbegin(), x.rend());
}

// A ROC curve rises with its x, so that its points have an order of their own.
void order_points(RateColumns& columns)
{
  const std::size_t count = columns.x.size();
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
    return std::pair(columns.x[one], columns.y[one]) <
           std::pair(columns.x[other], columns.y[other]);
  });
  const bool has_thresholds = columns.thresholds.size() == count;
  RateColumns ordered{columns.kind, std::move(columns.label), {}, {}, {}};
  for (const std::size_t i : order) {
    ordered.x.push_back(columns.x[i]);
    ordered.y.push_back(columns.y[i]);
    if (has_thresholds) {
      ordered.thresholds.push_back(columns.thresholds[i]);
    }
  }
  columns = std::move(ordered);
}

double area_below(const std::vector<double>& x, const std::vector<double>& y)
{
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  }
  return std::abs(area);
}

// scikit-learn's average_precision_score: of the points from recall 0 on, each with the precision
// at its own end of the step.
double average_precision(const std::vector<double>& recall, const std::vector<double>& precision)
{
  double sum = 0;
  const bool falling = recall.front() > recall.back();
  for (std::size_t i = 1; i < recall.size(); ++i) {
    sum += falling ? (recall[i - 1] - recall[i]) * precision[i - 1]
                   : (recall[i] - recall[i - 1]) * precision[i];
  }
  return sum;
}

// The first, the last, and each that is a visible step away from the one before.
std::vector<std::size_t> visible_points(const std::vector<double>& x, const std::vector<double>& y)
{
  std::vector<std::size_t> kept = {0};
  const std::size_t stride = x.size() / k_most_points + 1;
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    const std::size_t last = kept.back();
    const bool far =
        std::abs(x[i] - x[last]) >= k_smallest_step || std::abs(y[i] - y[last]) >= k_smallest_step;
    if (x.size() <= k_most_points / 4 || (far && i - last >= stride)) {
      kept.push_back(i);
    }
  }
  kept.push_back(x.size() - 1);
  return kept;
}

}  // namespace

std::optional<model::RateCurve> make_rate_curve(RateColumns columns)
{
  const std::size_t count = columns.x.size();
  if (count < 2 || columns.y.size() != count || !are_rates(columns.x) || !are_rates(columns.y)) {
    return std::nullopt;
  }
  if (!is_ordered(columns.x)) {
    if (columns.kind == model::RateKind::precision_recall) {
      return std::nullopt;
    }
    order_points(columns);
  }
  model::RateCurve curve;
  curve.kind = columns.kind;
  curve.label = std::move(columns.label);
  curve.points = count;
  curve.area = curve.kind == model::RateKind::roc ? area_below(columns.x, columns.y)
                                                  : average_precision(columns.x, columns.y);
  // precision_recall_curve has one threshold less than points: the last point has none.
  const bool has_thresholds = columns.thresholds.size() + 1 >= count;
  for (const std::size_t i : visible_points(columns.x, columns.y)) {
    curve.x.push_back(columns.x[i]);
    curve.y.push_back(columns.y[i]);
    if (has_thresholds) {
      curve.thresholds.push_back(i < columns.thresholds.size() ? columns.thresholds[i]
                                                               : std::nan(""));
    }
  }
  return curve;
}

}  // namespace mlrepro::format
