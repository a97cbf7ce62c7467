// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/resource_metric.hpp"

namespace mlrepro::model {

bool is_resource_metric(std::string_view key)
{
  return key.starts_with("system/");
}

}  // namespace mlrepro::model
