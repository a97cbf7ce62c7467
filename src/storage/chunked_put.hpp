// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>

#include "mlrepro/ports/object_store.hpp"
#include "storage/batch_writer.hpp"
#include "storage/previous_version.hpp"
#include "storage/worker_pool.hpp"

namespace mlrepro::storage {

// Stores one big file as pieces and a recipe. The calling thread reads, cuts and hashes the whole;
// the pool hashes, looks up, compresses and appends the pieces.
class ChunkedPut {
 public:
  struct Tools {
    BatchWriter& writer;
    const RecordReader& reader;
    WorkerPool& pool;
  };

  ChunkedPut(const Tools& tools, std::optional<PreviousVersion> previous);
  // Waits for the pieces under way.
  ~ChunkedPut();
  ChunkedPut(const ChunkedPut&) = delete;
  ChunkedPut& operator=(const ChunkedPut&) = delete;

  // `start` are the bytes that were read from `source` already.
  ports::StoredObject put(ByteView start, ports::ByteSource& source);

 private:
  struct Piece;

  void take(ByteView content);
  void store(Piece& piece);
  void finish_piece(const Piece& piece);
  std::uint64_t append_record(const RecordName& name, ByteView content,
                              const std::vector<model::Digest>& bases);
  Recipe store_parts(const Recipe& recipe);
  void wait();
  ports::StoredObject store_recipe(const model::Digest& file);

  Tools tools_;
  std::optional<PreviousVersion> previous_;
  std::uint64_t bytes_ = 0;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t under_way_ = 0;
  std::exception_ptr error_;
  std::deque<PieceRef> pieces_;
  std::uint64_t stored_bytes_ = 0;
  std::uint64_t new_bytes_ = 0;
};

}  // namespace mlrepro::storage
