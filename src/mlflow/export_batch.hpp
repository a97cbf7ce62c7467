// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "mlflow/fields.hpp"
#include "mlflow/json_text.hpp"

namespace mlrepro::mlflow {

// What one message may hold.
constexpr std::size_t k_metrics_a_batch = 1000;
constexpr std::size_t k_values_a_batch = 100;
constexpr std::size_t k_bytes_a_batch = 900'000;  // below 1 MB, with all that stands around them

// Collects items until there are as many as a message may hold.
class Batch {
 public:
  using Send = std::function<void(const std::vector<Json>& items)>;

  Batch(std::size_t most, Send send) : most_(most), send_(std::move(send)) {}

  void add(Json item)
  {
    const std::size_t bytes = json_text(item).size() + 1;
    if (items_.size() == most_ || (!items_.empty() && bytes_ + bytes > k_bytes_a_batch)) {
      flush();
    }
    items_.push_back(std::move(item));
    bytes_ += bytes;
  }
  void flush()
  {
    if (!items_.empty()) {
      send_(std::exchange(items_, {}));
      bytes_ = 0;
    }
  }

 private:
  std::size_t most_;
  Send send_;
  std::vector<Json> items_;
  std::size_t bytes_ = 0;
};

}  // namespace mlrepro::mlflow
