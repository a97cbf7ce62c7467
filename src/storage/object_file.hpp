// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "mlrepro/ports/object_store.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::storage {

enum class Codec : std::uint8_t { raw = 0, zstd = 1 };

// The 24 bytes before an object's payload (docs/format.md, "Object files").
struct ObjectHeader {
  ports::ObjectKind kind = ports::ObjectKind::blob;
  Codec codec = Codec::raw;
  std::uint64_t raw_size = 0;
};

inline constexpr std::size_t k_header_size = 24;
using HeaderBytes = std::array<std::byte, k_header_size>;

HeaderBytes encode_header(const ObjectHeader& header);
// Throws Error{corrupt} naming `object`.
ObjectHeader decode_header(const HeaderBytes& bytes, const std::string& object);

// Writes header and payload of one object to an open, empty file and hashes it on the way.
// Content that a first look finds incompressible is kept raw.
struct WrittenObject {
  model::Digest digest;
  std::uint64_t raw_size = 0;
  std::uint64_t stored_size = 0;
};
WrittenObject write_object(int fd, const std::string& path, ports::ObjectKind kind,
                           ports::ByteSource& source);

// The content of an object file, checked against its digest before the end is reported.
std::unique_ptr<ports::ByteSource> read_object(posix::FileDescriptor file, const std::string& path,
                                               ports::ObjectKind kind, const model::Digest& digest);

}  // namespace mlrepro::storage
