// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::model {

// A SHA-256 value. For a file it is what `sha256sum` prints; for a folder it is the digest of its
// canonical tree node (docs/format.md).
class Digest {
 public:
  static constexpr std::size_t k_size = 32;
  using Bytes = std::array<std::uint8_t, k_size>;

  Digest() = default;
  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}

  // 64 hexadecimal digits, with or without the prefix "sha256:".
  static std::optional<Digest> parse(std::string_view text);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] std::string to_string() const { return "sha256:" + hex(); }

  auto operator<=>(const Digest&) const = default;

 private:
  Bytes bytes_{};
};

}  // namespace mlrepro::model

template <>
struct std::hash<mlrepro::model::Digest> {
  std::size_t operator()(const mlrepro::model::Digest& digest) const noexcept
  {
    std::size_t value = 0;
    std::memcpy(&value, digest.bytes().data(), sizeof value);
    return value;
  }
};
