// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::storage {

// What removals took out of the store: packs in folders that are named by when that was.
class Trash {
 public:
  explicit Trash(std::string folder) : folder_(std::move(folder)) {}

  struct Batch {
    std::string path;
    model::Timestamp at;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] std::vector<Batch> batches() const;
  // Where what is removed now goes; made with its first pack.
  [[nodiscard]] std::string folder_for(model::Timestamp now) const;
  // Packs that hold one of these records.
  [[nodiscard]] std::vector<std::string> packs_with(const std::set<model::Digest>& keys) const;
  // Removes what `is_expired` says so of; returns its bytes.
  std::uint64_t empty(const std::function<bool(model::Timestamp)>& is_expired);

 private:
  std::string folder_;
};

}  // namespace mlrepro::storage
