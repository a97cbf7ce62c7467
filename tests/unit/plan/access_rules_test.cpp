// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/access_rules.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

using model::Interest;

AccessRules rules()
{
  return AccessRules({{"/home/me/p", "/home/me/p"},
                      {"/disk/7/p", "/home/me/p"},
                      {"/mnt/data", "/mnt/data"},
                      {"/home/me/.cache/mine", "/home/me/.cache/mine"}},
                     {"/home/me/p/store"});
}

TEST(AccessRules, FilesOfTheProjectAndOfDataRootsAreInside)
{
  for (const char* path : {"/home/me/p/data/a.csv", "/home/me/p/.env", "/home/me/p/train.py",
                           "/mnt/data", "/mnt/data/x/y", "/home/me/.cache/mine/a"}) {
    const auto sighting = rules().look(path);
    EXPECT_EQ(sighting.interest, Interest::inside) << path;
    EXPECT_EQ(sighting.path, path);
  }
}

TEST(AccessRules, KnowsTheProjectByItsOtherName)
{
  EXPECT_EQ(rules().look("/disk/7/p/data/a.csv").path, "/home/me/p/data/a.csv");
  EXPECT_EQ(rules().look("/disk/7/p").path, "/home/me/p");
}

TEST(AccessRules, ToolsCachesAndTheSystemDoNotCount)
{
  for (const char* path : {"/home/me/p/.git/index",
                           "/home/me/p/a/__pycache__/m.cpython-311.pyc",
                           "/home/me/p/.mlrepro/runs/1/metrics.jsonl",
                           "/home/me/p/store/objects/lock",
                           "/home/me/p/.venv/bin/python",
                           "/home/me/p/env/lib/python3.11/site-packages/numpy/x.py",
                           "/home/me/p/old.pyc",
                           "/mnt/data/.ipynb_checkpoints/a",
                           "/usr/lib/libc.so.6",
                           "/etc/passwd",
                           "/proc/self/maps",
                           "/dev/null",
                           "/tmp/scratch",
                           "/var/tmp/x",
                           "/opt/conda/lib/libz.so",
                           "/home/me/.bashrc",
                           "/home/me/.pyenv/versions/3.11/lib/os.py",
                           "/home/me/R/x86_64-pc-linux-gnu-library/4.2/shop/Meta/package.rds",
                           "/home/me/p/renv/library/R-4.2/x86_64-pc-linux-gnu/shop/R/shop.rdb",
                           "/home/me/miniconda/lib/python3.11/os.py",
                           "/home/me/lib/libmine.so.1"}) {
    EXPECT_EQ(rules().look(path).interest, Interest::none) << path;
  }
}

TEST(AccessRules, OtherFilesOfTheUserAreOutside)
{
  for (const char* path :
       {"/home/me/other/a.csv", "/mnt/database/a", "/mnt/x.parquet",
        "/home/me/.cache/huggingface/hub/models/blob", "/opt/ml/input/data/train.csv",
        "/home/me/p2/a", "/srv/a.some", "/tmp/a.csv", "/var/tmp/x/m.pt.gz", "/srv/R/my-data/x"}) {
    const auto sighting = rules().look(path);
    EXPECT_EQ(sighting.interest, Interest::outside) << path;
    EXPECT_EQ(sighting.path, path);
  }
}

TEST(AccessRules, AProjectBelowASystemFolderIsAProject)
{
  const AccessRules rules({{"/tmp/ci/p", "/tmp/ci/p"}}, {});
  EXPECT_EQ(rules.look("/tmp/ci/p/a.csv").interest, Interest::inside);
  EXPECT_EQ(rules.look("/tmp/ci/q/a.csv").interest, Interest::outside);
  EXPECT_EQ(rules.look("/tmp/ci/q/a").interest, Interest::none);
}

TEST(AccessRules, TheRootFolderAsAProjectIsNotTheSystem)
{
  const AccessRules rules({{"/", "/"}}, {});
  EXPECT_EQ(rules.look("/data/a.csv").interest, Interest::inside);
  EXPECT_EQ(rules.look("/data/a.csv").path, "/data/a.csv");
  EXPECT_EQ(rules.look("/usr/bin/env").interest, Interest::none);
}

TEST(LooksLikeData, ByTheEndOfTheName)
{
  for (const char* path : {"a.csv", "/p/A.PARQUET", "x.csv.gz", "m.tar", "m.pt", "x.tar.zst"}) {
    EXPECT_TRUE(looks_like_data(path)) << path;
  }
  for (const char* path : {"train.py", "params.yaml", "README", "csv", ".csv", "a.csv/run.sh"}) {
    EXPECT_FALSE(looks_like_data(path)) << path;
  }
}

}  // namespace
}  // namespace mlrepro::plan
