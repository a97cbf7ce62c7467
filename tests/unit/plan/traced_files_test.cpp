// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/traced_files.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

using model::FileAccess;
using model::FileStamp;
using AccessKind = FileAccess::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr FileStamp k_old{1, 2, 3, 4, 5};
constexpr FileStamp k_new{9, 9, 9, 9, 9};

FileAccess reads(std::string path, FileStamp stamp = k_old)
{
  return {AccessKind::read, std::move(path), "", stamp};
}

FileAccess writes(std::string path, std::optional<FileStamp> before = {})
{
  return {AccessKind::write, std::move(path), "", before};
}

FileAccess renames(std::string from, std::string to)
{
  return {AccessKind::rename, std::move(from), std::move(to), {}};
}

FileAccess removes(std::string path, std::optional<FileStamp> before = k_old)
{
  return {AccessKind::remove, std::move(path), "", before};
}

TracedFiles find(const std::vector<FileAccess>& accesses)
{
  return find_traced_files(accesses, {"/p", "/data"});
}

// "r" for read, "w" for written, behind the path.
std::vector<std::string> seen(const std::vector<TracedFile>& files)
{
  std::vector<std::string> texts;
  for (const TracedFile& file : files) {
    texts.push_back(file.path + (file.read ? " r" : "") + (file.written ? " w" : ""));
  }
  return texts;
}

TEST(TracedFiles, WhatIsReadIsAnInputAndWhatIsWrittenAnOutput)
{
  const auto found = find({reads("/p/a.csv"), writes("/p/model"), reads("/data/b")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/data/b r", "/p/a.csv r", "/p/model w"));
  EXPECT_EQ(found.inside[1].read, k_old);
  EXPECT_FALSE(found.inside[2].before);
}

TEST(TracedFiles, TheFirstReadTellsWhatWasRead)
{
  const auto found = find({reads("/p/a", k_old), reads("/p/a", k_new)});
  EXPECT_EQ(found.inside.front().read, k_old);
}

TEST(TracedFiles, WhatTheRunWroteFirstIsNoInput)
{
  EXPECT_THAT(seen(find({writes("/p/a"), reads("/p/a")}).inside), ElementsAre("/p/a w"));
}

TEST(TracedFiles, ReadAndThenWrittenIsBoth)
{
  const auto found = find({reads("/p/a"), writes("/p/a", k_old), writes("/p/a", k_new)});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/a r w"));
  EXPECT_EQ(found.inside.front().before, k_old);
}

TEST(TracedFiles, ARenamedFileIsAnOutputUnderItsLastName)
{
  const auto found = find({writes("/p/m.tmp"), renames("/p/m.tmp", "/p/m.new"),
                           renames("/p/m.new", "/p/m"), reads("/p/m")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/m w"));
}

TEST(TracedFiles, ARenamedFolderTakesItsFilesAlong)
{
  const auto found = find({writes("/p/tmp/a"), writes("/p/tmp/sub/b"), writes("/p/tmpx"),
                           renames("/p/tmp", "/p/out"), reads("/p/out/a")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/out/a w", "/p/out/sub/b w", "/p/tmpx w"));
}

TEST(TracedFiles, AnInputThatIsReplacedByARenameStaysAnInput)
{
  const auto found = find({reads("/p/a"), writes("/p/a.tmp"), renames("/p/a.tmp", "/p/a")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/a r w"));
}

TEST(TracedFiles, AnInputThatIsMovedAwayStaysAnInput)
{
  const auto found = find({reads("/p/a"), renames("/p/a", "/p/old/a")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/a r w", "/p/old/a w"));
}

TEST(TracedFiles, ExchangedFilesAreBothWritten)
{
  const auto found = find({writes("/p/a"), {AccessKind::exchange, "/p/a", "/p/b", {}}});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/a w", "/p/b w"));
}

TEST(TracedFiles, TemporaryFilesLeaveNothing)
{
  EXPECT_THAT(find({writes("/p/lock"), reads("/p/lock"), removes("/p/lock")}).inside, IsEmpty());
}

TEST(TracedFiles, AnInputThatIsRemovedStaysAnInput)
{
  EXPECT_THAT(seen(find({reads("/p/a"), removes("/p/a")}).inside), ElementsAre("/p/a r w"));
}

TEST(TracedFiles, ALinkIsMarked)
{
  const auto found = find({{AccessKind::link, "/p/latest", "", {}}, reads("/p/latest")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/latest w"));
  EXPECT_TRUE(found.inside.front().is_link);
}

TEST(TracedFiles, OutsideIsKeptApart)
{
  const auto found = find({reads("/home/x.csv"), writes("/home/y"), reads("/p/a")});
  EXPECT_THAT(seen(found.outside), ElementsAre("/home/x.csv r", "/home/y w"));
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/a r"));
}

TEST(TracedFiles, AVirtualEnvironmentGivesItselfAway)
{
  const auto found =
      find({reads("/p/myenv/pyvenv.cfg"), reads("/p/myenv/lib/x.py"), reads("/p/myenvironment.csv"),
            reads("/home/v/pyvenv.cfg"), reads("/home/v/share/x")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/myenvironment.csv r"));
  EXPECT_THAT(found.outside, IsEmpty());
}

TEST(TracedFiles, AProjectThatIsAVirtualEnvironmentKeepsItsOwnFiles)
{
  const auto found =
      find({reads("/p/pyvenv.cfg"), reads("/p/lib/python3.11/x.py"), reads("/p/a.csv")});
  EXPECT_THAT(seen(found.inside), ElementsAre("/p/a.csv r"));
}

TEST(TracedFiles, NamesWhereProgramsCameFrom)
{
  const auto found = find({{AccessKind::execute, "/p/conda/bin/python", "", k_old},
                           {AccessKind::execute, "/home/conda/bin/python", "", k_old},
                           {AccessKind::execute, "/home/tools/clean", "", k_old},
                           reads("/home/conda/share/zone"),
                           reads("/home/conda/data.csv")});
  EXPECT_THAT(found.prefixes, ElementsAre("/p/conda"));
  EXPECT_THAT(seen(found.outside), ElementsAre("/home/conda/data.csv r"));
}

TEST(TracedFiles, NamesConnectionsAndBlindSpotsOnce)
{
  const FileAccess database{AccessKind::connect, "10.0.0.7:5432", "", {}};
  const FileAccess ring{AccessKind::blind, "io_uring", "", {}};
  const auto found = find({database, ring, database, ring});
  EXPECT_THAT(found.remotes, ElementsAre("10.0.0.7:5432"));
  EXPECT_THAT(found.blind, ElementsAre("io_uring"));
}

}  // namespace
}  // namespace mlrepro::plan
