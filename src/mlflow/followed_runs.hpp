// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/live_records.hpp"

namespace mlrepro::mlflow {

// For one more run: those that have ended go, and if that is not enough the one that nobody has
// asked for for longest, which its `asked` says.
template <typename Followed>
void make_place(std::map<model::RunId, Followed>& followed, const ports::LiveRecords& live,
                std::size_t most)
{
  std::erase_if(followed, [&live](const auto& one) { return !live.liveness(one.first); });
  if (followed.size() >= most) {
    followed.erase(
        std::ranges::min_element(followed, {}, [](const auto& one) { return one.second.asked; }));
  }
}

}  // namespace mlrepro::mlflow
