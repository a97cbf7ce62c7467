// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "capture/conda_packages.hpp"
#include "capture/distribution_origin.hpp"
#include "capture/distribution_record.hpp"
#include "capture/python_packages.hpp"
#include "capture/r_packages.hpp"
#include "crypto/sha256.hpp"
#include "support/scoped_variable.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::ScopedVariable;
using ::testing::SizeIs;
using testing::write_text;

std::string at_commit(const std::string& folder)
{
  return "@c0ffee of " + folder;
}

TEST(DistributionOrigin, IsWhatTheDirectUrlSays)
{
  const std::string commit = "0123456789012345678901234567890123456789";
  EXPECT_EQ(origin_of("", at_commit), "dist-info");
  EXPECT_EQ(origin_of("no JSON", at_commit), "dist-info");
  EXPECT_EQ(origin_of("{}", at_commit), "dist-info");
  EXPECT_EQ(origin_of(R"({"url": "https://user:secret@example.org/a.git",
                          "vcs_info": {"vcs": "git", "commit_id": ")" +
                          commit + R"("}})",
                      at_commit),
            "vcs https://***@example.org/a.git@" + commit);
  EXPECT_EQ(origin_of(R"({"url": "https://example.org/a.whl",
                          "archive_info": {"hashes": {"sha256": "ab12"}}})",
                      at_commit),
            "archive https://example.org/a.whl sha256=ab12");
  EXPECT_EQ(
      origin_of(R"({"url": "file:///a.tar", "archive_info": {"hash": "sha256=ab12"}})", at_commit),
      "archive file:///a.tar sha256=ab12");
  EXPECT_EQ(origin_of(R"({"url": "file:///my%20code%2", "dir_info": {}})", at_commit),
            "folder /my code%2");
  EXPECT_EQ(origin_of(R"({"url": "file:///code", "dir_info": {"editable": true}})", at_commit),
            "editable /code@c0ffee of /code");
}

class DistributionRecord : public ::testing::Test {
 protected:
  // What the RECORD says was installed an hour before the files were written last.
  void record(const std::string& text) const
  {
    write_text(folder_ / "x-1.dist-info/RECORD", text);
    set_age("x-1.dist-info/RECORD", 3600);
  }
  void set_age(const std::string& name, int seconds) const
  {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
  auto modified() const { return modified_files(folder_.path(), folder_ / "x-1.dist-info/RECORD"); }

  // Of "one\n", as `openssl dgst -sha256 -binary | basenc --base64url` gives it.
  const std::string one_ = "sha256=LIsI2lzmA5jh8Zrw5dzMdE3ydLgmq-WF6rpoxSVDSAY";
  testing::TempDir folder_;
};

TEST_F(DistributionRecord, FilesThatAreWhatWasInstalled)
{
  crypto::Sha256 hash;
  hash.update(std::string_view("one\n"));
  ASSERT_EQ(hash.finish().hex(), "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806")
      << "the same digest in hexadecimal digits";
  write_text(folder_ / "x/one.py", "one\n");
  write_text(folder_ / "x/with, comma.py", "one\n");
  record("x/one.py," + one_ + ",4\n\"x/with, comma.py\"," + one_ + ",4\r\n");
  EXPECT_THAT(modified(), IsEmpty()) << "newer, but the same";
}

TEST_F(DistributionRecord, FilesThatWereChanged)
{
  write_text(folder_ / "x/same_size.py", "two\n");
  write_text(folder_ / "x/longer.py", "one\ntwo\n");
  set_age("x/longer.py", 7200);
  record("x/same_size.py," + one_ + ",4\nx/longer.py," + one_ + ",4\nx/gone.py," + one_ + ",4\n");
  const auto found = modified();
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_FALSE(found.at("x/gone.py"));
  EXPECT_TRUE(found.at("x/longer.py")) << "another size, whatever its time";
  crypto::Sha256 hash;
  hash.update(std::string_view("two\n"));
  EXPECT_EQ(found.at("x/same_size.py"), hash.finish());
}

TEST_F(DistributionRecord, WhatIsNotLookedAt)
{
  write_text(folder_ / "x/old.py", "two\n");
  set_age("x/old.py", 7200);
  write_text(folder_ / "x/a.pyc", "two\n");
  record("x/old.py," + one_ + ",4\nx/a.pyc," + one_ + ",4\n../bin/x," + one_ + ",4\n/etc/x," +
         one_ + ",4\nx-1.dist-info/RECORD,,\nx/md5.py,md5=abc,4\n\n,,\n");
  EXPECT_THAT(modified(), IsEmpty());
  EXPECT_THAT(modified_files(folder_.path(), folder_ / "nothing"), IsEmpty());
}

TEST(PythonPackages, AreEditableWhereALinkPointsToTheSource)
{
  const testing::TempDir folder;
  write_text(folder / "site/old.egg-link", (folder / "src") + "\n.");
  write_text(folder / "src/old.egg-info/PKG-INFO", "Name: old\nVersion: 1\n");
  write_text(folder / "site/zipped-2-py3.11.egg/EGG-INFO/PKG-INFO", "Name: zipped\nVersion: 2\n");
  write_text(folder / "site/new-3.dist-info/METADATA", "Name: new\nVersion: 3\n");
  write_text(folder / "site/new-3.dist-info/direct_url.json",
             R"({"url": "file:///new", "dir_info": {"editable": true}})");
  write_text(folder / "site/new-3.dist-info/RECORD", "new.py,sha256=abc,1\n");
  const auto packages = installed_packages({folder / "site", folder / "src"}, at_commit);
  ASSERT_THAT(packages, SizeIs(3));
  EXPECT_EQ(packages[0].source, "editable /new@c0ffee of /new");
  EXPECT_THAT(packages[0].modified, ElementsAre(Pair("new.py", std::nullopt)));
  EXPECT_EQ(packages[1].source, "editable " + (folder / "src") + "@c0ffee of " + (folder / "src"));
  EXPECT_EQ(packages[2], (model::Package{"zipped", "2", "egg"}));
}

TEST(CondaPackages, AreWhatTheNamesOfTheirFilesSay)
{
  const testing::TempDir folder;
  for (const char* name :
       {"numpy-1.26.4-py311h64a7726_0.json", "libblas-3.9.0-20_mkl.json",
        "ca-certificates-2024.2.2-hbcca054_0.json", "history", "x.json", "x-1.json", "-1-2.json"}) {
    write_text(folder / ("conda-meta/" + std::string(name)), "{}");
  }
  auto packages = conda_packages(folder.path());
  EXPECT_THAT(packages,
              ElementsAre(model::Package{"ca-certificates", "2024.2.2", "conda hbcca054_0"},
                          model::Package{"libblas", "3.9.0", "conda 20_mkl"},
                          model::Package{"numpy", "1.26.4", "conda py311h64a7726_0"}));
  EXPECT_THAT(conda_packages("/nowhere"), IsEmpty());

  std::vector<model::Package> of_python = {{"libblas", "9", "dist-info"},
                                           {"numpy", "1.26.4", "dist-info"}};
  add_conda_packages(of_python, packages);
  EXPECT_THAT(of_python,
              ElementsAre(model::Package{"ca-certificates", "2024.2.2", "conda hbcca054_0"},
                          model::Package{"libblas", "9", "dist-info"},
                          model::Package{"numpy", "1.26.4", "conda py311h64a7726_0"}))
      << "pip installed another version over conda's";
}

TEST(RPackages, AreFoundInTheLibrariesInTheirOrder)
{
  const testing::TempDir folder;
  const auto describe = [&](const std::string& library, const std::string& name,
                            const std::string& rest) {
    write_text(folder / (library + "/" + name + "/DESCRIPTION"), "Package: " + name + "\n" + rest);
  };
  describe("R/lib/R/library", "base", "Version: 4.2.2\nPriority: base\n");
  describe("R/lib/R/library", "data.table", "Version: 1.0\nRepository: CRAN\n");
  describe("own", "data.table", "Title: a\n  Version: 9\nVersion: 1.15.0\nRepository: CRAN\n");
  describe("own", "local", "Version: 0.1\nRemoteType: github\nRemoteSha: abc123\n");
  write_text(folder / "own/broken/DESCRIPTION", "nothing");
  describe("home/R/x86_64-pc-linux-gnu-library/4.2", "users", "Version: 2\n");
  describe("home/R/x86_64-pc-linux-gnu-library/4.1", "older", "Version: 1\n");
  write_text(folder / "project/renv/activate.R", "");
  describe("project/renv/library/linux-debian-bookworm/R-4.2/x86_64-pc-linux-gnu", "local",
           "Version: 0.2\nRepository: CRAN\n");
  write_text(folder / "R/bin/R", "");
  const ScopedVariable own("R_LIBS", "/nowhere:" + (folder / "own"));
  const ScopedVariable user("R_LIBS_USER", std::nullopt);
  const ScopedVariable site("R_LIBS_SITE", std::nullopt);
  const ScopedVariable home("R_HOME", std::nullopt);
  const ScopedVariable users_home("HOME", folder / "home");
  const RInstallation found = read_r_installation(folder / "R/bin/R", "/nowhere");
  EXPECT_EQ(found.version, "4.2.2");
  EXPECT_THAT(found.packages, ::testing::Contains(model::Package{"users", "2", ""}));
  EXPECT_THAT(found.packages,
              ::testing::Not(::testing::Contains(model::Package{"older", "1", ""})));
  EXPECT_THAT(read_r_installation(folder / "R/bin/R", folder / "project").packages,
              ::testing::Contains(model::Package{"local", "0.2", "CRAN"}))
      << "renv's library comes first";
  EXPECT_THAT(found.packages,
              ::testing::IsSupersetOf({model::Package{"base", "4.2.2", "base"},
                                       model::Package{"data.table", "1.15.0", "CRAN"},
                                       model::Package{"local", "0.1", "github abc123"}}));
}

}  // namespace
}  // namespace mlrepro::capture
