// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/artifact_path.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mlrepro/format/request_target.hpp"

namespace mlrepro::format {
namespace {

constexpr const char* k_run = "0123456789abcdef0123456789abcdef";

TEST(ArtifactPath, KeepsWhatIsOneNameForEverybody)
{
  for (const std::string text : {"", "a", "a/b.txt", "a b/c", "100%.txt", "%zz", "a+b", "..a/b..",
                                 "\xc3\xa9t\xc3\xa9.png", ".hidden", "mm:x"}) {
    EXPECT_EQ(normal_artifact_path(text), text);
  }
}

TEST(ArtifactPath, RefusesWhatMeansSomethingElseToSomebody)
{
  const std::vector<std::string> refused = {"/a",
                                            "a//b",
                                            "a/",
                                            "..",
                                            "../a",
                                            "a/../b",
                                            "a/..",
                                            ".",
                                            "./a",
                                            "a/./b",
                                            "a\\b",
                                            "..\\a",
                                            "C:/x",
                                            "c:x",
                                            "a#b",
                                            "a\nb",
                                            "a\x7f",
                                            "%2e",
                                            "a%2fb",
                                            "%2e%2e/x",
                                            "a%20b",
                                            "%252e%252e%252f",
                                            "\xff",
                                            "a\xc0\xaf",
                                            std::string("a\0b", 3),
                                            "//proc/self/root",
                                            std::string(501, 'a')};
  for (const std::string& text : refused) {
    EXPECT_FALSE(normal_artifact_path(text)) << text;
  }
}

TEST(ArtifactPath, AFolderMayEndWithASlash)
{
  EXPECT_EQ(normal_artifact_folder("a/b/"), "a/b");
  EXPECT_EQ(normal_artifact_folder("a"), "a");
  EXPECT_EQ(normal_artifact_folder(""), "");
  for (const char* text : {"/", "a//", "../", "./", "/a/", "a/../"}) {
    EXPECT_FALSE(normal_artifact_folder(text)) << text;
  }
}

TEST(ArtifactPath, IsDecodedOnce)
{
  EXPECT_EQ(decode_artifact_path("a%20b/c%2Bd"), "a b/c+d");
  EXPECT_EQ(decode_artifact_path("a+b"), "a+b");
  EXPECT_EQ(decode_artifact_path("100%25.txt"), "100%.txt");
  EXPECT_EQ(decode_artifact_path("a%2fb"), "a/b");
  EXPECT_FALSE(decode_artifact_path("a%2520b"));
  EXPECT_FALSE(decode_artifact_path("%2e%2e/x"));
  EXPECT_FALSE(decode_artifact_path("%252E%252E/x"));
  EXPECT_FALSE(decode_artifact_path("a%00b"));
  EXPECT_FALSE(decode_artifact_path("a%5c..%5cb"));
  EXPECT_FALSE(decode_artifact_path("%4"));
}

TEST(ArtifactPath, NamesAnOwnerAndAPathBelowIt)
{
  const std::string run = std::string("7/") + k_run + "/artifacts";
  EXPECT_EQ(parse_artifact_place(run), (ArtifactPlace{ArtifactPlace::Owner::run, "7", k_run, ""}));
  EXPECT_EQ(parse_artifact_place(run + "/m/MLmodel"),
            (ArtifactPlace{ArtifactPlace::Owner::run, "7", k_run, "m/MLmodel"}));
  const std::string model = std::string("m-") + k_run;
  EXPECT_EQ(parse_artifact_place("7/models/" + model + "/artifacts/x"),
            (ArtifactPlace{ArtifactPlace::Owner::model, "7", model, "x"}));
  for (const std::string& text :
       {std::string("7"), std::string("7/abc/artifacts/x"), run + "x", "7/models/" + run,
        std::string("7/") + k_run + "/other/x", "/" + run, std::string()}) {
    EXPECT_FALSE(parse_artifact_place(text)) << text;
  }
}

TEST(ArtifactPath, IsFoundInTheProxysOwnUrisOnly)
{
  const std::string run = std::string("7/") + k_run + "/artifacts/m";
  const ArtifactPlace place{ArtifactPlace::Owner::run, "7", k_run, "m"};
  EXPECT_EQ(parse_artifact_uri("mlflow-artifacts:/" + run), place);
  EXPECT_EQ(parse_artifact_uri("mlflow-artifacts://host:80/" + run), place);
  for (const std::string& uri :
       {"file:///" + run, "/" + run, "http://host/" + run, "mlflow-artifacts:" + run,
        "mlflow-artifacts:/../" + run, "mlflow-artifacts:/" + run + "/../../x",
        std::string("mlflow-artifacts://host")}) {
    EXPECT_FALSE(parse_artifact_uri(uri)) << uri;
  }
}

TEST(RequestTarget, IsAPathAndDecodedPairs)
{
  const auto target = parse_request_target("/a%20b?x=1+2&y=%26&x=3&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a%20b");
  EXPECT_EQ(target->value("x"), "1 2");
  EXPECT_EQ(target->value("y"), "&");
  EXPECT_TRUE(target->has("flag"));
  EXPECT_FALSE(target->has("z"));
  EXPECT_EQ(target->query.size(), 4U);
}

TEST(RequestTarget, IsNothingElse)
{
  for (const std::string text : {"", "*", "a", "http://host/a", "/a b", "/a#b", "/\xc3\xa9",
                                 "/a\x01", "/a?x=%", "/a?%4=1"}) {
    EXPECT_FALSE(parse_request_target(text)) << text;
  }
}

}  // namespace
}  // namespace mlrepro::format
