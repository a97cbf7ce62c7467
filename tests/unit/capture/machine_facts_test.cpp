// SPDX-License-Identifier: Apache-2.0
#include "capture/machine_facts.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "support/scoped_variable.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::ScopedVariable;
using testing::write_text;

class MachineFacts : public ::testing::Test {
 protected:
  std::string fact(const std::string& name) const
  {
    const auto facts = machine_facts(root_.path());
    const auto found = facts.find(name);
    return found == facts.end() ? "" : found->second;
  }

  testing::TempDir root_;
  ScopedVariable cluster_{"KUBERNETES_SERVICE_HOST", std::nullopt};
};

TEST_F(MachineFacts, AMachineThatHasNothing)
{
  EXPECT_THAT(machine_facts(root_.path()), IsEmpty());
}

TEST_F(MachineFacts, InstructionSetsThatNumbersDependOn)
{
  write_text(root_ / "proc/cpuinfo",
             "processor\t: 0\nflags\t\t: fpu vme sse4_2 avx2 aes avx fma\n\nprocessor: 1\n");
  EXPECT_EQ(fact("cpu features"), "avx avx2 fma sse4_2");
  write_text(root_ / "proc/cpuinfo", "Features\t: fp asimd evtstrm sve\n");
  EXPECT_EQ(fact("cpu features"), "asimd sve");
}

TEST_F(MachineFacts, TheLowestLimitOfAGroupAndThoseAboveIt)
{
  write_text(root_ / "proc/self/cgroup", "0::/jobs/one\n");
  write_text(root_ / "sys/fs/cgroup/jobs/one/cpu.max", "max 100000\n");
  write_text(root_ / "sys/fs/cgroup/jobs/cpu.max", "150000 100000\n");
  write_text(root_ / "sys/fs/cgroup/cpu.max", "400000 100000\n");
  write_text(root_ / "sys/fs/cgroup/jobs/one/memory.max", "1073741824\n");
  write_text(root_ / "sys/fs/cgroup/jobs/memory.max", "max\n");
  EXPECT_EQ(fact("cpu limit"), "1.5");
  EXPECT_EQ(fact("memory limit"), "1073741824");
}

