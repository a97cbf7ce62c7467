// SPDX-License-Identifier: Apache-2.0
#include "storage/local_collector.hpp"

#include <gmock/gmock.h>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/plan/collection.hpp"
#include "storage/store_locks.hpp"
#include "support/error_of.hpp"
#include "support/pack_store.hpp"
#include "support/sample_bytes.hpp"

namespace mlrepro {
namespace {

using model::Digest;
using model::ErrorKind;
using ports::RecordedContent;
using testing::error_of;
using testing::sample_rows;
using testing::sample_text;

class LocalCollector : public testing::PackStore {
 protected:
  static RecordedContent naming(const std::vector<Digest>& digests)
  {
    RecordedContent content;
    for (const Digest& digest : digests) {
      content.needed.push_back({digest, false});
    }
    return content;
  }

  ports::CollectionRules rules() const
  {
    ports::CollectionRules rules;
    rules.fate_of_pack = [this](const model::PackUse& use) {
      return plan::fate_of_pack(
          use, strict_ ? plan::Thoroughness::complete : plan::Thoroughness::worthwhile);
    };
    rules.is_expired = [this](model::Timestamp at) { return plan::is_expired(at, now_, 1000); };
    rules.now = now_;
    rules.strict = strict_;
    rules.use_trash = use_trash_;
    rules.patience = std::chrono::milliseconds(50);
    return rules;
  }

  model::Collection collect(const RecordedContent& content)
  {
    return collector().collect([&] { return content; }, rules());
  }
  model::Collection survey(const RecordedContent& content)
  {
    return collector().survey(content, rules());
  }
  storage::LocalCollector collector() const
  {
    return {folder_ / "objects", folder_ / "tmp", folder_ / "trash"};
  }

  std::size_t trashed() const
  {
    std::size_t count = 0;
    if (std::filesystem::exists(folder_ / "trash")) {
      for (const auto& item : std::filesystem::recursive_directory_iterator(folder_ / "trash")) {
        count += item.is_regular_file() ? 1U : 0U;
      }
    }
    return count;
  }
  bool is_anywhere(const std::string& bytes) const
  {
    for (const auto& item : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (item.is_regular_file() && testing::read_text(item.path()).find(bytes) != bytes.npos) {
        return true;
      }
    }
    return false;
  }
  Digest put_folder(const std::vector<model::TreeEntry>& entries)
  {
    return put(format::encode_tree({entries, {}}), std::nullopt, ports::ObjectKind::tree).digest;
  }

