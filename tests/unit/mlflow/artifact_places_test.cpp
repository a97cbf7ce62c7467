// SPDX-License-Identifier: Apache-2.0
#include "mlflow/artifact_places.hpp"

#include <gtest/gtest.h>

#include "mlflow/version_source.hpp"

namespace mlrepro::mlflow {
namespace {

const std::string k_id = "0123456789abcdef0123456789abcdef";
const std::vector<ArtifactRoot> k_roots = {{"/given", true}, {"/home/me/mlruns", false}};

ArtifactPlaces of(const std::string& uri)
{
  return artifact_places({"7", k_id, false, uri}, "/home/me", k_roots);
}

bool has(const ArtifactPlaces& places, std::size_t root, const std::string& folder)
{
  for (const FolderInRoot& place : places.candidates) {
    if (place == FolderInRoot{root, folder}) {
      return true;
    }
  }
  return false;
}

TEST(ArtifactPlaces, APathInARootIsTheFirstChoice)
{
  for (const std::string& prefix :
       std::vector<std::string>{"/home/me/mlruns/", "file:///home/me/mlruns/", "mlruns/",
                                "./mlruns/", "file:/home/me/mlruns/"}) {
    const auto places = of(prefix + "other/" + k_id + "/files");
    EXPECT_TRUE(places.inside) << prefix;
    ASSERT_FALSE(places.candidates.empty());
    EXPECT_EQ(places.candidates.front(), (FolderInRoot{1, "other/" + k_id + "/files"})) << prefix;
  }
}

TEST(ArtifactPlaces, WhatLiesElsewhereIsLookedForByTheEndOfItsPath)
{
  const auto places = of("s3://bucket/team/7/" + k_id + "/artifacts");
  EXPECT_EQ(places.scheme, ArtifactScheme::remote);
  EXPECT_FALSE(places.inside);
  EXPECT_TRUE(has(places, 0, "team/7/" + k_id + "/artifacts"));
  EXPECT_TRUE(has(places, 0, "7/" + k_id + "/artifacts"));
  EXPECT_TRUE(has(places, 0, k_id + "/artifacts"));
  EXPECT_FALSE(has(places, 0, "artifacts"));
  EXPECT_EQ(of("mlflow-artifacts://host:5000/7/" + k_id + "/artifacts").scheme,
            ArtifactScheme::proxied);
}

TEST(ArtifactPlaces, NothingOutsideOfTheRootsIsEverNamed)
{
  const std::vector<std::string> uris = {"file:///etc",
                                         "/home/me/.ssh",
                                         "../../etc",
                                         "mlruns/../.ssh/" + k_id,
                                         "mlflow-artifacts:/../../" + k_id + "/artifacts",
                                         "file:///home/me/mlruns/%2e%2e/x"};
  for (const std::string& uri : uris) {
    const auto places = of(uri);
    EXPECT_FALSE(places.inside) << uri;
    for (const FolderInRoot& place : places.candidates) {
      EXPECT_EQ(place.folder.find(".."), std::string::npos) << uri;
      EXPECT_FALSE(place.folder.starts_with('/')) << uri;
      EXPECT_NE(place.folder.find(k_id), std::string::npos) << uri;
    }
  }
}

TEST(ArtifactPlaces, ARootIsNotTheFolderThatItsNameBegins)
{
  EXPECT_FALSE(of("/home/me/mlruns-old/7/" + k_id + "/artifacts").inside);
  EXPECT_TRUE(of("/home/me/mlruns").inside);
}

TEST(ArtifactPlaces, ALoggedModelHasItsOwn)
{
  const auto places = artifact_places({"7", "m-1", true, ""}, "/home/me", k_roots);
  EXPECT_TRUE(has(places, 1, "7/models/m-1/artifacts"));
}

TEST(ArtifactPlaces, ADriveIsNoScheme)
{
  EXPECT_EQ(uri_scheme("C:\\x"), "");
  EXPECT_EQ(uri_scheme("s3://b"), "s3");
  EXPECT_EQ(uri_scheme("a/b:c"), "");
}

TEST(VersionSource, IsWhereTheArtifactsAreHere)
{
  const auto id = *model::RunId::parse(k_id);
  const RunsHere runs = {{k_id, {id, 3}}};
  const std::set<std::string> models = {"m-1"};
  const std::string here = "mlflow-artifacts:/3/" + k_id + "/artifacts";
  EXPECT_EQ(source_here("/old/mlruns/7/" + k_id + "/artifacts/model", runs, models),
            here + "/model");
  EXPECT_EQ(source_here("mlflow-artifacts:/7/" + k_id + "/artifacts", runs, models), here);
  EXPECT_EQ(source_here("file:///a/7/models/m-1/artifacts/x", runs, models), "models:/m-1/x");
  EXPECT_EQ(source_here("models:/m-2", runs, models), "models:/m-2");
  EXPECT_FALSE(source_here("s3://bucket/model", runs, models));
  EXPECT_FALSE(source_here("/a/" + std::string(32, 'f') + "/artifacts/model", runs, models));
}

}  // namespace
}  // namespace mlrepro::mlflow
