// SPDX-License-Identifier: Apache-2.0
#include "storage/recipe.hpp"

#include <gtest/gtest.h>

#include "support/error_of.hpp"

namespace mlrepro::storage {
namespace {

Recipe sample()
{
  Recipe recipe;
  for (unsigned i = 0; i < 4; ++i) {
    model::Digest::Bytes bytes{};
    bytes[0] = static_cast<std::uint8_t>(i);
    recipe.pieces.push_back({model::Digest(bytes), std::uint64_t{1} << (13 * i)});
  }
  return recipe;
}

TEST(Recipe, ComesBack)
{
  for (const bool nested : {false, true}) {
    Recipe recipe = sample();
    recipe.nested = nested;
    const Recipe again = decode_recipe(encode_recipe(recipe));
    EXPECT_EQ(again.nested, nested);
    ASSERT_EQ(again.pieces.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(again.pieces[i].key, recipe.pieces[i].key);
      EXPECT_EQ(again.pieces[i].length, recipe.pieces[i].length);
    }
    EXPECT_EQ(again.length(), recipe.length());
  }
  EXPECT_TRUE(decode_recipe(encode_recipe({})).pieces.empty());
}

TEST(Recipe, CutShortOrContinuedItIsRefused)
{
  Bytes bytes = encode_recipe(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(testing::error_of([&] { (void)decode_recipe(ByteView(bytes).first(size)); }).kind(),
              model::ErrorKind::corrupt);
  }
  bytes.push_back({});
  EXPECT_THROW((void)decode_recipe(bytes), model::Error);
}

TEST(Recipe, ImpossibleLengthsAndCountsAreRefused)
{
  Recipe recipe = sample();
  recipe.pieces[1].length = 0;
  EXPECT_THROW((void)decode_recipe(encode_recipe(recipe)), model::Error);
  recipe.pieces[1].length = ~std::uint64_t{0} >> 2U;
  EXPECT_THROW((void)decode_recipe(encode_recipe(recipe)), model::Error);
  Bytes huge = {std::byte{1}, std::byte{0}};
  huge.insert(huge.end(), 8, std::byte{0xFF});
  huge.push_back(std::byte{0x01});
  EXPECT_THROW((void)decode_recipe(huge), model::Error) << "a count beyond what is there";
  Bytes version = encode_recipe(sample());
  version[0] = std::byte{2};
  EXPECT_THROW((void)decode_recipe(version), model::Error);
}

}  // namespace
}  // namespace mlrepro::storage
