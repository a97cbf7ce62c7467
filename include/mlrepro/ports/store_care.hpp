// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "mlrepro/ports/object_store.hpp"

namespace mlrepro::ports {

// What mending a store of objects takes besides reading and writing them. Nothing here removes an
// object, or changes one.
class StoreCare {
 public:
  StoreCare() = default;
  StoreCare(const StoreCare&) = delete;
  StoreCare& operator=(const StoreCare&) = delete;
  virtual ~StoreCare() = default;

  // Files of the store of which the index is damaged. Their content is found all the same, slowly.
  virtual std::uint64_t damaged_indexes() = 0;
  // Writes such indexes anew where the content is all there; returns how many. Throws Error{io}.
  virtual std::uint64_t mend_indexes() = 0;
  // The content of a blob out of what is stored for another reason; null when there is none.
  virtual std::unique_ptr<ByteSource> salvage(const model::Digest& digest) = 0;
  // A batch that relies on nothing that is stored already without reading it again.
  virtual std::unique_ptr<ObjectBatch> begin_distrustful() = 0;
};

}  // namespace mlrepro::ports
