// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <span>

#include "mlrepro/versioning/copies.hpp"
#include "mlrepro/versioning/ingest.hpp"
#include "mlrepro/versioning/verify.hpp"
#include "storage/chunker.hpp"
#include "storage/local_store_care.hpp"
#include "support/pack_store.hpp"
#include "support/sample_bytes.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::versioning {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Says that it has everything.
class Liar final : public CopySource {
 public:
  explicit Liar(std::string content) : content_(std::move(content)) {}
  FoundCopy find(const WantedObject& /*wanted*/) override
  {
    return {std::make_unique<testing::StringSource>(content_), "a liar", ""};
  }

 private:
  std::string content_;
};

// Files in memory, and a real store of packs.
class Repair : public testing::PackStore {
 protected:
  Ports data()
  {
    return {world_.files,    *store_,      world_.stat_cache, world_.snapshots,
            world_.digester, world_.clock, world_.reporter};
  }
  VerifyRoot add(const std::string& path, const std::string& label)
  {
    VerifyRoot root;
    root.entry = ingest_path(data(), path, model::Stored::content).root;
    root.label = label;
    return root;
  }
  void lose_everything()
  {
    std::filesystem::remove_all(folder_ / "objects");
    reopen();
  }
  model::Verification repair(const std::vector<VerifyRoot>& roots, std::vector<CopySource*> copies)
  {
    VerifyOptions options;
    options.care = &care_;
    options.copies = std::move(copies);
    return verify(data(), roots, options);
  }
  model::Verification repair(const std::vector<VerifyRoot>& roots)
  {
    const Ports ports = data();
    WorkingTreeCopies tree(ports, "/p");
    return repair(roots, {&tree});
  }
  model::Digest digest(const std::string& content) { return world_.digester.digest(content); }

  testing::UseCaseWorld world_;
  storage::LocalStoreCare care_{folder_ / "objects", folder_ / "tmp"};
};

TEST_F(Repair, TakesFilesLinksAndFoldersFromWhereTheyWere)
{
  world_.files.add_file("/p/d/a", "one");
  world_.files.add_file("/p/d/s/b", "two", true);
  world_.files.add_symlink("/p/d/l", "a");
  const auto root = add("/p/d", "d");
  lose_everything();
  const auto result = repair({root});
  EXPECT_TRUE(result.is_sound());
  EXPECT_THAT(result.damaged, SizeIs(5)) << "two folders, two files, a link";
  for (const model::Damage& damage : result.damaged) {
    EXPECT_EQ(damage.repaired_from, damage.paths.at(0));
  }
  EXPECT_THAT(repair({root}).damaged, IsEmpty());
  EXPECT_EQ(load(digest("two")), "two");
}

TEST_F(Repair, TheSecondPathHelpsWhereTheFirstCanNot)
{
  world_.files.add_file("/p/x", "same");
  world_.files.add_file("/p/y", "same");
  const auto x = add("/p/x", "x");
  const auto y = add("/p/y", "y");
  lose_everything();
  world_.files.add_file("/p/x", "changed");
  const auto result = repair({x, y});
  ASSERT_THAT(result.damaged, SizeIs(1));
  EXPECT_EQ(result.damaged[0].repaired_from, "y");
  EXPECT_EQ(result.damaged[0].not_repaired, "");
}

TEST_F(Repair, SaysOfEachPlaceWhyNot)
{
  world_.files.add_file("/p/gone", "1");
  world_.files.add_file("/p/changed", "2");
  world_.files.add_file("/p/kind", "3");
  std::vector<VerifyRoot> roots;
  for (const char* name : {"gone", "changed", "kind"}) {
    roots.push_back(add(std::string("/p/") + name, name));
  }
  lose_everything();
  world_.files.remove("/p/gone");
  world_.files.add_file("/p/changed", "22");
  world_.files.remove("/p/kind");
  world_.files.add_file("/p/kind/inside", "3");
  const auto result = repair(roots);
  EXPECT_FALSE(result.is_sound());
  std::map<std::string, std::string> why;
  for (const model::Damage& damage : result.damaged) {
    EXPECT_EQ(damage.repaired_from, std::nullopt);
    why[damage.paths.at(0)] = damage.not_repaired;
  }
  EXPECT_EQ(why["gone"], "'gone' is not there");
  EXPECT_EQ(why["changed"], "'changed' has other content");
  EXPECT_EQ(why["kind"], "'kind' is no file");
}

TEST_F(Repair, WhatNobodyNamesHasNoPlaceToLookAt)
{
  const auto object = put("nobody's");
  const std::string pack = packs().at(0);
  std::string bytes = testing::read_text(pack);
  bytes[bytes.find("nobody's")] ^= 1;
  overwrite(pack, bytes);
  reopen();
  const auto result = repair({});
  ASSERT_THAT(result.damaged, SizeIs(1));
  EXPECT_EQ(result.damaged[0].object, object.digest);
  EXPECT_EQ(result.damaged[0].not_repaired, "no path is recorded for it");
}

