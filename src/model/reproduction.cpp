// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::model {

std::string_view to_string(Verdict verdict)
{
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::differs:
      return "differs";
    case Verdict::incomparable:
      return "incomparable";
    case Verdict::failed:
      return "failed";
    case Verdict::blocked:
      return "blocked";
  }
  return "unknown";
}

std::string_view to_string(CheckStatus status)
{
  switch (status) {
    case CheckStatus::same:
      return "same";
    case CheckStatus::differs:
      return "differs";
    case CheckStatus::missing:
      return "missing";
    case CheckStatus::skipped:
      return "skipped";
  }
  return "unknown";
}

std::string_view to_string(MetricStatus status)
{
  switch (status) {
    case MetricStatus::same:
      return "same";
    case MetricStatus::within_tolerance:
      return "within_tolerance";
    case MetricStatus::differs:
      return "differs";
    case MetricStatus::incomparable:
      return "incomparable";
    case MetricStatus::skipped:
      return "skipped";
  }
  return "unknown";
}

}  // namespace mlrepro::model
