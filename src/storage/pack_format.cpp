// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_format.hpp"

#include <array>
#include <string_view>

#include "mlrepro/model/error.hpp"
#include "storage/crc32c.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::string_view k_pack_magic = "MLRPACK1";
constexpr std::string_view k_block_magic = "MBLK";
constexpr std::string_view k_trailer_magic = "MLRPEND1";
constexpr std::size_t k_effort_at = 24;
constexpr std::size_t k_head_crc_at = 28;

void put_text(std::byte* at, std::string_view text)
{
  std::memcpy(at, text.data(), text.size());
}

bool has_text(const std::byte* at, std::string_view text)
{
  return std::memcmp(at, text.data(), text.size()) == 0;
}

bool is_zero(ByteView bytes)
{
  for (const std::byte byte : bytes) {
    if (byte != std::byte{0}) {
      return false;
    }
  }
  return true;
}

std::uint32_t head_crc(ByteView head)
{
  const std::uint32_t first = crc32c(head.first(k_head_crc_at));
  return crc32c(head.subspan(k_block_fixed_size), first);
}

}  // namespace

void throw_corrupt(const std::string& what)
{
  throw model::Error(model::ErrorKind::corrupt, what);
}

bool is_about_content(const model::Error& error)
{
  return error.kind() == model::ErrorKind::corrupt || error.kind() == model::ErrorKind::not_found;
}

Bytes encode_pack_header(PackClass pack_class)
{
  Bytes bytes(k_pack_header_size);
  put_text(bytes.data(), k_pack_magic);
  bytes[8] = static_cast<std::byte>(pack_class);
  return bytes;
}

std::optional<PackClass> decode_pack_header(ByteView bytes)
{
  if (bytes.size() < k_pack_header_size || !has_text(bytes.data(), k_pack_magic) ||
      bytes[8] > std::byte{1} || !is_zero(bytes.subspan(9, 7))) {
    return std::nullopt;
  }
  return static_cast<PackClass>(bytes[8]);
}

Bytes encode_block_head(const BlockHead& head)
{
  Bytes bytes(k_block_fixed_size + head.bases.size() * model::Digest::k_size +
              head.records.size() * k_record_row_size);
  std::byte* at = bytes.data();
  put_text(at, k_block_magic);
  at[4] = static_cast<std::byte>(head.codec);
  at[5] = static_cast<std::byte>(head.depth);
  put(at + 6, static_cast<std::uint16_t>(head.bases.size()));
  put(at + 8, static_cast<std::uint32_t>(head.records.size()));
  put(at + 12, head.raw_length);
  put(at + 16, head.stored_length);
  put(at + 20, head.payload_crc);
  at[k_effort_at] = static_cast<std::byte>(head.effort);
  at += k_block_fixed_size;
  for (const model::Digest& base : head.bases) {
    put_digest(at, base);
    at += model::Digest::k_size;
  }
  for (const RecordRow& row : head.records) {
    put_digest(at, row.key);
    put(at + model::Digest::k_size, row.length | static_cast<std::uint32_t>(row.kind) << 28U);
    at += k_record_row_size;
  }
  put(bytes.data() + k_head_crc_at, head_crc(bytes));
  return bytes;
}

std::optional<BlockStart> peek_block(ByteView fixed)
{
  if (fixed.size() < k_block_fixed_size || !has_text(fixed.data(), k_block_magic)) {
    return std::nullopt;
  }
  const auto bases = get<std::uint16_t>(fixed.data() + 6);
  const auto records = get<std::uint32_t>(fixed.data() + 8);
  const auto raw = get<std::uint32_t>(fixed.data() + 12);
  const auto stored = get<std::uint32_t>(fixed.data() + 16);
  if (bases > k_max_block_bases || records > k_max_block_records || raw > k_max_block_raw ||
      stored > k_max_block_raw) {
    return std::nullopt;
  }
  const std::size_t head =
      k_block_fixed_size + bases * model::Digest::k_size + records * k_record_row_size;
  return BlockStart{static_cast<std::uint32_t>(head),
                    stored,
                    get<std::uint32_t>(fixed.data() + k_head_crc_at),
                    std::to_integer<std::uint8_t>(fixed[4]),
                    std::to_integer<std::uint8_t>(fixed[k_effort_at]),
                    std::to_integer<std::uint8_t>(fixed[5])};
}

BlockHead decode_block_head(ByteView bytes)
{
  const auto sizes = peek_block(bytes);
  if (!sizes || bytes.size() < sizes->head ||
      head_crc(bytes.first(sizes->head)) != sizes->head_crc) {
    throw_corrupt("the head of a block is damaged");
  }
  const std::byte* at = bytes.data();
  BlockHead head;
  if (at[4] > static_cast<std::byte>(Codec::zstd_grouped4)) {
    throw_corrupt("a block has an unknown codec");
  }
  head.codec = static_cast<Codec>(at[4]);
  head.depth = std::to_integer<std::uint8_t>(at[5]);
  head.bases.resize(get<std::uint16_t>(at + 6));
  head.records.resize(get<std::uint32_t>(at + 8));
  head.raw_length = get<std::uint32_t>(at + 12);
  head.stored_length = sizes->stored;
  head.payload_crc = get<std::uint32_t>(at + 20);
  head.effort = std::to_integer<std::uint8_t>(at[k_effort_at]);
  at += k_block_fixed_size;
  for (model::Digest& base : head.bases) {
    base = get_digest(at);
    at += model::Digest::k_size;
  }
  std::uint64_t sum = 0;
  for (RecordRow& row : head.records) {
    row.key = get_digest(at);
    const auto word = get<std::uint32_t>(at + model::Digest::k_size);
    if (word >> 28U > static_cast<std::uint32_t>(RecordKind::piece)) {
      throw_corrupt("a block has a record of an unknown kind");
    }
    row.kind = static_cast<RecordKind>(word >> 28U);
    row.length = word & k_max_block_raw;
    sum += row.length;
    at += k_record_row_size;
  }
  const bool delta = head.codec == Codec::zstd_prefix;
  if (sum != head.raw_length || delta == head.bases.empty() || delta == (head.depth == 0) ||
      head.depth > k_max_delta_depth) {
    throw_corrupt("the head of a block contradicts itself");
  }
  return head;
}

Bytes encode_trailer(const Trailer& trailer)
{
  Bytes bytes(k_trailer_size);
  put(bytes.data(), trailer.footer_offset);
  put(bytes.data() + 8, trailer.footer_length);
  put_digest(bytes.data() + 16, trailer.footer_digest);
  put_text(bytes.data() + 56, k_trailer_magic);
  return bytes;
}

std::optional<Trailer> decode_trailer(ByteView bytes)
{
  if (bytes.size() != k_trailer_size || !has_text(bytes.data() + 56, k_trailer_magic) ||
      !is_zero(bytes.subspan(48, 8))) {
    return std::nullopt;
  }
  return Trailer{get<std::uint64_t>(bytes.data()), get<std::uint64_t>(bytes.data() + 8),
                 get_digest(bytes.data() + 16)};
}

}  // namespace mlrepro::storage
