// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/ingest.hpp"

#include <gmock/gmock.h>

#include "mlrepro/versioning/load_manifest.hpp"
#include "mlrepro/versioning/snapshot.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::versioning {
namespace {

using model::ErrorKind;
using model::Stored;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Ingest : public ::testing::Test {
 protected:
  Ingest() { world_.clock.set({2'000'000'000'000}); }  // files are old: no stamp is racy

  Ingested take(const std::string& path, Stored stored = Stored::content)
  {
    return ingest_path(world_.data, path, stored);
  }
  static std::vector<std::string> paths(const model::Manifest& manifest)
  {
    std::vector<std::string> found;
    for (const model::ManifestEntry& entry : manifest.entries) {
      found.push_back(entry.path);
    }
    return found;
  }

  testing::UseCaseWorld world_;
};

TEST_F(Ingest, AFolderWithAllThatAFolderCanHold)
{
  world_.files.add_file("/d/b.txt", "bb");
  world_.files.add_file("/d/a/run.sh", "#!", true);
  world_.files.add_folder("/d/empty");
  world_.files.add_symlink("/d/link", "../outside");
  world_.files.add_file("/d/\xff\n", "");
  const Ingested found = take("/d");
  EXPECT_THAT(paths(found.manifest),
              ElementsAre("a", "a/run.sh", "b.txt", "empty", "link", "\xff\n"));
  EXPECT_TRUE(found.manifest.entries[1].executable);
  EXPECT_EQ(found.manifest.entries[4].type, model::EntryType::symlink);
  EXPECT_EQ(load_blob(world_.objects, found.manifest.entries[4].digest), "../outside");
  EXPECT_EQ(found.manifest.root.files, 4U) << "folders do not count";
  EXPECT_EQ(found.manifest.root.size, 2U + 2U + 10U);
  const model::Manifest loaded = load_manifest(world_.objects, found.manifest.root);
  EXPECT_EQ(loaded.entries, found.manifest.entries);
  EXPECT_THAT(found.omitted, IsEmpty());
}

TEST_F(Ingest, OneFileAndALinkToIt)
{
  world_.files.add_file("/data.csv", "1\n2\n");
  world_.files.add_symlink("/link", "data.csv");
  const Ingested direct = take("/data.csv");
  EXPECT_EQ(direct.manifest.root.type, model::EntryType::file);
  EXPECT_EQ(direct.manifest.root.digest, world_.digester.digest("1\n2\n"));
  EXPECT_THAT(direct.manifest.entries, IsEmpty());
  EXPECT_EQ(take("/link").manifest.root, direct.manifest.root) << "the path itself is followed";
}

TEST_F(Ingest, WhatCanNotBeTaken)
{
  world_.files.add_other("/pipe");
  EXPECT_EQ(error_of([&] { take("/absent"); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { take("/pipe"); }).kind(), ErrorKind::usage);
  world_.files.add_file("/d/a", "a");
  world_.files.add_other("/d/pipe");
  const Ingested found = take("/d");
  EXPECT_THAT(paths(found.manifest), ElementsAre("a"));
  EXPECT_THAT(found.omitted, ElementsAre(model::Omission{"pipe", "a socket, pipe or device"}));
  EXPECT_THAT(world_.reporter.warnings, ElementsAre(HasSubstr("'pipe'")));
}

TEST_F(Ingest, UnreadableFilesAreNamedTogether)
{
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) {
    world_.files.add_file(std::string("/d/") + name, "x");
    world_.files.set_unreadable(std::string("/d/") + name);
  }
  world_.files.add_folder("/d/sub");
  world_.files.set_unreadable("/d/sub");
  const auto error = error_of([&] { take("/d"); });
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_THAT(error.message(), HasSubstr("'/d/a'"));
  EXPECT_THAT(error.message(), HasSubstr("'/d/e'"));
  EXPECT_THAT(error.message(), HasSubstr("and 3 more"));
  EXPECT_EQ(world_.stored.size(), 0U);
}

TEST_F(Ingest, IdentityAloneStoresNothingAndIsTheSame)
{
  world_.files.add_file("/d/a", "content");
  world_.files.add_symlink("/d/l", "a");
  const Ingested identity = take("/d", Stored::identity_only);
  EXPECT_EQ(world_.stored.size(), 0U);
  EXPECT_EQ(take("/d").manifest.root, identity.manifest.root);
}

TEST_F(Ingest, AnUnchangedFolderIsNotReadAgain)
{
  for (int i = 0; i < 20; ++i) {
    world_.files.add_file("/d/" + std::to_string(i), std::string(100, static_cast<char>('a' + i)));
  }
  const Ingested first = take("/d");
  EXPECT_EQ(first.new_bytes, first.stored_bytes);
  world_.files.reset_counters();
  const Ingested second = take("/d");
  EXPECT_EQ(world_.files.counters().opens, 0U);
  EXPECT_EQ(second.manifest.root, first.manifest.root);
  EXPECT_EQ(second.new_bytes, 0U);
  EXPECT_EQ(second.stored_bytes, first.stored_bytes);
  world_.files.add_file("/d/7", "changed");
  world_.files.reset_counters();
  EXPECT_NE(take("/d").manifest.root.digest, first.manifest.root.digest);
  EXPECT_EQ(world_.files.counters().opens, 1U);
}

TEST_F(Ingest, TheCacheIsNotTrustedForContentThatIsGone)
{
  world_.files.add_file("/d/a", "content");
  const Ingested first = take("/d");
  world_.stored.remove(world_.digester.digest("content"));
  const Ingested second = take("/d");
  EXPECT_EQ(second.manifest.root, first.manifest.root);
  EXPECT_TRUE(world_.objects.find(world_.digester.digest("content"))) << "put again";
}

TEST_F(Ingest, IdentityKnownFromALookIsNoReasonNotToStore)
{
  world_.files.add_file("/d/a", "content");
  (void)take("/d", Stored::identity_only);
  (void)take("/d");
  EXPECT_EQ(load_blob(world_.objects, world_.digester.digest("content")), "content");
}

TEST_F(Ingest, AFileWrittenJustNowIsReadAgain)
{
  world_.files.add_file("/d/a", "one");
  const auto stat = world_.files.stat("/d/a", ports::FollowLinks::no);
  world_.clock.set({stat->mtime_ns / 1'000'000});
  (void)take("/d");
  world_.files.reset_counters();
  (void)take("/d");
  EXPECT_EQ(world_.files.counters().opens, 1U) << "its stamp may hide one more change";
}

TEST_F(Ingest, AFileThatChangesOnceIsReadAgain)
{
  world_.files.add_file("/d/a", std::string(10'000, 'a'));
  int reads = 0;
  world_.files.on_read([&](const std::string& path, std::uint64_t) {
    if (++reads == 2) {
      world_.files.add_file(path, std::string(10'000, 'b'));
    }
  });
  for (const Stored stored : {Stored::content, Stored::identity_only}) {
    reads = 0;
    world_.files.add_file("/d/a", std::string(10'000, 'a'));
    const Ingested found = take("/d", stored);
    EXPECT_EQ(found.manifest.entries.at(0).digest,
              world_.digester.digest(std::string(10'000, 'b')));
  }
}

TEST_F(Ingest, AFileThatNeverStandsStillIsAConflict)
{
  for (const Stored stored : {Stored::content, Stored::identity_only}) {
    world_.files.add_file("/d/log", "x");
    world_.files.on_read([&](const std::string& path, std::uint64_t offset) {
      if (offset == 0) {
        world_.files.add_file(path, world_.files.content(path) + "y");
      }
    });
    const auto error = error_of([&] { take("/d", stored); });
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.message(), HasSubstr("'/d/log'"));
    EXPECT_EQ(world_.stored.size(), 0U);
    world_.files.on_read({});
  }
}

TEST_F(Ingest, AFileThatVanishesIsLeftOut)
{
  world_.files.add_file("/d/a", "a");
  world_.files.add_file("/d/b", "b");
  world_.files.on_read([&](const std::string& path, std::uint64_t) {
    if (path == "/d/a" && world_.files.exists("/d/b")) {
      world_.files.remove("/d/b");
    }
  });
  const Ingested found = take("/d");
  EXPECT_THAT(paths(found.manifest), ElementsAre("a"));
  EXPECT_THAT(found.omitted,
              ElementsAre(model::Omission{"b", "vanished while the folder was read"}));
}

TEST_F(Ingest, AStoreThatFailsInTheMiddleKeepsNothing)
{
  for (const char* name : {"a", "b", "c"}) {
    world_.files.add_file(std::string("/d/") + name, name);
  }
  for (std::uint64_t nth = 1; nth <= 4; ++nth) {
    world_.objects.on_put = {nth, ErrorKind::io};
    EXPECT_EQ(error_of([&] { take("/d"); }).kind(), ErrorKind::io) << nth;
    EXPECT_EQ(world_.stored.size(), 0U) << nth;
    EXPECT_THAT(world_.stat_cache.load("/d"), IsEmpty()) << "nothing may be believed to be stored";
  }
  world_.objects.on_commit = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { take("/d"); }).kind(), ErrorKind::io);
  EXPECT_EQ(world_.stored.size(), 0U);
  EXPECT_THAT(world_.stat_cache.load("/d"), IsEmpty());
  EXPECT_EQ(take("/d").manifest.root.files, 3U);
}

// The user's folder may have a name that the store's own messages contain.
TEST_F(Ingest, AFullStoreIsNotMistakenForAnUnreadableFile)
{
  world_.files.add_file("/store/a", "a");
  world_.files.add_file("/store/b", "b");
  world_.objects.on_put = {1, ErrorKind::io};
  const auto error = error_of([&] { take("/store"); });
  EXPECT_THAT(error.message(), HasSubstr("no space left"));
  EXPECT_EQ(error.hint(), "free some space") << "not 'make them readable'";
}

TEST_F(Ingest, IgnoreFilesHoldBelowTheirFolder)
{
  world_.files.add_file("/d/.mlreproignore", "*.tmp\n/cache/\n!keep.tmp\n");
  world_.files.add_file("/d/x.tmp", "");
  world_.files.add_file("/d/keep.tmp", "");
  world_.files.add_file("/d/cache/big", "");
  world_.files.add_file("/d/sub/cache/small", "");
  world_.files.add_file("/d/sub/.mlreproignore", "!x.tmp\n");
  world_.files.add_file("/d/sub/x.tmp", "");
  world_.files.add_file("/d/sub/y.tmp", "");
  EXPECT_THAT(paths(take("/d").manifest),
              ElementsAre(".mlreproignore", "keep.tmp", "sub", "sub/.mlreproignore", "sub/cache",
                          "sub/cache/small", "sub/x.tmp"));
}

TEST_F(Ingest, ProgressCoversEveryFileAndEnds)
{
  world_.files.add_file("/d/a", "12345");
  world_.files.add_file("/d/s/b", "123");
  (void)take("/d");
  (void)take("/d");
  ASSERT_EQ(world_.reporter.steps.size(), 2U);
  for (const auto& step : world_.reporter.steps) {
    EXPECT_EQ(step.files, 2U);
    EXPECT_EQ(step.bytes, 8U);
    EXPECT_TRUE(step.ended);
  }
}

TEST_F(Ingest, ACacheThatCanNotBeWrittenOnlyMattersToWriters)
{
  world_.files.add_file("/d/a", "a");
  world_.stat_cache.on_save = {1, ErrorKind::io};
  EXPECT_EQ(take("/d", Stored::identity_only).manifest.root.files, 1U);
  world_.stat_cache.on_save = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { take("/d"); }).kind(), ErrorKind::io);
}

class IngestFiles : public Ingest {
 protected:
  Ingested take(std::vector<std::string> list, Stored stored = Stored::content)
  {
    FileList files;
    files.top = "/p";
    files.paths = std::move(list);
    files.leave_out = leave_out_;
    return ingest_files(world_.data, files, stored);
  }
  std::function<std::optional<std::string>(const std::string&, std::uint64_t)> leave_out_;
};

TEST_F(IngestFiles, BuildsTheFoldersAboveTheFiles)
{
  world_.files.add_file("/p/a/b/c.py", "c");
  world_.files.add_file("/p/a-b", "ab");
  world_.files.add_file("/p/z.py", "z", true);
  world_.files.add_file("/p/other", "not listed");
  const Ingested found = take({"a/b/c.py", "a-b", "z.py"});
  EXPECT_THAT(paths(found.manifest), ElementsAre("a", "a/b", "a/b/c.py", "a-b", "z.py"));
  EXPECT_EQ(load_manifest(world_.objects, found.manifest.root).entries, found.manifest.entries);
  EXPECT_EQ(found.manifest.root.files, 3U);
  world_.files.remove("/p/other");
  world_.files.remove("/p/train.py");
  EXPECT_EQ(ingest_path(world_.data, "/p", Stored::content).manifest.root, found.manifest.root)
      << "equal folders have equal names, however they were listed";
}

TEST_F(IngestFiles, LeavesOutWhatItIsTold)
{
  world_.files.add_file("/p/big", std::string(1000, 'x'));
  world_.files.add_file("/p/small", "x");
  leave_out_ = [](const std::string&, std::uint64_t size) {
    return size > 100 ? std::optional<std::string>("too big") : std::nullopt;
  };
  const Ingested found = take({"big", "small"});
  EXPECT_THAT(paths(found.manifest), ElementsAre("small"));
  EXPECT_THAT(found.omitted, ElementsAre(model::Omission{"big", "too big"}));
}

TEST_F(IngestFiles, WhatHasVanishedOrIsUnreadableIsListedAndLeftOut)
{
  world_.files.add_file("/p/secret", "x");
  world_.files.set_unreadable("/p/secret");
  world_.files.add_other("/p/pipe");
  const Ingested found = take({"gone", "pipe", "secret", "train.py"});
  EXPECT_THAT(paths(found.manifest), ElementsAre("train.py"));
  ASSERT_EQ(found.omitted.size(), 2U);
  EXPECT_EQ(found.omitted[0].path, "pipe");
  EXPECT_THAT(found.omitted[1].reason, HasSubstr("permission denied"));
}

TEST_F(IngestFiles, AFailingStoreIsNotAnOmission)
{
  world_.objects.on_put = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { take({"train.py"}); }).kind(), ErrorKind::io);
}

TEST_F(IngestFiles, NoFilesAtAllAreAnEmptyFolder)
{
  const Ingested found = take({});
  EXPECT_EQ(found.manifest.root.files, 0U);
  EXPECT_THAT(load_manifest(world_.objects, found.manifest.root).entries, IsEmpty());
}

}  // namespace
}  // namespace mlrepro::versioning
