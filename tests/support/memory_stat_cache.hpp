// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "mlrepro/ports/stat_cache.hpp"
#include "support/memory_object_store.hpp"

namespace mlrepro::testing {

class MemoryStatCache final : public ports::StatCache {
 public:
  Fault on_save;

  [[nodiscard]] ports::CachedFiles load(const std::string& root) const override
  {
    const auto found = roots_.find(root);
    return found == roots_.end() ? ports::CachedFiles() : found->second;
  }
  void save(const std::string& root, const ports::CachedFiles& files) override
  {
    on_save.count("write cache");
    roots_[root] = files;
  }

 private:
  std::map<std::string, ports::CachedFiles> roots_;
};

}  // namespace mlrepro::testing
