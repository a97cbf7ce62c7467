// SPDX-License-Identifier: Apache-2.0
#include "plan/out_of_order.hpp"

#include <algorithm>

namespace mlrepro::plan {

std::vector<std::size_t> out_of_order(const std::vector<std::size_t>& values)
{
  std::vector<std::size_t> tails;  // places: the smallest last value of each length
  std::vector<std::size_t> before(values.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto place =
        std::lower_bound(tails.begin(), tails.end(), values[i],
                         [&](std::size_t tail, std::size_t value) { return values[tail] < value; });
    before[i] = place == tails.begin() ? values.size() : *(place - 1);
    if (place == tails.end()) {
      tails.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<bool> kept(values.size(), false);
  for (std::size_t i = tails.empty() ? values.size() : tails.back(); i < values.size();
       i = before[i]) {
    kept[i] = true;
  }
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!kept[i]) {
      moved.push_back(i);
    }
  }
  return moved;
}

}  // namespace mlrepro::plan
