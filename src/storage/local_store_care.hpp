// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/store_care.hpp"
#include "storage/pack_set.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Of a store of packs (LocalObjectStore). Looks at the folder by itself, at the first call.
class LocalStoreCare final : public ports::StoreCare {
 public:
  LocalStoreCare(std::string objects, std::string temporary);

  // Packs of which the footer or the header is damaged.
  std::uint64_t damaged_indexes() override;
  std::uint64_t mend_indexes() override;
  // A piece of a big file that is the whole of a small one.
  std::unique_ptr<ports::ByteSource> salvage(const model::Digest& digest) override;
  std::unique_ptr<ports::ObjectBatch> begin_distrustful() override;

 private:
  bool mend(const std::shared_ptr<const Pack>& pack);

  std::string objects_;
  std::string temporary_;
  PackSet packs_;
  RecordReader reader_;
};

}  // namespace mlrepro::storage
