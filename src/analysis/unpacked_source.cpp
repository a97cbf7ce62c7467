// SPDX-License-Identifier: Apache-2.0
#include "analysis/unpacked_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mlrepro::analysis {
namespace {

class GzipSource final : public ports::ByteSource {
 public:
  explicit GzipSource(ports::ByteSource& packed)
      : read_(format::unpack_gzip(
            [&packed](std::span<std::byte> buffer) { return packed.read(buffer); }))
  {
  }
  std::size_t read(std::span<std::byte> buffer) override { return read_(buffer); }

 private:
  format::ReadBytes read_;
};

class SameSource final : public ports::ByteSource {
 public:
  explicit SameSource(ports::ByteSource& source) : source_(source) {}
  std::size_t read(std::span<std::byte> buffer) override { return source_.read(buffer); }

 private:
  ports::ByteSource& source_;
};

}  // namespace

BegunSource::BegunSource(std::string begun, ports::ByteSource& rest)
    : begun_(std::move(begun)), rest_(rest)
{
}

std::size_t BegunSource::read(std::span<std::byte> buffer)
{
  const std::size_t size = std::min(buffer.size(), begun_.size() - at_);
  if (size == 0) {
    return rest_.read(buffer);
  }
  std::memcpy(buffer.data(), begun_.data() + at_, size);
  at_ += size;
  return size;
}

format::Packing packing_of(std::string_view begun)
{
  return begun.starts_with("\x1f\x8b")           ? format::Packing::gzip
         : begun.starts_with("\x28\xb5\x2f\xfd") ? format::Packing::zstd
                                                 : format::Packing::none;
}

std::unique_ptr<ports::ByteSource> unpack(ports::ByteSource& packed, format::Packing packing,
                                          const ports::Unpacker* unpacker)
{
  switch (packing) {
    case format::Packing::gzip:
      return std::make_unique<GzipSource>(packed);
    case format::Packing::zstd:
      return unpacker == nullptr ? nullptr : unpacker->unpack_zstd(packed);
    case format::Packing::none:
      break;
  }
  return std::make_unique<SameSource>(packed);
}

bool read_behind(ports::ByteSource& content, std::size_t size, std::string& text)
{
  const std::size_t before = text.size();
  text.resize(before + size);
  const std::size_t read = content.read(std::as_writable_bytes(std::span(text)).subspan(before));
  text.resize(before + read);
  return read > 0;
}

std::string read_head(ports::ByteSource& content, std::size_t size)
{
  std::string head;
  while (head.size() < size && read_behind(content, size - head.size(), head)) {
  }
  return head;
}

}  // namespace mlrepro::analysis
