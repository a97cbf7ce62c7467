// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/evaluation_file.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace mlrepro::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EvaluationFile, MatrixOfPandas)
{
  // pandas.DataFrame(confusion_matrix(y, p), index=names, columns=names).to_csv(…)
  const auto found = read_evaluation("cm.csv", ",cat,\"dog, big\"\ncat,5,1\n\"dog, big\",2,7\n");
  ASSERT_TRUE(found.matrix);
  EXPECT_THAT(found.matrix->labels, ElementsAre("cat", "dog, big"));
  EXPECT_THAT(found.matrix->values, ElementsAre(5, 1, 2, 7));
  EXPECT_TRUE(read_evaluation("cm.tsv", "true\tx\ty\nx\t0\t1\ny\t1\t0\n").matrix);
}

TEST(EvaluationFile, ATableThatOnlyLooksLikeAMatrixIsNone)
{
  // Correlations, other names down than across, not square, shares in a file of another name.
  EXPECT_TRUE(read_evaluation("corr.csv", ",x,y\nx,1,-0.5\ny,-0.5,1\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", ",x,y\nx,1,2\nz,3,4\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", ",x,y\nx,1,2\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", ",x,y\nx,1,2\ny,3,4\nz,5,6\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", ",x,y\nx,0.5,0.5\ny,0,1\n").empty());
  EXPECT_TRUE(read_evaluation("confusion.csv", ",x,y\nx,0.5,-0.5\ny,0,1\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", ",x\nx,5\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", "").empty());
  EXPECT_TRUE(read_evaluation("t.csv", "1,2\n3,4\n").empty());
  EXPECT_TRUE(read_evaluation("t.csv", "a,\"b\n").empty());
}

TEST(EvaluationFile, TheNameAllowsSharesAndBareNumbers)
{
  EXPECT_TRUE(read_evaluation("Confusion.csv", ",x,y\nx,0.5,0.5\ny,0,1\n").matrix);
  // numpy.savetxt("…", matrix, delimiter=",")
  const auto bare = read_evaluation("a/confusion_matrix.csv", "1.0e+01,2\n3,4\n");
  ASSERT_TRUE(bare.matrix);
  EXPECT_THAT(bare.matrix->labels, ElementsAre("0", "1"));
  EXPECT_THAT(bare.matrix->values, ElementsAre(10, 2, 3, 4));
}

TEST(EvaluationFile, MatrixOfJson)
{
  const auto named =
      read_evaluation("m.json", R"({"labels": ["n", "p"], "matrix": [[3, 1], [0, 6]]})");
  ASSERT_TRUE(named.matrix);
  EXPECT_THAT(named.matrix->labels, ElementsAre("n", "p"));
  EXPECT_TRUE(read_evaluation("m.json", R"({"confusion_matrix": [[3, 1], [0, 6]]})").matrix);
  EXPECT_TRUE(read_evaluation("confusion.json", "[[3, 1], [0, 6]]").matrix);
  EXPECT_TRUE(read_evaluation("m.json", "[[3, 1], [0, 6]]").empty());
  EXPECT_TRUE(
      read_evaluation("m.json", R"({"columns":["x","y"],"index":["x","y"],"data":[[1,0],[0,1]]})")
          .matrix);
  EXPECT_TRUE(
      read_evaluation("m.json", R"({"labels": ["n"], "matrix": [[3, 1], [0, 6]]})").empty());
  EXPECT_TRUE(read_evaluation("m.json", R"({"matrix": [[3, 1], [0]]})").empty());
  EXPECT_TRUE(read_evaluation("m.json", R"({"matrix": [[3, "x"], [0, 1]]})").empty());
  EXPECT_TRUE(read_evaluation("m.json", "{").empty());
}

