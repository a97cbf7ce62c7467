// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "storage/batch_writer.hpp"
#include "storage/chunked_put.hpp"
#include "storage/record_reader.hpp"
#include "storage/worker_pool.hpp"

namespace mlrepro::storage {

class PackBatch final : public ports::ObjectBatch {
 public:
  // `committed` is called after packs were published.
  PackBatch(PackSet& packs, const RecordReader& reader, const std::string& temporary,
            std::function<void()> committed, BatchWriter::IsSound is_sound = nullptr);

  ports::StoredObject put(ports::ObjectKind kind, ports::ByteSource& source,
                          const std::optional<model::Digest>& previous) override;
  void commit() override;
  [[nodiscard]] std::uint64_t written_bytes() const override { return written_bytes_; }

 private:
  ports::StoredObject put_whole(const RecordName& name, ByteView content,
                                const std::optional<model::Digest>& previous);
  [[nodiscard]] std::optional<DeltaPrefix> prefix_for(
      const RecordName& name, ByteView content, const std::optional<model::Digest>& previous) const;

  PackSet& packs_;
  const RecordReader& reader_;
  std::function<void()> committed_;
  BatchWriter writer_;
  std::uint64_t written_bytes_ = 0;
  WorkerPool pool_;  // last: its tasks use the others
};

// Syncs and publishes packs and their folder, in order.
void publish_packs(std::vector<SealedPack>& packs, const std::string& folder);

}  // namespace mlrepro::storage
