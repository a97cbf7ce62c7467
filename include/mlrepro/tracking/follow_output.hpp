// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Bytes that a run's command wrote.
struct OutputPiece {
  int stream = 1;       // 1 stdout, 2 stderr
  std::int64_t ms = 0;  // after the run's start
  std::string_view bytes;
};

// The output of a run as it grows: each byte once, the streams in the order in which their pieces
// were logged. Nothing is locked or waited for. Files that were opened while the run was live stay
// readable when its record is sealed and they are removed, so that there is no seam; what was never
// opened is read from the sealed record.
class OutputFollower {
 public:
  // False: no more, please.
  using Put = std::function<bool(const OutputPiece&)>;

  OutputFollower(const Ports& ports, const model::RunId& id, Put put);

  // What is new in the live record; false when `put` had enough.
  bool read_live();
  // All that is left, also what log.index does not know of; `logs` of the sealed record.
  bool finish(const model::RunLogs& logs);
  // Whether there is any output to follow, which `run --no-capture` has none of.
  [[nodiscard]] bool has_log() const { return index_.source != nullptr; }

 private:
  struct Source {
    std::unique_ptr<ports::ByteSource> source;
    ports::OpenFile* live = nullptr;  // the source, while it may grow
  };
  struct Stream : Source {
    std::uint64_t done = 0;     // bytes passed on
    std::uint64_t indexed = 0;  // bytes that log.index knows of
    std::uint64_t seen = 0;     // bytes that were there the last time
  };

  void open_live();
  void open_live(const std::string& path, Source& source);
  void open_sealed(const std::optional<model::Digest>& digest, Source& source);
  bool follow_index();
  bool take_index_line(std::string_view line);
  bool pass_on(int number, std::uint64_t until);

  const Ports& ports_;
  model::RunId id_;
  Put put_;
  Source index_;
  std::string index_rest_;  // of a line whose end is still to come
  std::array<Stream, 2> streams_;
  int waiting_ = 0;  // index into streams_ of what was indexed last, passed on with what follows
  std::int64_t ms_ = 0;
  std::string buffer_;
};

}  // namespace mlrepro::tracking
