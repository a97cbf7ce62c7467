// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/environment_probe.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>

#include "capture/local_environment_probe.hpp"
#include "capture/python_installation.hpp"
#include "capture/python_packages.hpp"
#include "support/scoped_variable.hpp"
#include "support/scripted_environment_probe.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;
using capture::find_installation;
using capture::installed_packages;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using testing::ScopedVariable;
using testing::write_text;

// Fixtures of Python installations. No program in them could be started: they are empty files.
class PythonTree {
 public:
  PythonTree() { add_program("usr/bin/python3.11"); }

  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }
  void add_program(const std::string& name) const
  {
    write_text(folder_ / name, "");
    fs::permissions(folder_ / name, fs::perms(0755));
  }
  void add_dist(const std::string& site, const std::string& name, const std::string& version) const
  {
    write_text(folder_ / (site + "/" + name + "-" + version + ".dist-info/METADATA"),
               "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version +
                   "\nSummary: Name: x\n\nName: no\n");
  }
  // A virtual environment on top of usr/bin/python3.11.
  void add_venv(const std::string& name, bool shared,
                const std::string& version_key = "version") const
  {
    fs::create_directories(folder_ / (name + "/bin"));
    fs::create_directories(folder_ / (name + "/lib/python3.11/site-packages"));
    fs::create_symlink(folder_ / "usr/bin/python3.11", folder_ / (name + "/bin/python"));
    write_text(folder_ / (name + "/pyvenv.cfg"),
               "home = " + (folder_ / "usr/bin") + "\ninclude-system-site-packages = " +
                   (shared ? "true" : "false") + "\n" + version_key + " = 3.11.2\n");
  }

 private:
  testing::TempDir folder_;
  ScopedVariable python_path_{"PYTHONPATH", std::nullopt};
  ScopedVariable no_user_site_{"PYTHONNOUSERSITE", std::nullopt};
  ScopedVariable home_{"HOME", folder_ / "home"};
};

struct ProbeUnderTest {
  virtual ~ProbeUnderTest() = default;
  // The interpreter of a virtual environment that has numpy 1.26.4 and no other package.
  virtual ports::ProbeRequest request() = 0;
  virtual ports::EnvironmentProbe& probe() = 0;
};

class LocalProbe final : public ProbeUnderTest {
 public:
  LocalProbe()
  {
    tree_.add_venv("venv", false);
    tree_.add_dist("venv/lib/python3.11/site-packages", "numpy", "1.26.4");
  }
  ports::ProbeRequest request() override
  {
    return {{"venv/bin/python", "train.py"}, tree_ / "venv/bin/python", tree_ / "", {}, true};
  }
  ports::EnvironmentProbe& probe() override { return probe_; }

 private:
  PythonTree tree_;
  ScopedVariable threads_{"OMP_NUM_THREADS", "2"};
  capture::LocalEnvironmentProbe probe_;
};

class FakeProbe final : public ProbeUnderTest {
 public:
  FakeProbe() { probe_.environment.packages = {{"numpy", "1.26.4", "dist-info"}}; }
  ports::ProbeRequest request() override { return {{"python"}, "/usr/bin/python3", "/", {}, true}; }
  ports::EnvironmentProbe& probe() override { return probe_; }

 private:
  testing::ScriptedEnvironmentProbe probe_;
};

struct ProbeKind {
  const char* name;
  std::function<std::unique_ptr<ProbeUnderTest>()> make;
};

class EnvironmentProbeContract : public ::testing::TestWithParam<ProbeKind> {
 protected:
  std::unique_ptr<ProbeUnderTest> under_test_ = GetParam().make();
};

TEST_P(EnvironmentProbeContract, TellsInterpreterPackagesAndVariables)
{
  const auto environment = under_test_->probe().read(under_test_->request());
  ASSERT_TRUE(environment.interpreter);
  EXPECT_EQ(environment.interpreter->name, "python");
  EXPECT_EQ(environment.interpreter->version, "3.11.2");
  EXPECT_EQ(environment.interpreter->path, under_test_->request().program);
  EXPECT_THAT(environment.packages, ElementsAre(model::Package{"numpy", "1.26.4", "dist-info"}));
  EXPECT_THAT(environment.variables, Contains(Pair("OMP_NUM_THREADS", "2")));
  EXPECT_NE(environment.os, "");
}