TEST(EvaluationFile, TrueClassesStandDownWhicheverWayTheFileHasThem)
{
  const auto said = read_evaluation("t.csv", ",actual_n,actual_p\npred_n,3,1\npred_p,0,6\n");
  ASSERT_TRUE(said.matrix);
  EXPECT_THAT(said.matrix->labels, ElementsAre("n", "p"));
  EXPECT_THAT(said.matrix->values, ElementsAre(3, 0, 1, 6));
  const auto corner = read_evaluation("t.csv", "Predicted,n,p\nn,3,1\np,0,6\n");
  ASSERT_TRUE(corner.matrix);
  EXPECT_THAT(corner.matrix->values, ElementsAre(3, 0, 1, 6));
  EXPECT_TRUE(read_evaluation("t.csv", ",pred_n,pred_p\npred n,3,1\npred p,0,6\n").empty());
  // Two classes of these very names.
  EXPECT_THAT(read_evaluation("t.csv", ",true,pred\ntrue,3,1\npred,0,6\n").matrix->labels,
              ElementsAre("true", "pred"));
}

TEST(EvaluationFile, SumsBesideAMatrixAreNoClass)
{
  const auto found = read_evaluation("t.csv", "true,a,b,All\na,3,1,4\nb,0,6,6\nAll,3,7,10\n");
  ASSERT_TRUE(found.matrix);
  EXPECT_THAT(found.matrix->labels, ElementsAre("a", "b"));
  EXPECT_THAT(found.matrix->values, ElementsAre(3, 1, 0, 6));
  // A class that is called so.
  EXPECT_EQ(
      read_evaluation("t.csv", ",a,b,all\na,3,1,5\nb,0,6,6\nall,3,7,10\n").matrix->labels.size(),
      3U);
}

TEST(EvaluationFile, TooManyClassesAreCountedAndNotKept)
{
  std::string text = "[";
  for (std::size_t i = 0; i <= k_most_classes; ++i) {
    text += i == 0 ? "[0" : ",[0";
    for (std::size_t k = 0; k < k_most_classes; ++k) {
      text += ",1";
    }
    text += "]";
  }
  const auto found = read_evaluation("confusion.json", text + "]");
  EXPECT_FALSE(found.matrix);
  EXPECT_EQ(found.too_many_classes, k_most_classes + 1);
}

TEST(EvaluationFile, RocOfCsv)
{
  const auto found = read_evaluation(
      "roc.csv", "thresholds,fpr,tpr\ninf,0.0,0.0\n0.9,0.0,0.5\n0.4,0.5,1.0\n0.1,1.0,1.0\n");
  ASSERT_EQ(found.curves.size(), 1U);
  const model::RateCurve& curve = found.curves.front();
  EXPECT_EQ(curve.kind, model::RateKind::roc);
  EXPECT_THAT(curve.x, ElementsAre(0, 0, 0.5, 1));
  EXPECT_THAT(curve.y, ElementsAre(0, 0.5, 1, 1));
  EXPECT_EQ(curve.thresholds.size(), 4U);
  EXPECT_TRUE(std::isinf(curve.thresholds.front()));
  EXPECT_DOUBLE_EQ(curve.area, 0.875);
}

TEST(EvaluationFile, CurvesOfSeveralClasses)
{
  const auto table = read_evaluation("roc.csv", "class,fpr,tpr\nx,0,0\nx,1,1\ny,0,1\ny,1,1\n");
  ASSERT_EQ(table.curves.size(), 2U);
  EXPECT_EQ(table.curves[0].label, "x");
  EXPECT_DOUBLE_EQ(table.curves[0].area, 0.5);
  EXPECT_DOUBLE_EQ(table.curves[1].area, 1);
  const auto json = read_evaluation(
      "roc.json", R"({"x": {"fpr": [0, 1], "tpr": [0, 1], "thresholds": [Infinity, 0]}, "n": 3})");
  ASSERT_EQ(json.curves.size(), 1U);
  EXPECT_EQ(json.curves[0].label, "x");
  EXPECT_EQ(json.curves[0].thresholds.size(), 2U);
}

TEST(EvaluationFile, AveragePrecisionIsTheOneOfScikitLearn)
{
  // precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); average_precision_score: 0.8333…
  const auto found = read_evaluation(
      "pr.json",
      R"({"precision": [0.5, 0.6666666666666666, 0.5, 1.0, 1.0], "recall": [1.0, 1.0, 0.5, 0.5, 0.0],
          "thresholds": [0.1, 0.35, 0.4, 0.8]})");
  ASSERT_EQ(found.curves.size(), 1U);
  EXPECT_EQ(found.curves[0].kind, model::RateKind::precision_recall);
  EXPECT_NEAR(found.curves[0].area, 0.8333333333333333, 1e-12);
  EXPECT_TRUE(std::isnan(found.curves[0].thresholds.back()));
}

