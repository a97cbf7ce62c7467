// SPDX-License-Identifier: Apache-2.0
#include "versioning/work_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace mlrepro::versioning {
namespace {

TEST(WorkPool, DoesEachItemOnce)
{
  for (const unsigned threads : {1U, 2U, 8U}) {
    WorkPool pool(threads);
    for (const std::size_t count : {0UL, 1UL, 2UL, 1000UL}) {
      std::vector<std::atomic<int>> done(count);
      pool.run(count, [&](std::size_t i) { ++done[i]; });
      for (const auto& item : done) {
        EXPECT_EQ(item, 1);
      }
    }
  }
}

TEST(WorkPool, OneThreadGoesInOrder)
{
  WorkPool pool(1);
  std::vector<std::size_t> order;
  pool.run(5, [&](std::size_t i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

void descend(WorkPool& pool, int depth, std::atomic<int>& leaves)
{
  if (depth == 0) {
    ++leaves;
    return;
  }
  pool.run(3, [&](std::size_t) { descend(pool, depth - 1, leaves); });
}

TEST(WorkPool, LoopsWithinLoops)
{
  WorkPool pool(4);
  std::atomic<int> leaves{0};
  descend(pool, 7, leaves);
  EXPECT_EQ(leaves, 2187);
}

TEST(WorkPool, TheFirstErrorEndsItsLoopAndTheOuterOnes)
{
  for (const unsigned threads : {1U, 4U}) {
    WorkPool pool(threads);
    std::atomic<int> after{0};
    EXPECT_THROW(pool.run(4,
                          [&](std::size_t outer) {
                            pool.run(1000, [&](std::size_t inner) {
                              if (outer == 1 && inner == 10) {
                                throw std::runtime_error("x");
                              }
                              after += outer == 1 && inner > 100 ? 1 : 0;
                            });
                          }),
                 std::runtime_error);
    EXPECT_LT(after, 900);
    std::atomic<int> done{0};
    pool.run(10, [&](std::size_t) { ++done; });
    EXPECT_EQ(done, 10) << "the pool goes on";
  }
}

}  // namespace
}  // namespace mlrepro::versioning
