// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/fold_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using model::FileCheck;
using model::OutputCheck;
using ::testing::ElementsAre;
using ::testing::SizeIs;

OutputCheck folded(std::vector<FileCheck> files)
{
  OutputCheck output;
  output.path = "out";
  output.status = CheckStatus::differs;
  fold_files(std::move(files), output);
  return output;
}

TEST(FoldFiles, AreAsGoodAsTheWorstOfThem)
{
  const FileCheck same_content = {"a.gz", CheckStatus::same_content, {"time"}, {}};
  const FileCheck close = {"p.csv", CheckStatus::within_tolerance, {}, {"row 1"}};
  const FileCheck different = {"m.pkl", CheckStatus::differs, {}, {"pickle"}};
  const FileCheck missing = {"n.txt", CheckStatus::missing, {}, {"missing in the replay"}};
  EXPECT_EQ(folded({same_content}).status, CheckStatus::same_content);
  EXPECT_THAT(folded({same_content}).ignored, ElementsAre("time"));
  EXPECT_EQ(folded({same_content, close}).status, CheckStatus::within_tolerance);
  EXPECT_EQ(folded({missing, close}).status, CheckStatus::differs);
  const OutputCheck all = folded({same_content, missing, close, different});
  EXPECT_EQ(all.status, CheckStatus::differs);
  EXPECT_THAT(all.reasons, ElementsAre("'m.pkl': pickle", "'n.txt': missing in the replay"));
  EXPECT_EQ(all.files.front().path, "m.pkl");
  EXPECT_EQ(all.files_not_the_same, 4U);
}

TEST(FoldFiles, AreListedUpToALimit)
{
  const OutputCheck many = folded(std::vector<FileCheck>(30, {"x", CheckStatus::differs, {}, {}}));
  EXPECT_THAT(many.files, SizeIs(model::k_max_listed_files));
  EXPECT_EQ(many.files_not_the_same, 30U);
  EXPECT_THAT(many.reasons, ElementsAre("other content"));
}

}  // namespace
}  // namespace mlrepro::plan
