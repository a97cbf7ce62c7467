// SPDX-License-Identifier: Apache-2.0
#include "storage/recipe.hpp"
#include "fuzz/target.hpp"

using namespace mlrepro;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  fuzz::accepts([&] {
    const storage::Recipe recipe = storage::decode_recipe(std::as_bytes(std::span(bytes, size)));
    const storage::Recipe again = storage::decode_recipe(storage::encode_recipe(recipe));
    fuzz::require(again.nested == recipe.nested && again.length() == recipe.length() &&
                      again.pieces.size() == recipe.pieces.size(),
                  "a recipe is read as it was written");
  });
  return 0;
}
