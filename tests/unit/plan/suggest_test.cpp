// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/suggest.hpp"

#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

struct SuggestCase {
  std::string a, b;
  std::size_t distance;
};

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps)
{
  const std::vector<SuggestCase> cases = {
      {"", "", 0},         {"a", "", 1},      {"abc", "abc", 0},        {"abc", "abd", 1},
      {"abc", "acb", 1},   {"ab", "ba", 1},   {"kitten", "sitting", 3}, {"snapshot", "snapshto", 1},
      {"abcd", "badc", 2}, {"run", "rnu2", 2}};
  for (const SuggestCase& item : cases) {
    EXPECT_EQ(edit_distance(item.a, item.b), item.distance) << item.a << " " << item.b;
    EXPECT_EQ(edit_distance(item.b, item.a), item.distance) << item.b << " " << item.a;
  }
}

TEST(Suggest, NamesTheNearestOrNothing)
{
  const std::vector<std::string> verbs = {"run",  "log",       "snapshot", "list",
                                          "show", "reproduce", "restore"};
  EXPECT_EQ(nearest("snapsot", verbs), "snapshot");
  EXPECT_EQ(nearest("rnu", verbs), "run");
  EXPECT_EQ(nearest("repro", verbs), "reproduce");
  EXPECT_EQ(nearest("lsit", verbs), "list");
  EXPECT_EQ(nearest("frobnicate", verbs), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
  EXPECT_EQ(nearest("show", verbs), "show");
}

TEST(Suggest, AsksOrStaysSilent)
{
  EXPECT_EQ(did_you_mean("snapsot", {"snapshot"}), "did you mean 'snapshot'?");
  EXPECT_EQ(did_you_mean("zzz", {"snapshot"}), "");
}

}  // namespace
}  // namespace mlrepro::plan
