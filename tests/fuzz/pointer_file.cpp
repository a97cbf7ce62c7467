// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/pointer_file.hpp"
#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  mlrepro::format::PointerFile pointer;
  if (mlrepro::fuzz::accepts([&] { pointer = mlrepro::format::decode_pointer(text); })) {
    mlrepro::fuzz::require(mlrepro::format::looks_like_pointer(text),
                           "a pointer file looks like one");
    mlrepro::fuzz::require(
        mlrepro::format::decode_pointer(mlrepro::format::encode_pointer(pointer)) == pointer,
        "a pointer is read as it was written");
  }
  return 0;
}
