// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/environment_items.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

TEST(EnvironmentItem, IsWhatAFilterMeans)
{
  model::Environment environment;
  environment.os = "Debian";
  environment.threads = 8;
  environment.memory_bytes = 16;
  environment.interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  environment.packages = {{"Scikit_Learn", "1.5", ""}, {"numpy", "1.26.4", ""}};
  environment.variables = {{"OMP_NUM_THREADS", "4"}, {"numpy", "no package"}};
  environment.facts = {{"blas", "openblas"}};
  const std::vector<std::pair<std::string, std::optional<std::string>>> cases = {
      {"os", "Debian"},         {"arch", std::nullopt},
      {"threads", "8"},         {"memory_bytes", "16"},
      {"numpy", "1.26.4"},      {"NumPy", "1.26.4"},
      {"scikit.learn", "1.5"},  {"python", "3.11.2"},
      {"OMP_NUM_THREADS", "4"}, {"omp_num_threads", std::nullopt},
      {"blas", "openblas"},     {"torch", std::nullopt}};
  for (const auto& [name, value] : cases) {
    EXPECT_EQ(environment_item(environment, name), value) << name;
  }
  EXPECT_EQ(environment_item({}, "python"), std::nullopt);
}

TEST(EnvironmentItems, AreWhatCanBeFoundAndNothingElse)
{
  model::Environment environment;
  environment.os = "Debian";
  environment.threads = 8;
  environment.interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  environment.packages = {
      {"Scikit_Learn", "1.5", ""}, {"scikit.learn", "1.4", ""}, {"numpy", "2", ""}};
  environment.variables = {{"OMP_NUM_THREADS", "4"}, {"NumPy", "no"}, {"python", "no"}};
  environment.facts = {{"blas", "openblas"}, {"OMP_NUM_THREADS", "no"}};
  const auto items = environment_items(environment);
  for (const EnvironmentItem& item : items) {
    EXPECT_EQ(environment_item(environment, item.name), item.value) << item.name;
  }
  using Kind = EnvironmentItemKind;
  EXPECT_THAT(items, ::testing::ElementsAre(EnvironmentItem{Kind::field, "os", "Debian"},
                                            EnvironmentItem{Kind::field, "threads", "8"},
                                            EnvironmentItem{Kind::field, "memory_bytes", "0"},
                                            EnvironmentItem{Kind::package, "scikit-learn", "1.5"},
                                            EnvironmentItem{Kind::package, "numpy", "2"},
                                            EnvironmentItem{Kind::other, "python", "3.11.2"},
                                            EnvironmentItem{Kind::other, "OMP_NUM_THREADS", "4"},
                                            EnvironmentItem{Kind::other, "blas", "openblas"}));
}

}  // namespace
}  // namespace mlrepro::plan
