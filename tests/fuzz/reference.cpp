// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/reference.hpp"
#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  mlrepro::plan::Reference reference;
  if (mlrepro::fuzz::accepts([&] { reference = mlrepro::plan::parse_reference(text); })) {
    mlrepro::fuzz::require(reference.position >= 1, "counting starts at 1");
    mlrepro::fuzz::require(
        !reference.word.empty() || reference.kind == mlrepro::plan::Reference::Kind::latest,
        "a reference names something");
  }
  return 0;
}
