// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/environment_recipe.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

using RecipeKind = EnvironmentRecipe::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

model::Environment python(std::vector<model::Package> packages)
{
  model::Environment environment;
  environment.interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  environment.packages = std::move(packages);
  return environment;
}

TEST(EnvironmentRecipe, AsksAnIndexForExactVersions)
{
  const auto recipe = plan_environment(python({{"numpy", "1.26.4", "dist-info"},
                                               {"six", "1.16.0", "egg-info"},
                                               {"torch", "2.1.0+cu118", "dist-info"}}));
  EXPECT_EQ(recipe.kind, RecipeKind::venv);
  EXPECT_EQ(recipe.interpreter_version, "3.11.2");
  EXPECT_THAT(recipe.requirements,
              ElementsAre("numpy==1.26.4", "six==1.16.0", "torch==2.1.0+cu118"));
  EXPECT_THAT(recipe.gaps, IsEmpty());
}

TEST(EnvironmentRecipe, AsksWhereAPackageCameFrom)
{
  const auto recipe = plan_environment(
      python({{"a", "1", "vcs https://example.org/a.git@0123abc"},
              {"b", "1", "archive https://example.org/b.whl sha256=" + std::string(64, 'e')},
              {"c", "1", "archive https://example.org/c.tar.gz"}}));
  EXPECT_THAT(recipe.requirements,
              ElementsAre("a @ git+https://example.org/a.git@0123abc",
                          "b @ https://example.org/b.whl#sha256=" + std::string(64, 'e'),
                          "c @ https://example.org/c.tar.gz"));
}

TEST(EnvironmentRecipe, SaysWhatIsNotInTheRecord)
{
  model::Package patched{"scipy", "1.11", "dist-info"};
  patched.modified["scipy/x.py"] = std::nullopt;
  const auto recipe =
      plan_environment(python({{"mine", "0.1", "editable /home/me/mine@0123abc"},
                               {"local", "0.1", "folder /home/me/local"},
                               {"hidden", "1", "vcs https://***@example.org/h.git@0123abc"},
                               patched}));
  EXPECT_THAT(recipe.requirements, ElementsAre("scipy==1.11"));
  EXPECT_THAT(recipe.gaps, ElementsAre(HasSubstr("mine 0.1: it was imported from the folder "
                                                 "/home/me/mine, whose content"),
                                       HasSubstr("local 0.1: it was installed from the folder"),
                                       HasSubstr("hidden 1: its address held a secret"),
                                       HasSubstr("scipy 1.11: files that were changed")));
}

TEST(EnvironmentRecipe, NothingOfARecordBecomesAnOption)
{
  const auto recipe = plan_environment(python({{"--index-url", "1", "dist-info"},
                                               {"a", "1\n--pre", "dist-info"},
                                               {"b", "1 ; x", "dist-info"},
                                               {"c", "1", "vcs --upload-pack=x://y"},
                                               {"d", "1", "archive https://x/y\n-r /etc/passwd"}}));
  // A space ends an address: what stands behind it is taken for the hash, and has none.
  EXPECT_THAT(recipe.requirements, IsEmpty());
  EXPECT_THAT(recipe.gaps, SizeIs(5));
}

TEST(EnvironmentRecipe, OfConda)
{
  const auto recipe = plan_environment(python({{"numpy", "1.26.4", "conda py311h64a7726_0"},
                                               {"python", "3.11.2", "conda"},
                                               {"six", "1.16.0", "dist-info"}}));
  EXPECT_EQ(recipe.kind, RecipeKind::conda);
  EXPECT_THAT(recipe.conda, ElementsAre("numpy=1.26.4=py311h64a7726_0", "python=3.11.2"));
  EXPECT_THAT(recipe.requirements, ElementsAre("six==1.16.0"));
}

TEST(EnvironmentRecipe, WhatCannotBeMadeSaysWhy)
{
  model::Environment r = python({});
  r.interpreter->name = "R";
  EXPECT_EQ(plan_environment(r).kind, RecipeKind::none);
  EXPECT_THAT(plan_environment(r).gaps, ElementsAre(HasSubstr("the record has R")));
  r.interpreter.reset();
  EXPECT_THAT(plan_environment(r).gaps, ElementsAre("the record has no interpreter"));
  model::Environment unknown = python({});
  unknown.interpreter->version = "";
  EXPECT_EQ(plan_environment(unknown).kind, RecipeKind::none);
}

TEST(EnvironmentRecipe, EqualTextMeansEqualEnvironments)
{
  const auto one = plan_environment(python({{"a", "1", "dist-info"}}));
  EXPECT_EQ(one.text(), plan_environment(python({{"a", "1", "egg-info"}})).text());
  EXPECT_NE(one.text(), plan_environment(python({{"a", "2", "dist-info"}})).text());
}

}  // namespace
}  // namespace mlrepro::plan
