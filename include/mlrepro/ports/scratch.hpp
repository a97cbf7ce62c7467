// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace mlrepro::ports {

// What is too much for memory waits here. It is gone with this object, and with a process that
// dies. Throws Error{io} and its like.
class ScratchFile {
 public:
  ScratchFile() = default;
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  virtual ~ScratchFile() = default;

  // Puts them behind all that is there; returns the offset in bytes that they begin at.
  virtual std::uint64_t append(std::span<const std::byte> bytes) = 0;
  // Fills `buffer` with what begins at `offset`; all of it was appended before.
  virtual void read(std::uint64_t offset, std::span<std::byte> buffer) const = 0;
};

class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  virtual ~Scratch() = default;

  // An empty one, which needs no place before something is put into it.
  [[nodiscard]] virtual std::unique_ptr<ScratchFile> make() = 0;
};

}  // namespace mlrepro::ports
