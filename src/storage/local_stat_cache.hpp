// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/ports/stat_cache.hpp"

namespace mlrepro::storage {

// One file a root in a folder of its own. A pass writes a new file under another name, which takes
// the old one's place when the pass is committed; when nothing changed, nothing is written.
class LocalStatCache final : public ports::StatCache {
 public:
  explicit LocalStatCache(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<ports::StatCachePass> begin(const std::string& root) override;

 private:
  std::string folder_;
};

}  // namespace mlrepro::storage