TEST_F(MachineFacts, LimitsOfTheFirstVersionOfControlGroups)
{
  write_text(root_ / "proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n");
  write_text(root_ / "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "200000\n");
  write_text(root_ / "sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  write_text(root_ / "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write_text(root_ / "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write_text(root_ / "sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(fact("cpu limit"), "2");
  EXPECT_EQ(fact("memory limit"), "") << "the number that stands for none";
}

TEST_F(MachineFacts, Containers)
{
  write_text(root_ / "run/systemd/container", "lxc\n");
  EXPECT_EQ(fact("container"), "lxc");
  write_text(root_ / "run/.containerenv", "");
  EXPECT_EQ(fact("container"), "podman");
  write_text(root_ / ".dockerenv", "");
  EXPECT_EQ(fact("container"), "docker");
  const ScopedVariable cluster("KUBERNETES_SERVICE_HOST", "10.0.0.1");
  EXPECT_EQ(fact("container"), "kubernetes");
}

TEST_F(MachineFacts, WhichLinearAlgebraDebianChose)
{
  const std::string path = "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3";
  write_text(root_ / path.substr(1), "");
  std::filesystem::create_directories(root_ / "etc/alternatives");
  std::filesystem::create_symlink(root_ / path.substr(1),
                                  root_ / "etc/alternatives/libblas.so.3-x86_64-linux-gnu");
  EXPECT_EQ(fact("blas"), path);
  write_text(root_ / "var/lib/dpkg/info/libopenblas0-pthread:amd64.list", "/.\n" + path + "\n");
  write_text(root_ / "var/lib/dpkg/status",
             "Package: a\nVersion: 1\n\nPackage: libopenblas0-pthread\nStatus: installed\n"
             "Version: 0.3.21+ds-4\nDescription: b\n");
  EXPECT_EQ(fact("blas"), path + " (libopenblas0-pthread 0.3.21+ds-4)");
}

TEST_F(MachineFacts, ALibraryOfAPackageWithAnotherName)
{
  const std::string path = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0";
  write_text(root_ / path.substr(1), "");
  std::filesystem::create_directories(root_ / "etc/alternatives");
  std::filesystem::create_symlink(root_ / path.substr(1),
                                  root_ / "etc/alternatives/libblas.so.3-x86_64-linux-gnu");
  write_text(root_ / "var/lib/dpkg/info/libblas3:amd64.list", "/.\n/usr/lib/other.so.3\n");
  write_text(root_ / "var/lib/dpkg/info/vendor-blas-suite.list", "/.\n" + path + "\n");
  write_text(
      root_ / "var/lib/dpkg/status",
      "Package: vendor-blas-suite-doc\nVersion: 1\n\nPackage: vendor-blas-suite\nVersion: 2\n");
  EXPECT_EQ(fact("blas"), path + " (vendor-blas-suite 2)");
  write_text(root_ / "var/lib/dpkg/info/libblas3:amd64.list", "/.\n" + path + "\n");
  write_text(root_ / "var/lib/dpkg/status", "Package: libblas3\nVersion: 3.11.0-2\n");
  EXPECT_EQ(fact("blas"), path + " (libblas3 3.11.0-2)");
}

TEST_F(MachineFacts, LibrariesThatPackagesComputeWith)
{
  const std::string folder = "usr/lib/x86_64-linux-gnu/";
  write_text(root_ / (folder + "libgomp.so.1.0.0"), "");
  std::filesystem::create_symlink("libgomp.so.1.0.0", root_ / (folder + "libgomp.so.1"));
  const std::string path = "/" + folder + "libgomp.so.1.0.0";
  EXPECT_EQ(fact("openmp"), path);
  write_text(root_ / "var/lib/dpkg/info/libgomp1:amd64.list", "/.\n" + path + "\n");
  write_text(root_ / "var/lib/dpkg/status", "Package: libgomp1\nVersion: 12.2.0-14\n");
  EXPECT_EQ(fact("openmp"), path + " (libgomp1 12.2.0-14)");
  write_text(root_ / "usr/lib64/libcudnn.so.9", "");
  EXPECT_EQ(fact("cudnn"), "/usr/lib64/libcudnn.so.9");
}

TEST_F(MachineFacts, DriverAndToolkitOfAGpu)
{
  write_text(root_ / "sys/module/nvidia/version", "535.161.07\n");
  write_text(root_ / "usr/local/cuda/version.json", R"({"cuda": {"version": "12.2.1"}})");
  write_text(root_ / "sys/module/amdgpu/version", "6.2.4\n");
  write_text(root_ / "opt/rocm/.info/version", "6.0.2-115\n");
  EXPECT_EQ(fact("amdgpu driver") + " " + fact("rocm"), "6.2.4 6.0.2-115");
  EXPECT_EQ(fact("nvidia driver"), "535.161.07");
  EXPECT_EQ(fact("cuda"), "12.2.1");
  write_text(root_ / "usr/local/cuda/version.json", "broken");
  EXPECT_EQ(fact("cuda"), "");
}

TEST(LockFiles, OfEveryPackageManager)
{
  const testing::TempDir folder;
  write_text(folder / "requirements-dev.txt", "");
  write_text(folder / "uv.lock", "");
  write_text(folder / "notes.txt", "");
  std::filesystem::create_directories(folder / "poetry.lock");
  const std::string empty =
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_THAT(lock_files(folder.path()), ElementsAre(Pair("lock file requirements-dev.txt", empty),
                                                     Pair("lock file uv.lock", empty)));
}

}  // namespace
}  // namespace mlrepro::capture
