// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::storage {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

static_assert(std::endian::native == std::endian::little, "packs are little-endian");

template <typename T>
T get(const std::byte* at)
{
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
void put(std::byte* at, T value)
{
  std::memcpy(at, &value, sizeof value);
}

inline model::Digest get_digest(const std::byte* at)
{
  model::Digest::Bytes bytes;
  std::memcpy(bytes.data(), at, bytes.size());
  return model::Digest(bytes);
}

inline void put_digest(std::byte* at, const model::Digest& digest)
{
  std::memcpy(at, digest.bytes().data(), model::Digest::k_size);
}

}  // namespace mlrepro::storage
