// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlrepro/ports/store_optimizer.hpp"
#include "storage/pack_set.hpp"
#include "storage/pack_writer.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Of a store of packs (LocalObjectStore), one pack after the other; small packs become one.
class LocalStoreOptimizer final : public ports::StoreOptimizer {
 public:
  LocalStoreOptimizer(std::string objects, std::string temporary, unsigned threads);

  model::Optimization optimize(const ports::OptimizeRules& rules,
                               ports::Reporter& reporter) override;

 private:
  using Packs = std::vector<std::shared_ptr<const Pack>>;
  void rewrite(Packs packs, int level, ports::Reporter& reporter, model::Optimization& result);
  bool exchange(const Packs& old, SealedPack pack);

  std::string objects_;
  std::string temporary_;
  unsigned threads_;
  PackSet packs_;
  RecordReader reader_;
};

}  // namespace mlrepro::storage
