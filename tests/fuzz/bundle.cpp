// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/bundle.hpp"

#include <cstring>

#include "fuzz/target.hpp"

using namespace mlrepro;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const auto read = [&](std::uint64_t offset, std::span<std::byte> buffer) {
    fuzz::require(offset <= size && buffer.size() <= size - offset, "nothing past the end is read");
    std::memcpy(buffer.data(), bytes + offset, buffer.size());
  };
  fuzz::accepts([&] {
    std::uint64_t end = 0;
    for (const format::BundleMember& member : format::decode_bundle(size, read)) {
      fuzz::require(member.offset >= end && member.bytes <= size - member.offset,
                    "members lie in the file, one after the other");
      fuzz::require(member.name.find("..") == std::string::npos ||
                        member.name.find('/') == member.name.rfind('/'),
                    "a name is one folder and one name");
      fuzz::require(!member.name.starts_with('/') && !member.name.starts_with('.'),
                    "a name does not climb out");
      end = member.offset + member.bytes;
    }
  });
  return 0;
}
