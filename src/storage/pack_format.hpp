// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/bytes.hpp"

// The bytes of a pack, as docs/format.md ("Objects") sets them out:
//
//   header · block · block · … · footer · trailer
//
// A block says by itself which records it holds, so that the footer can be rebuilt from the blocks.
namespace mlrepro::storage {

enum class PackClass : std::uint8_t { data = 0, tree = 1 };

// Values stand on disk; never change them.
enum class RecordKind : std::uint8_t {
  blob = 0,    // a whole file's content; key: its SHA-256
  tree = 1,    // a folder node; key: the node's digest
  recipe = 2,  // which pieces a file is made of; key: the file's SHA-256
  piece = 3,   // a part of a file, or of a recipe; key: its SHA-256
};

enum class Codec : std::uint8_t {
  raw = 0,
  zstd = 1,
  zstd_prefix = 2,  // with the content of the base records as zstd's prefix
  zstd_grouped2 =
      3,  // zstd of all first bytes of 2-byte groups, then all second bytes, then the rest
  zstd_grouped4 = 4,  // the same with 4-byte groups
};

// A set of record kinds.
class Kinds {
 public:
  constexpr Kinds(RecordKind kind) : bits_(1U << static_cast<unsigned>(kind)) {}  // NOLINT
  constexpr Kinds operator|(Kinds other) const { return Kinds(bits_ | other.bits_, 0); }
  [[nodiscard]] constexpr bool has(RecordKind kind) const
  {
    return (bits_ >> static_cast<unsigned>(kind) & 1U) != 0;
  }

 private:
  constexpr Kinds(unsigned bits, int) : bits_(bits) {}
  unsigned bits_;
};

inline constexpr std::size_t k_pack_header_size = 16;
inline constexpr std::size_t k_block_fixed_size = 32;
inline constexpr std::size_t k_record_row_size = 36;
inline constexpr std::size_t k_trailer_size = 64;
// Of a block's content; more is not read back.
inline constexpr std::uint32_t k_max_block_raw = (1U << 28U) - 1;
inline constexpr std::uint32_t k_max_block_records = 1U << 16U;
inline constexpr std::uint16_t k_max_block_bases = 32;
inline constexpr std::uint8_t k_max_delta_depth = 4;

struct RecordRow {
  model::Digest key;
  RecordKind kind = RecordKind::blob;
  std::uint32_t length = 0;  // of its content, at most k_max_block_raw
};

// What stands before a block's payload.
struct BlockHead {
  Codec codec = Codec::raw;
  std::uint8_t depth = 0;  // 0: no delta; else one more than the deepest of its bases
  std::uint32_t raw_length = 0;
  std::uint32_t stored_length = 0;
  std::uint32_t payload_crc = 0;
  std::uint8_t effort = 0;  // the level of zstd that `optimize` gave it; 0: as when it was recorded
  std::vector<model::Digest> bases;
  std::vector<RecordRow> records;  // in the order of their content
};

// What the fixed part of a head says, unchecked.
struct BlockStart {
  std::uint32_t head = 0;  // bytes, with its tables
  std::uint32_t stored = 0;
  std::uint32_t head_crc = 0;
  std::uint8_t codec = 0;  // perhaps none that there is
  std::uint8_t effort = 0;
  std::uint8_t depth = 0;
};

struct Trailer {
  std::uint64_t footer_offset = 0;
  std::uint64_t footer_length = 0;
  model::Digest footer_digest;
};

Bytes encode_pack_header(PackClass pack_class);
// Absent when it is not one.
std::optional<PackClass> decode_pack_header(ByteView bytes);

Bytes encode_block_head(const BlockHead& head);
// From the fixed part alone; absent when these are not a block's first bytes.
std::optional<BlockStart> peek_block(ByteView fixed);
// `bytes` may go on after the head. Throws Error{corrupt}.
BlockHead decode_block_head(ByteView bytes);

Bytes encode_trailer(const Trailer& trailer);
std::optional<Trailer> decode_trailer(ByteView bytes);

[[noreturn]] void throw_corrupt(const std::string& what);
// Content is damaged or not there: the machine itself is well.
bool is_about_content(const model::Error& error);

}  // namespace mlrepro::storage
