// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/ports/object_store.hpp"

namespace mlrepro::storage {

// One file an object, named by its digest: objects/ab/cdef… (docs/format.md).
class LocalObjectStore final : public ports::ObjectStore {
 public:
  // Makes nothing; folders appear with the first object.
  LocalObjectStore(std::string objects, std::string temporary);

  [[nodiscard]] std::optional<std::uint64_t> find(const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::ByteSource> open(ports::ObjectKind kind,
                                                        const model::Digest& digest) const override;
  [[nodiscard]] std::unique_ptr<ports::StoreHold> hold() override;
  std::unique_ptr<ports::ObjectBatch> begin() override;
  [[nodiscard]] std::uint64_t place(const model::Digest& digest) const override;
  void for_each(
      const std::function<void(const model::Digest&, std::uint64_t)>& visit) const override;
  void remove(const model::Digest& digest) override;

  // Removes what writers that were killed left in the temporary folder.
  void sweep_temporaries();

 private:
  [[nodiscard]] std::string path_of(const model::Digest& digest) const;

  std::string objects_;
  std::string temporary_;
};

}  // namespace mlrepro::storage
