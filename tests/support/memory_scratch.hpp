// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/scratch.hpp"

namespace mlrepro::testing {

// Scratch files in memory, which counts what was put into them.
class MemoryScratch final : public ports::Scratch {
 public:
  [[nodiscard]] std::unique_ptr<ports::ScratchFile> make() override
  {
    return std::make_unique<File>(appended_);
  }
  [[nodiscard]] std::size_t appended() const { return appended_; }  // pieces, to all of them

 private:
  class File final : public ports::ScratchFile {
   public:
    explicit File(std::atomic<std::size_t>& appended) : appended_(appended) {}

    std::uint64_t append(std::span<const std::byte> bytes) override
    {
      ++appended_;
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
    std::atomic<std::size_t>& appended_;
    std::vector<std::byte> content_;
  };

  std::atomic<std::size_t> appended_ = 0;
};

}  // namespace mlrepro::testing
