// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_models.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::mlflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

ExportedModel model_of(const std::string& id, const std::string& name, std::int64_t made_ms)
{
  ExportedModel made;
  made.model.id = id;
  made.model.name = name;
  made.model.created_at = {made_ms};
  made.files["MLmodel"] = {};
  return made;
}

std::map<std::string, std::string> uris_of(const std::vector<ExportedModel>& models)
{
  std::map<std::string, std::string> uris;
  for (const auto& [id, source] : sources_in_run(models, "root")) {
    uris[id] = source.uri;
  }
  return uris;
}

TEST(ExportModelsTest, ModelsOfOneNameHaveAFolderEachInTheRun)
{
  const std::vector<ExportedModel> models = {model_of("m-a", "net", 2), model_of("m-b", "net", 1),
                                             model_of("m-c", "tree", 3)};
  ExportedRun run;
  add_files_of(models, run);
  EXPECT_THAT(run.files,
              ElementsAre(Key("net-m-a/MLmodel"), Key("net/MLmodel"), Key("tree/MLmodel")));
  EXPECT_THAT(run.differences, IsEmpty());
  EXPECT_THAT(uris_of(models), ElementsAre(Pair("m-a", "root/net-m-a"), Pair("m-b", "root/net"),
                                           Pair("m-c", "root/tree")));
}

TEST(ExportModelsTest, NoModelsNameLeadsOutOfTheRun)
{
  const std::vector<ExportedModel> models = {model_of("m-a", "../../other/artifacts", 1)};
  ExportedRun run;
  add_files_of(models, run);
  EXPECT_THAT(run.files, IsEmpty());
  EXPECT_THAT(run.differences,
              ElementsAre("file '../../other/artifacts/MLmodel': no path that MLflow takes"));
  EXPECT_THAT(uris_of(models), IsEmpty());
}

}  // namespace
}  // namespace mlrepro::mlflow
