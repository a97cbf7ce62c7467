// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_footer.hpp"
#include "fuzz/target.hpp"
#include "storage/pack.hpp"

using namespace mlrepro;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const storage::ByteView view = std::as_bytes(std::span(bytes, size));
  fuzz::accepts([&] {
    const storage::FooterView footer(view);
    const auto all = storage::Kinds(storage::RecordKind::blob) | storage::RecordKind::tree |
                     storage::RecordKind::recipe | storage::RecordKind::piece;
    for (std::uint32_t i = 0; i < footer.record_count(); ++i) {
      fuzz::accepts([&] {
        const auto record = footer.record(i);
        (void)footer.find(record.key, all);
        (void)footer.block(record.block);
        (void)footer.bases_of(record.block);
      });
    }
  });
  // The same bytes as a pack whose footer is gone.
  const storage::Bytes rebuilt = storage::rebuild_footer(view);
  fuzz::require(fuzz::accepts([&] { (void)storage::FooterView(rebuilt); }),
                "a rebuilt footer is sound");
  return 0;
}