TEST(EvaluationFile, NoTreeIsMadeOfWhatCanHoldNone)
{
  std::string numbers = "[1";
  while (numbers.size() < 9'000'000) {
    numbers += ",1";
  }
  EXPECT_TRUE(
      read_evaluation("a.json", "{\"matrix\": [[1,0],[0,1]], \"x\": " + numbers + "]}").empty());
  numbers.resize(1'000'000);
  EXPECT_TRUE(read_evaluation("a.json", numbers + "]").empty());
  EXPECT_TRUE(
      read_evaluation("a.json", "{\"MATRIX\": [[1,0],[0,1]], \"x\": " + numbers + "]}").matrix);
}

TEST(EvaluationFile, WhatIsNoCurveIsNone)
{
  EXPECT_TRUE(read_evaluation("roc.csv", "fpr,tpr\n0,0\n2,1\n").empty());
  EXPECT_TRUE(read_evaluation("roc.csv", "fpr,tpr\n0,0\nx,1\n").empty());
  EXPECT_TRUE(read_evaluation("roc.csv", "fpr,tpr\n0,0\n").empty());
  EXPECT_TRUE(read_evaluation("roc.csv", "fpr,tpr\n0,0\n0.5\n").empty());
  EXPECT_TRUE(
      read_evaluation("report.csv", "class,precision,recall\nx,0.5,0.6\ny,0.7,0.8\n").empty());
  EXPECT_TRUE(read_evaluation("roc.json", R"({"fpr": [0, 1], "tpr": [0]})").empty());
}

TEST(EvaluationFile, LongCurvesAreThinnedAndTheirAreaIsOfAllPoints)
{
  std::string text = "fpr,tpr\n";
  constexpr int k_points = 100'000;
  for (int i = 0; i <= k_points; ++i) {
    const double x = static_cast<double>(i) / k_points;
    text += std::to_string(x) + "," + std::to_string(std::sqrt(x)) + "\n";
  }
  const auto found = read_evaluation("roc.csv", text);
  ASSERT_EQ(found.curves.size(), 1U);
  const model::RateCurve& curve = found.curves.front();
  EXPECT_EQ(curve.points, 100'001U);
  EXPECT_LT(curve.x.size(), 4100U);
  EXPECT_GT(curve.x.size(), 500U);
  EXPECT_EQ(curve.x.front(), 0);
  EXPECT_EQ(curve.x.back(), 1);
  EXPECT_NEAR(curve.area, 2.0 / 3, 1e-4);
}

TEST(EvaluationFile, PicturesAreKnownByTheirFirstBytes)
{
  EXPECT_EQ(picture_type("\x89PNG\r\n\x1a\nrest"), "image/png");
  EXPECT_EQ(picture_type("\xff\xd8\xff\xe0"), "image/jpeg");
  EXPECT_EQ(picture_type("GIF89a"), "image/gif");
  EXPECT_EQ(picture_type(std::string("RIFF\x10\0\0\0WEBPVP8 ", 16)), "image/webp");
  EXPECT_THAT(picture_type("RIFF1234WAVE"), IsEmpty());
  EXPECT_EQ(picture_type("<svg onload=alert(1)>"), "image/svg+xml");
  EXPECT_EQ(
      picture_type("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- > --><!DOCTYPE svg PUBLIC \"a\" \"b\">"
                   "<svg/>"),
      "image/svg+xml");
  EXPECT_EQ(picture_type("<!DOCTYPE svg [<!ENTITY a '>'>]>\n<svg\n>"), "image/svg+xml");
  EXPECT_THAT(picture_type("<html><svg></svg></html>"), IsEmpty());
  EXPECT_THAT(picture_type("<svgs>"), IsEmpty());
  EXPECT_THAT(picture_type("<svg"), IsEmpty());
  EXPECT_THAT(picture_type("<!-- <svg>"), IsEmpty());
  EXPECT_THAT(picture_type(""), IsEmpty());
}

}  // namespace
}  // namespace mlrepro::format
