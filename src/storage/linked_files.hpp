// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/timestamp.hpp"
#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::storage {

// Whole files that restored targets share with the store: linked/<2 digits>/<sha256>, with ".x"
// where it is executable; mode 0444 or 0555. Nothing depends on them: the content is in packs, and
// one that was written to through one of its other names is found out and made anew.
class LinkedFiles {
 public:
  LinkedFiles(std::string folder, std::string temporary)
      : folder_(std::move(folder)), temporary_(std::move(temporary))
  {
  }

  // Checked against the digest. One that does not hash to it loses its name here.
  [[nodiscard]] std::optional<std::string> find(const model::Digest& digest, bool executable) const;
  // Copies `content` to its end, which checks it. Throws Error{io} and what the source throws.
  [[nodiscard]] std::string make(const model::Digest& digest, bool executable,
                                 ports::ByteSource& content) const;

  // Takes away its name here.
  void remove(const model::Digest& digest, bool executable) const;

  // Of a file that has no other name, and when that was so first.
  using Visit = std::function<bool(model::Timestamp)>;
  // The bytes of the files with no other name of which `wanted` says so.
  [[nodiscard]] std::uint64_t unused_bytes(const Visit& wanted) const;
  // Removes these; returns their bytes.
  std::uint64_t remove_unused(const Visit& wanted) const;
  // Takes away the names of all of them: what is shared stays with those who share it. Returns the
  // bytes of those that nobody shares.
  std::uint64_t remove_all() const;

 private:
  [[nodiscard]] std::string path_of(const model::Digest& digest, bool executable) const;

  std::string folder_;
  std::string temporary_;
};

}  // namespace mlrepro::storage
