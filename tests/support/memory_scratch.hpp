// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/scratch.hpp"

namespace mlrepro::testing {

// Scratch files in memory, which counts what was put into them.
class MemoryScratch final : public ports::Scratch {
 public:
  [[nodiscard]] std::unique_ptr<ports::ScratchFile> make() override
  {
    return std::make_unique<File>(*this);
  }
  // From then on nothing more is taken, as on a full disk.
  void fill_up_after(std::size_t pieces) { most_ = pieces; }
  [[nodiscard]] std::size_t appended() const { return appended_; }  // pieces, to all of them

 private:
  class File final : public ports::ScratchFile {
   public:
    explicit File(MemoryScratch& scratch) : scratch_(scratch) {}

    std::uint64_t append(std::span<const std::byte> bytes) override
    {
      if (++scratch_.appended_ > scratch_.most_) {
        throw model::Error(model::ErrorKind::io, "no space left");
      }
      const std::uint64_t offset = content_.size();
      content_.insert(content_.end(), bytes.begin(), bytes.end());
      return offset;
    }
    void read(std::uint64_t offset, std::span<std::byte> buffer) const override
    {
      if (offset > content_.size() || buffer.size() > content_.size() - offset) {
        throw model::Error(model::ErrorKind::io, "the scratch file is shorter");
      }
      std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(offset), buffer.size(),
                  buffer.begin());
    }

   private:
    MemoryScratch& scratch_;
    std::vector<std::byte> content_;
  };

  std::atomic<std::size_t> appended_ = 0;
  std::size_t most_ = SIZE_MAX;
};

}  // namespace mlrepro::testing