  model::Timestamp now_{5'000'000};
  bool strict_ = false;
  bool use_trash_ = true;
};

TEST_F(LocalCollector, NothingIsDoneWhereNothingIsStored)
{
  EXPECT_EQ(collect({}).objects, 0U);
  EXPECT_EQ(survey({}).objects, 0U);
}

TEST_F(LocalCollector, WhatIsNotNamedGoesToTheTrashAndThenForGood)
{
  const std::string big = sample_text(3'000'000, 1);
  const auto kept = put(big);
  const auto small = put("small");
  const auto gone = put(sample_text(900'000, 2));
  const auto content = naming({kept.digest, small.digest});

  const auto planned = survey(content);
  EXPECT_EQ(planned.objects, 1U);
  EXPECT_EQ(planned.packs_removed, 1U);
  EXPECT_FALSE(planned.applied);
  EXPECT_TRUE(store().find(gone.digest)) << "a survey changes nothing";

  const auto done = collect(content);
  EXPECT_TRUE(done.applied);
  EXPECT_EQ(done.objects, planned.objects);
  EXPECT_EQ(done.bytes, planned.bytes);
  EXPECT_EQ(done.freed_bytes, 0U) << "it is in the trash";
  EXPECT_EQ(trashed(), 1U);
  EXPECT_FALSE(store().find(gone.digest));
  EXPECT_TRUE(load(kept.digest) == big);
  EXPECT_EQ(load(small.digest), "small");
  EXPECT_EQ(temporaries(), 0U);

  now_.ms += 999;
  EXPECT_EQ(collect(content).emptied_bytes, 0U);
  now_.ms += 1;
  EXPECT_GT(survey(content).emptied_bytes, 0U);
  EXPECT_GT(collect(content).emptied_bytes, 0U);
  EXPECT_EQ(trashed(), 0U);
}

TEST_F(LocalCollector, APartOfAPackGoes)
{
  std::vector<Digest> kept;
  std::vector<Digest> gone;
  const auto batch = store().begin();
  for (unsigned i = 0; i < 50; ++i) {
    const auto object = ports::put_bytes(*batch, ports::ObjectKind::blob, sample_rows(20, i));
    (i % 2 == 0 ? kept : gone).push_back(object.digest);
  }
  const auto raw = ports::put_bytes(*batch, ports::ObjectKind::blob, sample_text(100'000, 1));
  batch->commit();
  kept.push_back(raw.digest);
  const auto result = collect(naming(kept));
  EXPECT_EQ(result.packs_rewritten, 1U);
  EXPECT_EQ(result.objects, 25U);
  reopen();
  for (const Digest& digest : gone) {
    EXPECT_FALSE(store().find(digest));
  }
  for (unsigned i = 0; i < 25; ++i) {
    EXPECT_EQ(load(kept[i]), sample_rows(20, 2 * i));
  }
  EXPECT_TRUE(load(raw.digest) == sample_text(100'000, 1));
  EXPECT_EQ(survey(naming(kept)).objects, 0U) << "a second time, nothing is left to do";
}

TEST_F(LocalCollector, WithoutATrashItIsGoneAtOnce)
{
  const auto gone = put(sample_text(900'000, 2));
  use_trash_ = false;
  EXPECT_GT(collect({}).freed_bytes, 1000U);
  EXPECT_EQ(trashed(), 0U);
  EXPECT_TRUE(packs().empty());
  EXPECT_FALSE(make()->find(gone.digest));
}

TEST_F(LocalCollector, FoldersLeadToWhatIsInThem)
{
  const auto file = put("in a folder");
  const auto loose = put("loose");
  model::TreeEntry entry;
  entry.name = "f";
  entry.size = 11;
  entry.files = 1;
  entry.digest = file.digest;
  const Digest inner = put_folder({entry});
  model::TreeEntry sub = entry;
  sub.name = "sub";
  sub.type = model::EntryType::folder;
  sub.digest = inner;
  const Digest outer = put_folder({sub});
  RecordedContent content;
  content.needed.push_back({outer, true});
  EXPECT_EQ(collect(content).objects, 1U);
  EXPECT_FALSE(store().find(loose.digest));
  EXPECT_EQ(load(file.digest), "in a folder");
  EXPECT_TRUE(store().find(inner) && store().find(outer));
}

TEST_F(LocalCollector, AMissingFolderMeansThatNothingIsKnown)
{
  const auto file = put("x");
  RecordedContent content;
  content.needed.push_back({file.digest, true});  // it is a file: there is no such node
  EXPECT_EQ(error_of([&] { (void)survey(content); }).kind(), ErrorKind::corrupt);
  EXPECT_EQ(error_of([&] { (void)collect(content); }).kind(), ErrorKind::corrupt);
  EXPECT_TRUE(store().find(file.digest)) << "nothing is removed then";
}

TEST_F(LocalCollector, BasesOfDeltasStayThoughTheirFilesGo)
{
  const std::string old = sample_rows(40'000, 3);
  std::string edited = old;
  edited.replace(500'000, 5, "#####");
  const auto first = put(old);
  const auto second = put(edited, first.digest);
  ASSERT_LT(second.new_bytes, 60'000U) << "no delta, so nothing is tested";
  const auto small_old = put(sample_rows(3000, 5));
  std::string small_edited = sample_rows(3000, 5);
  small_edited.replace(5'000, 5, "#####");
  const auto small = put(small_edited, small_old.digest);

  (void)collect(naming({second.digest, small.digest}));
  reopen();
  EXPECT_FALSE(store().find(first.digest));
  EXPECT_TRUE(load(second.digest) == edited);
  EXPECT_EQ(load(small.digest), small_edited);
  EXPECT_EQ(survey(naming({second.digest, small.digest})).objects, 0U);
}

TEST_F(LocalCollector, CondemnedContentIsInNoByteOfTheStore)
{
  const std::string secret = sample_text(3000, 77);
  const std::string big_secret = sample_text(2'000'000, 78);
  const std::string old = sample_rows(40'000, 3);
  std::string edited = old;
  edited.replace(500'000, 5, "#####");
  const auto first = put(old);
  const auto second = put(edited, first.digest);
  ASSERT_LT(second.new_bytes, 100'000U);
  const auto batch = store().begin();
  const auto small = ports::put_bytes(*batch, ports::ObjectKind::blob, secret);
  const auto beside = ports::put_bytes(*batch, ports::ObjectKind::blob, sample_text(3000, 79));
  batch->commit();
  const auto big = put(big_secret);
  const auto trashed_before = put(secret + "x");
  (void)collect(naming({first.digest, second.digest, small.digest, beside.digest, big.digest}));
  ASSERT_EQ(trashed(), 1U);
  ASSERT_TRUE(is_anywhere(secret.substr(100, 100)));
  ASSERT_TRUE(is_anywhere(big_secret.substr(1'000'000, 100)));

  RecordedContent content =
      naming({first.digest, second.digest, small.digest, beside.digest, big.digest});
  content.condemned = {first.digest, small.digest, big.digest};
  strict_ = true;
  (void)collect(content);
  EXPECT_FALSE(is_anywhere(secret.substr(100, 100)));
  for (std::size_t at = 0; at < big_secret.size(); at += 50'000) {
    EXPECT_FALSE(is_anywhere(big_secret.substr(at, 100)));
  }
  EXPECT_EQ(trashed(), 0U);
  reopen();
  for (const auto& object : {first, small, big, trashed_before}) {
    EXPECT_FALSE(store().find(object.digest));
  }
  EXPECT_TRUE(load(second.digest) == edited);
  EXPECT_EQ(load(beside.digest), sample_text(3000, 79));
  for (const std::string& path : packs()) {
    EXPECT_EQ(storage::Pack::open(path)->footer().base_count(), 0U) << "nothing is based on it";
  }
  EXPECT_EQ(survey(content).objects, 0U);
}

TEST_F(LocalCollector, WhatIsNamedMeanwhileStays)
{
  const auto kept = put("kept");
  const auto late = put(sample_text(900'000, 2));
  int times = 0;
  const auto read = [&] {
    return ++times == 1 ? naming({kept.digest}) : naming({kept.digest, late.digest});
  };
  const auto result = collector().collect(read, rules());
  EXPECT_EQ(times, 2);
  EXPECT_EQ(result.packs_skipped, 1U);
  EXPECT_TRUE(load(late.digest) == sample_text(900'000, 2));
  EXPECT_EQ(trashed(), 0U);
}

TEST_F(LocalCollector, ADeltaThatIsStoredMeanwhileKeepsItsBase)
{
  const std::string old = sample_rows(40'000, 3);
  std::string edited = old;
  edited.replace(500'000, 5, "#####");
  const auto base = put(old);
  std::optional<Digest> late;
  int times = 0;
  const auto read = [&] {
    if (++times == 2) {
      late = put(edited, base.digest).digest;
      return naming({*late});
    }
    return naming({});
  };
  (void)collector().collect(read, rules());
  reopen();
  EXPECT_TRUE(load(*late) == edited);
}

TEST_F(LocalCollector, WhatIsNeededComesBackFromTheTrash)
{
  const auto object = put(sample_text(900'000, 2));
  (void)collect({});
  ASSERT_FALSE(store().find(object.digest));
  EXPECT_EQ(survey(naming({object.digest})).rescued, 1U);
  EXPECT_EQ(collect(naming({object.digest})).rescued, 1U);
  reopen();
  EXPECT_TRUE(load(object.digest) == sample_text(900'000, 2));
  EXPECT_EQ(trashed(), 0U);
}

TEST_F(LocalCollector, WaitsForHoldsAndGivesUp)
{
  const auto gone = put("x");
  const auto hold = store().hold();
  EXPECT_EQ(error_of([&] { (void)collect({}); }).kind(), ErrorKind::locked);
  EXPECT_TRUE(store().find(gone.digest));
  EXPECT_EQ(temporaries(), 0U);
  EXPECT_EQ(survey({}).objects, 1U) << "looking is always possible";
}

TEST_F(LocalCollector, LeavesADamagedPackAlone)
{
  const auto batch = store().begin();
  const auto kept = ports::put_bytes(*batch, ports::ObjectKind::blob, sample_text(300'000, 1));
  const auto gone = ports::put_bytes(*batch, ports::ObjectKind::blob, sample_text(300'000, 2));
  batch->commit();
  const std::string path = packs().front();
  std::string bytes = testing::read_text(path);
  for (std::size_t at = 100; at < bytes.size() / 2; at += 97) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
  }
  overwrite(path, bytes);
  reopen();
  RecordedContent content = naming({kept.digest});
  try {
    EXPECT_EQ(collect(content).packs_skipped, 1U);
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << "what is needed could not be told";
  }
  EXPECT_EQ(testing::read_text(path), bytes);
  (void)gone;
}

TEST_F(LocalCollector, WhatLacksItsBaseIsNotThere)
{
  const std::string old = sample_rows(3000, 5);
  std::string edited = old;
  edited.replace(5'000, 5, "#####");
  const auto base = put(old);
  const std::string base_pack = packs().front();
  const auto delta = put(edited, base.digest);
  ASSERT_LT(delta.new_bytes, 1000U) << "no delta, so nothing is tested";
  std::filesystem::remove(base_pack);
  reopen();
  EXPECT_FALSE(store().find(delta.digest));
  std::size_t visited = 0;
  store().for_each([&](const Digest&, std::uint64_t) { ++visited; });
  EXPECT_EQ(visited, 0U);
  EXPECT_TRUE(put(edited).is_new) << "a writer must not rely on it";
  EXPECT_EQ(load(delta.digest), edited);
}

}  // namespace
}  // namespace mlrepro
