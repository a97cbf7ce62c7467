// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/ingest.hpp"

#include <gmock/gmock.h>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/versioning/snapshot.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
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

// What was taken in, with every entry below it.
struct Found : Ingested {
  std::vector<model::ManifestEntry> entries;
};

class Ingest : public ::testing::Test {
 protected:
  Found take(const std::string& path, Stored stored = Stored::content)
  {
    IngestExtras extras;
    extras.nodes = stored == Stored::identity_only ? &nodes_ : nullptr;
    return read(ingest_path(world_.data, path, stored, extras));
  }
  Found read(Ingested ingested)
  {
    Found found{std::move(ingested), {}};
    const auto load = [&](const model::Digest& digest) {
      const auto node = nodes_.find(digest);
      return node != nodes_.end() ? format::decode_tree(node->second)
                                  : load_node(world_.objects, digest);
    };
    walk_tree(load, found.root, [&](const std::string& path, const model::TreeEntry& entry) {
      if (!path.empty()) {
        found.entries.push_back({path, entry.type, entry.executable, entry.size, entry.digest});
      }
      return true;
    });
    return found;
  }
  static std::vector<std::string> paths(const Found& found)
  {
    std::vector<std::string> names;
    for (const model::ManifestEntry& entry : found.entries) {
      names.push_back(entry.path);
    }
    return names;
  }

  testing::UseCaseWorld world_;
  std::unordered_map<model::Digest, std::string> nodes_;
};

TEST_F(Ingest, AFolderWithAllThatAFolderCanHold)
{
  world_.files.add_file("/d/b.txt", "bb");
  world_.files.add_file("/d/a/run.sh", "#!", true);
  world_.files.add_folder("/d/empty");
  world_.files.add_symlink("/d/link", "../outside");
  world_.files.add_file("/d/\xff\n", "");
  const Found found = take("/d");
  EXPECT_THAT(paths(found), ElementsAre("a", "a/run.sh", "b.txt", "empty", "link", "\xff\n"));
  EXPECT_TRUE(found.entries[1].executable);
  EXPECT_EQ(found.entries[4].type, model::EntryType::symlink);
  EXPECT_EQ(load_blob(world_.objects, found.entries[4].digest), "../outside");
  EXPECT_EQ(found.root.files, 4U) << "folders do not count";
  EXPECT_EQ(found.root.size, 2U + 2U + 10U);
  EXPECT_THAT(found.omitted, IsEmpty());
}

TEST_F(Ingest, OneFileAndALinkToIt)
{
  world_.files.add_file("/data.csv", "1\n2\n");
  world_.files.add_symlink("/link", "data.csv");
  const Found direct = take("/data.csv");
  EXPECT_EQ(direct.root.type, model::EntryType::file);
  EXPECT_EQ(direct.root.digest, world_.digester.digest("1\n2\n"));
  EXPECT_THAT(direct.entries, IsEmpty());
  EXPECT_EQ(take("/link").root, direct.root) << "the path itself is followed";
}

