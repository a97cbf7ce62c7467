// SPDX-License-Identifier: Apache-2.0
#include "storage/chunker.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/sample_bytes.hpp"

namespace mlrepro::storage {
namespace {

using testing::sample_bytes;

std::vector<std::size_t> cuts(ByteView content)
{
  std::vector<std::size_t> sizes;
  while (!content.empty()) {
    sizes.push_back(cut_piece(content));
    content = content.subspan(sizes.back());
  }
  return sizes;
}

// From a second implementation, in Python, of what docs/format.md says.
TEST(Chunker, CutsWhereTheFormatSays)
{
  EXPECT_EQ(cuts(sample_bytes(2'000'000, 1)),
            (std::vector<std::size_t>{184259, 201788, 145251, 51529, 168111, 136810, 163324, 135454,
                                      167001, 210164, 154318, 133357, 148634}));
  EXPECT_EQ(cuts(sample_bytes(900'000, 42)),
            (std::vector<std::size_t>{161916, 159013, 150107, 165461, 192851, 70652}));
  EXPECT_EQ(cuts(Bytes(1'100'000)), (std::vector<std::size_t>{524288, 524288, 51424}));
  std::string rows;
  for (std::uint64_t i = 0; i < 60'000; ++i) {
    rows += std::to_string(i) + ",row," + std::to_string(i * i) + "\n";
  }
  EXPECT_EQ(cuts(std::as_bytes(std::span(rows))),
            (std::vector<std::size_t>{111933, 158068, 165732, 134968, 81637, 173179, 149010, 157244,
                                      70870}));
}

TEST(Chunker, DoesNotCutShortContent)
{
  for (const std::size_t size : {std::size_t{1}, std::size_t{63}, k_min_piece - 1, k_min_piece}) {
    EXPECT_EQ(cut_piece(Bytes(size)), size);
  }
  EXPECT_GT(cut_piece(sample_bytes(k_min_piece + 1, 3)), k_min_piece);
}

TEST(Chunker, SeesNoFurtherThanALargestPiece)
{
  const Bytes content = sample_bytes(3 * k_max_piece, 5);
  EXPECT_EQ(cut_piece(content), cut_piece(ByteView(content).first(k_max_piece)));
}

TEST(Chunker, FindsItsCutsAgainAfterAnInsertion)
{
  const Bytes content = sample_bytes(4'000'000, 6);
  Bytes longer = content;
  longer.insert(longer.begin() + 1'000'000, 777, std::byte{'x'});
  const auto ends = [](ByteView bytes) {
    std::set<std::size_t> from_end;
    std::size_t left = bytes.size();
    for (const std::size_t size : cuts(bytes)) {
      left -= size;
      from_end.insert(left);
    }
    return from_end;
  };
  const auto old_ends = ends(content);
  std::size_t found = 0;
  for (const std::size_t end : ends(longer)) {
    found += old_ends.contains(end) ? 1U : 0U;
  }
  EXPECT_GE(found + 8, old_ends.size()) << "of " << old_ends.size();
}

}  // namespace
}  // namespace mlrepro::storage
