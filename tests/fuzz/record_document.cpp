// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/record_document.hpp"
#include "fuzz/target.hpp"

using namespace mlrepro;

namespace {

// What is read is written, and read again, as the same.
template <typename Decode, typename Encode>
void round_trip(std::string_view text, Decode decode, Encode encode)
{
  fuzz::accepts([&] {
    const std::string once = encode(decode(text));
    fuzz::require(encode(decode(once)) == once, "a record is read as it was written");
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = fuzz::text_of(bytes, size);
  round_trip(text, format::decode_run_document, format::encode_run_document);
  round_trip(text, format::decode_environment_document, format::encode_environment_document);
  round_trip(text, format::decode_points, [](const std::vector<model::MetricPoint>& points) {
    return format::encode_points(points);
  });
  round_trip(text, format::decode_snapshot_document, format::encode_snapshot_document);
  round_trip(text, format::decode_tombstones, [](const std::vector<model::Tombstone>& stones) {
    return format::encode_tombstones(stones);
  });
  fuzz::accepts([&] {
    for (const auto& input : format::decode_run_document(text).record.run.inputs) {
      fuzz::require(input.path.find("/../") == std::string::npos && !input.path.starts_with("../"),
                    "a path does not climb out");
    }
  });
  return 0;
}
