// SPDX-License-Identifier: Apache-2.0
#include "support/memory_stream.hpp"

namespace mlrepro::testing {

StringSource::StringSource(std::string content, std::size_t piece)
    : content_(std::move(content)), piece_(piece)
{
}

std::size_t StringSource::read(std::span<std::byte> buffer)
{
  const std::size_t size = std::min({buffer.size(), piece_, content_.size() - position_});
  std::memcpy(buffer.data(), content_.data() + position_, size);
  position_ += size;
  return size;
}

void StringSink::write(std::span<const std::byte> bytes)
{
  content_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace mlrepro::testing