TEST_F(Ingest, WhatCanNotBeTaken)
{
  world_.files.add_other("/pipe");
  EXPECT_EQ(error_of([&] { take("/absent"); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { take("/pipe"); }).kind(), ErrorKind::usage);
  world_.files.add_file("/d/a", "a");
  world_.files.add_other("/d/pipe");
  const Found found = take("/d");
  EXPECT_THAT(paths(found), ElementsAre("a"));
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
  const Found identity = take("/d", Stored::identity_only);
  EXPECT_EQ(world_.stored.size(), 0U);
  EXPECT_EQ(take("/d").root, identity.root);
}

TEST_F(Ingest, AnUnchangedFolderIsNotReadAgain)
{
  for (int i = 0; i < 20; ++i) {
    world_.files.add_file("/d/" + std::to_string(i), std::string(100, static_cast<char>('a' + i)));
  }
  const Found first = take("/d");
  EXPECT_EQ(first.new_bytes, first.stored_bytes);
  world_.files.reset_counters();
  const Found second = take("/d");
  EXPECT_EQ(world_.files.counters().opens, 0U);
  EXPECT_EQ(second.root, first.root);
  EXPECT_EQ(second.new_bytes, 0U);
  EXPECT_EQ(second.stored_bytes, first.stored_bytes);
  world_.files.add_file("/d/7", "changed");
  world_.files.reset_counters();
  EXPECT_NE(take("/d").root.digest, first.root.digest);
  EXPECT_EQ(world_.files.counters().opens, 1U);
}

TEST_F(Ingest, TheCacheIsNotTrustedForContentThatIsGone)
{
  world_.files.add_file("/d/a", "content");
  const Found first = take("/d");
  world_.stored.remove(world_.digester.digest("content"));
  const Found second = take("/d");
  EXPECT_EQ(second.root, first.root);
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
  world_.stat_cache.now_ns = stat->mtime_ns;
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
    const Found found = take("/d", stored);
    EXPECT_EQ(found.entries.at(0).digest, world_.digester.digest(std::string(10'000, 'b')));
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
  const Found found = take("/d");
  EXPECT_THAT(paths(found), ElementsAre("a"));
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
    EXPECT_THAT(world_.stat_cache.known("/d"), IsEmpty()) << "nothing may be believed to be stored";
  }
  world_.objects.on_commit = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { take("/d"); }).kind(), ErrorKind::io);
  EXPECT_EQ(world_.stored.size(), 0U);
  EXPECT_THAT(world_.stat_cache.known("/d"), IsEmpty());
  EXPECT_EQ(take("/d").root.files, 3U);
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
  EXPECT_THAT(paths(take("/d")),
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
  world_.stat_cache.next_failure = model::Error(ErrorKind::io, "write cache");
  EXPECT_EQ(take("/d", Stored::identity_only).root.files, 1U);
  world_.stat_cache.next_failure = model::Error(ErrorKind::io, "write cache");
  EXPECT_EQ(error_of([&] { take("/d"); }).kind(), ErrorKind::io);
}

TEST_F(Ingest, TheVersionBeforeIsHandedToTheStore)
{
  const auto digest = [&](const std::string& text) { return world_.digester.digest(text); };
  world_.files.add_file("/d/a", "one");
  world_.files.add_file("/d/s/b", "two");
  const Found first = take("/d");
  EXPECT_FALSE(world_.stored.previous(digest("one")));
  world_.files.add_file("/d/a", "one, changed");
  const Found second = take("/d");
  EXPECT_EQ(world_.stored.previous(digest("one, changed")), digest("one"));
  // A file that was written just now is not trusted, but is still the version before.
  world_.stat_cache.now_ns = 0;
  world_.files.add_file("/d/a", "one, changed again");
  take("/d");
  world_.files.add_file("/d/a", "one, changed once more");
  take("/d");
  EXPECT_EQ(world_.stored.previous(digest("one, changed once more")), digest("one, changed again"));
  // Without a cache, the last snapshot knows.
  world_.stat_cache.forget();
  world_.files.add_file("/d/s/b", "two, changed");
  IngestExtras extras;
  extras.previous = second.root;
  ingest_path(world_.data, "/d", Stored::content, extras);
  EXPECT_EQ(world_.stored.previous(digest("two, changed")), digest("two"));
  // And where that is gone, nothing is lost but space.
  world_.stat_cache.forget();
  world_.stored.remove(second.root.digest);
  world_.files.add_file("/d/s/b", "two, again");
  EXPECT_EQ(ingest_path(world_.data, "/d", Stored::content, extras).root.files, 2U);
}

TEST_F(Ingest, AFolderWhoseNodeIsGoneIsStoredAgain)
{
  world_.files.add_file("/d/s/a", "content");
  const Found first = take("/d");
  world_.stored.remove(first.root.digest);
  EXPECT_EQ(take("/d").root, first.root);
  EXPECT_TRUE(world_.objects.find(first.root.digest));
}

TEST_F(Ingest, AStoreIsNotData)
{
  world_.files.add_file("/d/a", "a");
  world_.files.add_file("/d/.mlrepro/mlrepro.db", "");
  world_.files.add_file("/d/s/.mlrepro", "a file of that name is one");
  EXPECT_THAT(paths(take("/d")), ElementsAre("a", "s", "s/.mlrepro"));
}

TEST_F(Ingest, ABigFolderIsReadOnceAndStoredInParts)
{
  for (int i = 0; i < 5000; ++i) {
    world_.files.add_file("/d/" + std::to_string(10'000 + i), std::to_string(i));
  }
  const Found first = take("/d");
  EXPECT_EQ(first.entries.size(), 5000U);
  EXPECT_FALSE(load_node(world_.objects, first.root.digest).parts.empty());
  world_.files.reset_counters();
  EXPECT_EQ(take("/d").root, first.root);
  EXPECT_EQ(world_.files.counters().opens, 0U);
  const std::size_t objects = world_.stored.size();
  world_.files.add_file("/d/12345", "changed");
  EXPECT_NE(take("/d").root.digest, first.root.digest);
  EXPECT_EQ(world_.files.counters().opens, 1U);
  EXPECT_EQ(world_.stored.size(), objects + 3) << "the content, its part, the folder";
  // Identity alone, with the nodes that the store lacks.
  world_.files.add_file("/d/12346", "changed, too");
  EXPECT_EQ(take("/d", Stored::identity_only).entries.size(), 5000U);
  EXPECT_EQ(nodes_.size(), 2U);
}

class IngestFiles : public Ingest {
 protected:
  Found take(std::vector<std::string> list, Stored stored = Stored::content)
  {
    FileList files;
    files.top = "/p";
    files.paths = std::move(list);
    files.leave_out = leave_out_;
    return read(ingest_files(world_.data, files, stored));
  }
  std::function<std::optional<std::string>(const std::string&, std::uint64_t)> leave_out_;
};

TEST_F(IngestFiles, BuildsTheFoldersAboveTheFiles)
{
  world_.files.add_file("/p/a/b/c.py", "c");
  world_.files.add_file("/p/a-b", "ab");
  world_.files.add_file("/p/z.py", "z", true);
  world_.files.add_file("/p/other", "not listed");
  const Found found = take({"a/b/c.py", "a-b", "z.py"});
  EXPECT_THAT(paths(found), ElementsAre("a", "a/b", "a/b/c.py", "a-b", "z.py"));
  EXPECT_EQ(found.root.files, 3U);
  world_.files.remove("/p/other");
  world_.files.remove("/p/train.py");
  EXPECT_EQ(ingest_path(world_.data, "/p", Stored::content).root, found.root)
      << "equal folders have equal names, however they were listed";
}

TEST_F(IngestFiles, LeavesOutWhatItIsTold)
{
  world_.files.add_file("/p/big", std::string(1000, 'x'));
  world_.files.add_file("/p/small", "x");
  leave_out_ = [](const std::string&, std::uint64_t size) {
    return size > 100 ? std::optional<std::string>("too big") : std::nullopt;
  };
  const Found found = take({"big", "small"});
  EXPECT_THAT(paths(found), ElementsAre("small"));
  EXPECT_THAT(found.omitted, ElementsAre(model::Omission{"big", "too big"}));
}

TEST_F(IngestFiles, WhatHasVanishedOrIsUnreadableIsListedAndLeftOut)
{
  world_.files.add_file("/p/secret", "x");
  world_.files.set_unreadable("/p/secret");
  world_.files.add_other("/p/pipe");
  const Found found = take({"gone", "pipe", "secret", "train.py"});
  EXPECT_THAT(paths(found), ElementsAre("train.py"));
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
  const Found found = take({});
  EXPECT_EQ(found.root.files, 0U);
  EXPECT_THAT(found.entries, IsEmpty());
}

}  // namespace
}  // namespace mlrepro::versioning
