// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/collection.hpp"

#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

using model::PackFate;
using model::PackUse;

constexpr std::uint64_t k_mb = 1024 * 1024;

TEST(FateOfPack, FollowsWhatIsNeededOfIt)
{
  struct Case {
    const char* what;
    PackUse use;  // needed, unneeded, needed bytes, unneeded bytes, must change
    PackFate worthwhile;
    PackFate complete;
  };
  const Case cases[] = {
      {"all needed", {9, 0, k_mb, 0, false}, PackFate::leave, PackFate::leave},
      {"nothing needed", {0, 9, 0, k_mb, false}, PackFate::remove, PackFate::remove},
      {"empty files only", {0, 1, 0, 0, false}, PackFate::remove, PackFate::remove},
      {"an empty file needed", {1, 1, 0, k_mb, false}, PackFate::rewrite, PackFate::rewrite},
      {"small, a bit", {9, 1, k_mb, 1, false}, PackFate::rewrite, PackFate::rewrite},
      {"big, a bit", {9, 1, 100 * k_mb, k_mb, false}, PackFate::leave, PackFate::rewrite},
      {"big, a tenth", {9, 1, 90 * k_mb, 10 * k_mb, false}, PackFate::rewrite, PackFate::rewrite},
      {"big, must", {9, 0, 100 * k_mb, 0, true}, PackFate::rewrite, PackFate::rewrite},
      {"nothing needed, must", {0, 1, 0, k_mb, true}, PackFate::remove, PackFate::remove},
  };
  for (const Case& item : cases) {
    EXPECT_EQ(fate_of_pack(item.use, Thoroughness::worthwhile), item.worthwhile) << item.what;
    EXPECT_EQ(fate_of_pack(item.use, Thoroughness::complete), item.complete) << item.what;
  }
}

TEST(IsExpired, CountsFromWhenItWasThrownAway)
{
  EXPECT_FALSE(is_expired({1000}, {1999}, 1000));
  EXPECT_TRUE(is_expired({1000}, {2000}, 1000));
  EXPECT_TRUE(is_expired({1000}, {1000}, 0));
  EXPECT_FALSE(is_expired({5000}, {1000}, 1000)) << "a clock that was set back";
}

}  // namespace
}  // namespace mlrepro::plan