TEST_F(Repair, ASourceIsNotBelieved)
{
  world_.files.add_file("/p/x", "right");
  const auto root = add("/p/x", "x");
  lose_everything();
  Liar liar("wrong");
  const auto refused = repair({root}, {&liar});
  ASSERT_THAT(refused.damaged, SizeIs(1));
  EXPECT_EQ(refused.damaged[0].repaired_from, std::nullopt);
  EXPECT_EQ(refused.damaged[0].not_repaired, "a liar: changed while it was read");
  const Ports ports = data();
  WorkingTreeCopies tree(ports, "/p");
  EXPECT_EQ(repair({root}, {&liar, &tree}).damaged[0].repaired_from, "x");
}

TEST_F(Repair, AnIgnoreFileFurtherUpCounts)
{
  world_.files.add_file("/p/d/.mlreproignore", "*.tmp\n");
  world_.files.add_file("/p/d/s/keep", "k");
  world_.files.add_file("/p/d/s/drop.tmp", "t");
  const auto root = add("/p/d", "d");
  lose_everything();
  EXPECT_TRUE(repair({root}).is_sound());
}

TEST_F(Repair, APieceOfABigFileIsACopyOfASmallOne)
{
  const std::string big = testing::sample_rows(60'000, 5);
  put(big);
  std::string piece = big;  // the last one, when the others are cut off
  for (std::size_t size = 0; size < piece.size();
       size = storage::cut_piece(std::as_bytes(std::span(piece)))) {
    piece = piece.substr(size);
  }
  ASSERT_LT(piece.size(), 256U * 1024) << "a file of one record";
  EXPECT_EQ(ports::read_all(*care_.salvage(digest(piece))), piece);
  EXPECT_EQ(care_.salvage(digest("no piece")), nullptr);
  ASSERT_EQ(store().find(digest(piece)), std::nullopt) << "a piece is no file yet";
  VerifyRoot root;
  root.entry.type = model::EntryType::file;
  root.entry.digest = digest(piece);
  root.label = "x";
  StoreCopies copies(care_);
  const auto result = repair({root}, {&copies});
  ASSERT_THAT(result.damaged, SizeIs(1));
  EXPECT_EQ(result.damaged[0].repaired_from, "another record of the store");
  EXPECT_EQ(load(digest(piece)), piece);
}

TEST_F(Repair, ADistrustfulBatchStoresWhatIsDamagedAndNothingElse)
{
  const std::string big = testing::sample_rows(60'000, 6);
  const auto object = put(big);
  const std::string pack = packs().at(0);
  std::string bytes = testing::read_text(pack);
  bytes[bytes.size() / 2] ^= 8;
  overwrite(pack, bytes);
  const auto batch = care_.begin_distrustful();
  testing::StringSource source(big, std::size_t{1} << 20U);
  EXPECT_EQ(batch->put(ports::ObjectKind::blob, source, std::nullopt).digest, object.digest);
  batch->commit();
  EXPECT_GT(batch->written_bytes(), 0U);
  EXPECT_LT(batch->written_bytes(), bytes.size() / 2) << "one piece of several";
  reopen();
  EXPECT_EQ(load(object.digest), big);
}

TEST_F(Repair, AMendedIndexIsWhatItWas)
{
  const auto object = put("content");
  const std::string pack = packs().at(0);
  const std::string sound = testing::read_text(pack);
  EXPECT_EQ(care_.damaged_indexes(), 0U);
  EXPECT_EQ(care_.mend_indexes(), 0U);
  std::string bytes = sound;
  bytes[bytes.size() - 1] ^= 1;
  overwrite(pack, bytes);
  storage::LocalStoreCare fresh(folder_ / "objects", folder_ / "tmp");
  EXPECT_EQ(fresh.damaged_indexes(), 1U);
  EXPECT_EQ(fresh.mend_indexes(), 1U);
  EXPECT_EQ(fresh.damaged_indexes(), 0U);
  EXPECT_EQ(testing::read_text(pack), sound);
  EXPECT_EQ(temporaries(), 0U);
  reopen();
  EXPECT_EQ(load(object.digest), "content");
}

TEST_F(Repair, AnEmptyStoreHasNothingToMend)
{
  EXPECT_EQ(care_.damaged_indexes(), 0U);
  EXPECT_EQ(care_.mend_indexes(), 0U);
  EXPECT_EQ(care_.salvage(digest("x")), nullptr);
}

}  // namespace
}  // namespace mlrepro::versioning
