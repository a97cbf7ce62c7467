// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "fuzz/target.hpp"
#include "storage/codec.hpp"
#include "storage/crc32c.hpp"

using namespace mlrepro;

// A block as it lies in a pack. Its checksums are made right first, so that what is behind them is
// reached.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  storage::Bytes block(size);
  std::copy_n(reinterpret_cast<const std::byte*>(bytes), size, block.begin());
  const auto sizes = storage::peek_block(block);
  if (!sizes) {
    return 0;
  }
  if (sizes->head <= size) {
    const std::uint32_t first = storage::crc32c(storage::ByteView(block).first(28));
    const std::size_t tables = sizes->head - storage::k_block_fixed_size;
    storage::put(block.data() + 28,
                 storage::crc32c(
                     storage::ByteView(block).subspan(storage::k_block_fixed_size, tables), first));
  }
  fuzz::accepts([&] {
    const storage::BlockHead head = storage::decode_block_head(block);
    fuzz::require(storage::encode_block_head(head).size() == sizes->head,
                  "a head is as long as it was");
    if (head.raw_length > (1U << 22U)) {
      return;
    }
    storage::Bytes content(head.raw_length);
    const storage::Bytes prefix(head.bases.size() * 100, std::byte{'x'});
    storage::decode(head.codec, storage::ByteView(block).subspan(sizes->head), prefix, content);
  });
  return 0;
}
