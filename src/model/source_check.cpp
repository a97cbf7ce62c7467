// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/source_check.hpp"

namespace mlrepro::model {

std::string_view to_string(SourceCheck::Verdict verdict)
{
  switch (verdict) {
    case SourceCheck::Verdict::same:
      return "same";
    case SourceCheck::Verdict::differs:
      return "differs";
    case SourceCheck::Verdict::within_rules:
      return "within_rules";
    case SourceCheck::Verdict::unreachable:
      return "unreachable";
    case SourceCheck::Verdict::refused:
      return "refused";
  }
  return "";
}

}  // namespace mlrepro::model