TEST_P(EnvironmentProbeContract, LeavesPackagesOutWhereNobodyAsks)
{
  auto request = under_test_->request();
  request.packages = false;
  const auto environment = under_test_->probe().read(request);
  EXPECT_THAT(environment.packages, IsEmpty());
  EXPECT_TRUE(environment.interpreter);
}

TEST_P(EnvironmentProbeContract, AProcessThatIsGoneIsNoTrouble)
{
  under_test_->probe().observe(1'000'000'000);
  EXPECT_TRUE(under_test_->probe().read(under_test_->request()).interpreter);
}

INSTANTIATE_TEST_SUITE_P(
    , EnvironmentProbeContract,
    ::testing::Values(ProbeKind{"Local", [] { return std::make_unique<LocalProbe>(); }},
                      ProbeKind{"Scripted", [] { return std::make_unique<FakeProbe>(); }}),
    [](const auto& kind) { return kind.param.name; });

TEST(LocalEnvironmentProbe, RecordsVariablesByAllowListAndHidesSecrets)
{
  const ScopedVariable listed("PYTHONHASHSEED", "0");
  const ScopedVariable threads("VECLIB_NUM_THREADS", "3");
  const ScopedVariable affinity("KMP_AFFINITY", "compact");
  const ScopedVariable compiler("XLA_FLAGS", "--xla_gpu_deterministic_ops=true");
  const ScopedVariable unlisted("MY_SETTING", "x");
  const ScopedVariable wanted("MY_OTHER", "a=b");
  const ScopedVariable secret("MY_TOKEN", "hunter2");
  const capture::LocalEnvironmentProbe probe;
  const auto variables =
      probe.read({{"true"}, "/bin/true", "/", {"MY_OTHER", "MY_TOKEN", "MY_ABSENT"}, true})
          .variables;
  EXPECT_THAT(variables, Contains(Pair("PYTHONHASHSEED", "0")));
  EXPECT_THAT(variables, Contains(Pair("VECLIB_NUM_THREADS", "3")));
  EXPECT_THAT(variables, Contains(Pair("KMP_AFFINITY", "compact")));
  EXPECT_THAT(variables, Contains(Pair("XLA_FLAGS", "--xla_gpu_deterministic_ops=true")));
  EXPECT_THAT(variables, Contains(Pair("MY_OTHER", "a=b")));
  EXPECT_THAT(variables, Contains(Pair("MY_TOKEN", "***")));
  EXPECT_THAT(variables, Not(Contains(Key("MY_SETTING"))));
  EXPECT_THAT(variables, Not(Contains(Key("MY_ABSENT"))));
}

TEST(LocalEnvironmentProbe, ReadsTheSameWhenItWasStartedEarly)
{
  {
    capture::LocalEnvironmentProbe().start_early();
  }
  capture::LocalEnvironmentProbe early;
  early.start_early();
  early.start_early();
  const ports::ProbeRequest request{{"true"}, "/bin/true", "/", {}, false, {}, {}};
  const model::Environment found = early.read(request);
  EXPECT_FALSE(found.facts.empty());
  EXPECT_EQ(found.facts, capture::LocalEnvironmentProbe().read(request).facts);
}

TEST(LocalEnvironmentProbe, OtherProgramsHaveNoInterpreter)
{
  const capture::LocalEnvironmentProbe probe;
  const auto environment = probe.read({{"true"}, "/bin/true", "/", {}, true});
  EXPECT_FALSE(environment.interpreter);
  EXPECT_THAT(environment.packages, IsEmpty());
  EXPECT_GT(environment.threads, 0);
  EXPECT_GT(environment.memory_bytes, 0U);
  EXPECT_NE(environment.kernel, "");
}

TEST(PythonPackages, AVirtualEnvironmentHasItsOwn)
{
  const PythonTree tree;
  tree.add_dist("usr/lib/python3.11/site-packages", "system", "1");
  tree.add_venv("own", false);
  tree.add_venv("shared", true, "version_info");
  tree.add_dist("own/lib/python3.11/site-packages", "Py_Yaml.X", "6.0");
  tree.add_dist("shared/lib/python3.11/site-packages", "system", "2");
  const auto own = find_installation(tree / "own/bin/python");
  EXPECT_EQ(own.version, "3.11.2");
  EXPECT_THAT(installed_packages(own.search_path, {}),
              ElementsAre(model::Package{"py-yaml-x", "6.0", "dist-info"}));
  const auto shared = find_installation(tree / "shared/bin/python");
  EXPECT_EQ(shared.version, "3.11.2");
  EXPECT_THAT(installed_packages(shared.search_path, {}),
              ElementsAre(model::Package{"system", "2", "dist-info"}))
      << "the first one on the path is the one that is imported";
}

TEST(PythonPackages, EveryFormOfMetadata)
{
  const PythonTree tree;
  const std::string site = "usr/lib/python3.11/site-packages/";
  tree.add_dist(site, "modern", "1.0");
  write_text(tree / (site + "folder-2.0.egg-info/PKG-INFO"), "Name: folder\nVersion: 2.0\n");
  write_text(tree / (site + "file-3.0.egg-info"),
             "Metadata-Version: 1.1\r\nName: file\r\nVersion: 3.0\r\n");
  write_text(tree / (site + "broken-1.dist-info/RECORD"), "");
  write_text(tree / (site + "nameless-1.dist-info/METADATA"),
             "Version: 1\n\nName: in the description\n");
  write_text(tree / (site + "plain.py"), "Name: no\nVersion: 1\n");
  EXPECT_THAT(installed_packages(find_installation(tree / "usr/bin/python3.11").search_path, {}),
              ElementsAre(model::Package{"file", "3.0", "egg-info"},
                          model::Package{"folder", "2.0", "egg-info"},
                          model::Package{"modern", "1.0", "dist-info"}));
}

TEST(PythonPackages, PathFilesLeadOn)
{
  const PythonTree tree;
  const std::string site = "usr/lib/python3.11/site-packages/";
  tree.add_dist("editable/src", "absolute", "1");
  tree.add_dist(site + "below", "relative", "2");
  tree.add_dist("hidden", "hidden", "3");
  write_text(tree / (site + "x.pth"), "# a comment\nimport os; os.remove('x')\n" +
                                          (tree / "editable/src") + "\nbelow\n/nowhere\n\n" +
                                          (tree / "editable/src") + "\n");
  write_text(tree / (site + "x.pth.bak"), (tree / "hidden") + "\n");
  const auto packages =
      installed_packages(find_installation(tree / "usr/bin/python3.11").search_path, {});
  EXPECT_THAT(packages, ElementsAre(model::Package{"absolute", "1", "dist-info"},
                                    model::Package{"relative", "2", "dist-info"}));
}

TEST(PythonPackages, TheUsersOwnAndThePath)
{
  const PythonTree tree;
  tree.add_dist("home/.local/lib/python3.11/site-packages", "mine", "1");
  tree.add_dist("path", "first", "1");
  tree.add_dist("home/.local/lib/python3.11/site-packages", "first", "2");
  const ScopedVariable path("PYTHONPATH", ":" + (tree / "path") + ":/nowhere");
  const auto names = [&] {
    std::string text;
    for (const auto& package :
         installed_packages(find_installation(tree / "usr/bin/python3.11").search_path, {})) {
      text += package.name + package.version + " ";
    }
    return text;
  };
  EXPECT_EQ(names(), "first1 mine1 ");
  const ScopedVariable no_user("PYTHONNOUSERSITE", "1");
  EXPECT_EQ(names(), "first1 ");
}

TEST(PythonPackages, AVersionFromTheHeaders)
{
  const PythonTree tree;
  EXPECT_EQ(find_installation(tree / "usr/bin/python3.11").version, "3.11")
      << "as much as the name says";
  write_text(tree / "usr/include/python3.11/patchlevel.h",
             "/* x */\n#define PY_VERSION      \t\"3.11.9+\"\n");
  EXPECT_EQ(find_installation(tree / "usr/bin/python3.11").version, "3.11.9+");
}

// The real one of the machine, where there is one.
TEST(PythonPackages, DebiansFoldersAreOnThePathOfItsInterpreter)
{
  if (!fs::exists("/usr/bin/python3") || !fs::exists("/usr/lib/python3/dist-packages")) {
    GTEST_SKIP() << "no Python of Debian's here";
  }
  const auto found = find_installation("/usr/bin/python3");
  EXPECT_THAT(found.search_path, Contains("/usr/lib/python3/dist-packages"));
  EXPECT_EQ(std::count(found.version.begin(), found.version.end(), '.'), 2) << found.version;
}

TEST(PythonPackages, AnInterpreterThatIsNotThere)
{
  EXPECT_THAT(installed_packages(find_installation("/nowhere/bin/python3").search_path, {}),
              IsEmpty());
}

}  // namespace
}  // namespace mlrepro
