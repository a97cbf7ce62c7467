// SPDX-License-Identifier: Apache-2.0
#include "storage/read_ahead.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "mlrepro/model/error.hpp"

namespace mlrepro::storage {
namespace {

LoadedRecord record_number(std::size_t number)
{
  auto block = std::make_shared<DecodedBlock>();
  block->bytes.resize(number + 1);
  block->content = block->bytes;
  return {block, block->content, RecordKind::piece};
}

// Numbers from 0 on, `count` of them; the content's length tells which.
ReadAhead::Load numbers(std::size_t count)
{
  return [count, next = std::size_t{0}]() mutable -> std::optional<LoadedRecord> {
    return next == count ? std::nullopt : std::optional(record_number(next++));
  };
}

TEST(ReadAhead, HandsOutEveryRecordInOrder)
{
  for (const std::size_t count : {0U, 1U, 8U, 9U, 500U}) {
    ReadAhead ahead(numbers(count));
    for (std::size_t number = 0; number < count; ++number) {
      const auto record = ahead.next();
      ASSERT_TRUE(record);
      ASSERT_EQ(record->content.size(), number + 1);
    }
    EXPECT_FALSE(ahead.next());
    EXPECT_FALSE(ahead.next()) << "the end stays the end";
  }
}

TEST(ReadAhead, AnErrorComesInItsPlace)
{
  for (const std::size_t sound : {0U, 3U, 8U, 40U}) {
    ReadAhead ahead([sound, next = std::size_t{0}]() mutable -> std::optional<LoadedRecord> {
      if (next == sound) {
        throw model::Error(model::ErrorKind::corrupt, "damaged");
      }
      return record_number(next++);
    });
    for (std::size_t number = 0; number < sound; ++number) {
      ASSERT_TRUE(ahead.next());
    }
    EXPECT_THROW((void)ahead.next(), model::Error);
  }
}

TEST(ReadAhead, StaysOnlyAFewAhead)
{
  std::atomic<std::size_t> loaded = 0;
  {
    ReadAhead ahead([&]() -> std::optional<LoadedRecord> { return record_number(loaded++); });
    for (std::size_t number = 0; number < 100; ++number) {
      ASSERT_TRUE(ahead.next());
    }
  }
  EXPECT_LT(loaded, 120U) << "and one who leaves early waits for no more than one";
}

}  // namespace
}  // namespace mlrepro::storage
