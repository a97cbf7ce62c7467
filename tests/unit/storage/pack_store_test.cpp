// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/block_encoder.hpp"
#include "storage/object_source.hpp"
#include "storage/pack_batch.hpp"
#include "storage/pack_rewriter.hpp"
#include "storage/recipe.hpp"
#include "storage/store_locks.hpp"
#include "support/error_of.hpp"
#include "support/pack_store.hpp"
#include "support/sample_bytes.hpp"

namespace mlrepro {
namespace {

using model::Digest;
using model::ErrorKind;
using testing::sample_rows;
using testing::sample_text;

class LocalObjectStore : public testing::PackStore {
 protected:
  std::size_t count() const
  {
    std::size_t found = 0;
    make()->for_each([&](const Digest&, std::uint64_t) { ++found; });
    return found;
  }
};

TEST_F(LocalObjectStore, PacksAreReadOnlyAndNothingElseIsLeft)
{
  (void)put(sample_text(700'000, 1));
  ASSERT_EQ(packs().size(), 1U);
  EXPECT_EQ(std::filesystem::status(packs().front()).permissions(),
            std::filesystem::perms::owner_read);
  EXPECT_EQ(std::filesystem::file_size(packs().front()), written_);
  EXPECT_EQ(temporaries(), 0U);
  {
    const auto dropped = store().begin();
    (void)ports::put_bytes(*dropped, ports::ObjectKind::blob, sample_text(700'000, 2));
    EXPECT_EQ(temporaries(), 1U);
  }
  EXPECT_EQ(temporaries(), 0U);
  EXPECT_EQ(packs().size(), 1U);
}

TEST_F(LocalObjectStore, TreesHavePacksOfTheirOwn)
{
  const auto batch = store().begin();
  (void)ports::put_bytes(*batch, ports::ObjectKind::blob, "content");
  (void)ports::put_bytes(*batch, ports::ObjectKind::tree, "node");
  batch->commit();
  EXPECT_EQ(packs().size(), 2U);
}

TEST_F(LocalObjectStore, ManySmallObjectsTakeFewBytes)
{
  const auto batch = store().begin();
  std::uint64_t raw = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    const std::string content = sample_rows(20 + i % 30, i);
    raw += content.size();
    (void)ports::put_bytes(*batch, ports::ObjectKind::blob, content);
  }
  batch->commit();
  EXPECT_EQ(packs().size(), 1U);
  EXPECT_LT(batch->written_bytes(), raw * 6 / 10);
  EXPECT_EQ(count(), 2000U);
}

TEST_F(LocalObjectStore, PlacesFollowTheOrderOfWriting)
{
  const auto a = put(sample_text(100'000, 1)).digest;
  const auto b = put(sample_text(100'000, 2)).digest;
  EXPECT_LT(store().place(a), store().place(b));
  EXPECT_GT(store().place(crypto::Sha256Digester().digest("nothing")), store().place(b));
}

TEST_F(LocalObjectStore, AnotherStoreSeesWhatIsPublishedAndRemoved)
{
  const auto other = make();
  const auto object = put("seen");
  EXPECT_TRUE(other->find(object.digest));
  EXPECT_EQ(ports::load_object(*other, ports::ObjectKind::blob, object.digest), "seen");
  store().remove(object.digest);
  EXPECT_FALSE(other->find(object.digest));
}

TEST_F(LocalObjectStore, AppendedRowsCostWhatTheyAdd)
{
  const std::string old = sample_rows(150'000, 3);
  const std::string more = old + sample_rows(2000, 4);
  const auto first = put(old);
  const auto second = put(more, first.digest);
  EXPECT_LT(second.new_bytes, 60'000U);
  EXPECT_LT(written_, 60'000U);
  EXPECT_GT(second.stored_bytes, first.stored_bytes);
  EXPECT_TRUE(load(second.digest) == more);
}

TEST_F(LocalObjectStore, ScatteredEditsAreStoredAsDeltas)
{
  const std::string old = sample_rows(150'000, 5);
  std::string edited = old;
  for (std::size_t at = 10'000; at + 100 < edited.size(); at += 40'000) {
    edited.replace(at, 8, sample_text(5, at));
  }
  const auto first = put(old);
  const auto second = put(edited, first.digest);
  EXPECT_LT(second.new_bytes, first.new_bytes / 40) << "of " << first.new_bytes;
  EXPECT_TRUE(load(second.digest) == edited);
  reopen();
  EXPECT_TRUE(load(second.digest) == edited);
  EXPECT_TRUE(load(first.digest) == old);
}

TEST_F(LocalObjectStore, ALineOfVersionsStaysSmallAndReadable)
{
  std::string content = sample_rows(40'000, 6);
  auto previous = put(content);
  const std::uint64_t base = previous.new_bytes;
  std::vector<std::pair<Digest, std::string>> versions{{previous.digest, content}};
  for (unsigned i = 0; i < 12; ++i) {
    for (std::size_t k = 0; k < 8; ++k) {
      content.replace((k * 97'003 + i * 13'001) % (content.size() - 10), 6,
                      "v" + std::to_string(i));
    }
    previous = put(content, previous.digest);
    EXPECT_LT(previous.new_bytes, base / 10) << "version " << i;
    versions.emplace_back(previous.digest, content);
  }
  reopen();
  for (const auto& [digest, expected] : versions) {
    EXPECT_TRUE(load(digest) == expected);
  }
}

TEST_F(LocalObjectStore, ASmallFileIsADeltaToo)
{
  const std::string old = sample_rows(3000, 7);
  std::string edited = old;
  edited.replace(20'000, 5, "other");
  const auto first = put(old);
  const auto second = put(edited, first.digest);
  EXPECT_LT(second.new_bytes, 400U);
  EXPECT_TRUE(load(second.digest) == edited);
}

TEST_F(LocalObjectStore, ABaseThatIsRemovedIsKeptForItsDeltas)
{
  const std::string old = sample_rows(3000, 8);
  std::string edited = old;
  edited.replace(20'000, 5, "other");
  const auto first = put(old);
  const auto second = put(edited, first.digest);
  store().remove(first.digest);
  EXPECT_FALSE(store().find(first.digest));
  EXPECT_EQ(testing::error_of([&] { (void)load(first.digest); }).kind(), ErrorKind::not_found);
  EXPECT_TRUE(load(second.digest) == edited);
  EXPECT_TRUE(put(old).is_new);
  EXPECT_TRUE(load(first.digest) == old);
}

TEST_F(LocalObjectStore, APreviousVersionThatIsNotThereDoesNotMatter)
{
  const Digest nowhere = crypto::Sha256Digester().digest("nowhere");
  const std::string content = sample_rows(40'000, 9);
  EXPECT_TRUE(load(put(content, nowhere).digest) == content);
  EXPECT_FALSE(put(content, put(content).digest).is_new);
}

TEST_F(LocalObjectStore, PackedFormatsStayWholeUpToALimit)
{
  const std::string image = "\x89PNG\r\n\x1a\n" + sample_text(3'000'000, 10);
  const std::string archive = "PK\x03\x04" + sample_text(9'000'000, 11);
  const auto a = put(image);
  const auto b = put(archive);
  EXPECT_LT(a.new_bytes, image.size() + 200);
  EXPECT_TRUE(load(a.digest) == image);
  EXPECT_TRUE(load(b.digest) == archive);
  const auto c = put(archive + "and more");
  EXPECT_LT(c.new_bytes, 600'000U) << "beyond the limit, pieces are found again";
}

TEST_F(LocalObjectStore, ARunOfZerosIsStoredOnce)
{
  const std::string zeros(20'000'000, '\0');
  EXPECT_LT(put(zeros).new_bytes, 2000U);
  EXPECT_TRUE(load(crypto::Sha256Digester().digest(zeros)) == zeros);
}

TEST_F(LocalObjectStore, ManySmallPacksBecomeOne)
{
  std::vector<std::pair<Digest, std::string>> contents;
  const auto reader = make();
  for (unsigned i = 0; i < 40; ++i) {
    const std::string content = sample_rows(30, 100 + i);
    contents.emplace_back(put(content).digest, content);
    EXPECT_EQ(ports::load_object(*reader, ports::ObjectKind::blob, contents[i / 2].first),
              contents[i / 2].second)
        << "by a process that looked before packs were merged";
  }
  EXPECT_LT(packs().size(), 20U);
  EXPECT_EQ(count(), 40U);
  for (const auto& [digest, content] : contents) {
    EXPECT_TRUE(try_load(digest, content));
  }
}

TEST_F(LocalObjectStore, NothingIsMergedWhileObjectsAreRemoved)
{
  const auto removing =
      storage::StoreLock::try_take(folder_ / "objects/lock", posix::LockMode::exclusive);
  ASSERT_TRUE(removing);
  for (unsigned i = 0; i < 18; ++i) {
    (void)put(std::to_string(i));
  }
  EXPECT_EQ(packs().size(), 18U);
}

TEST_F(LocalObjectStore, NothingIsRemovedWhileSomebodyHolds)
{
  (void)put("kept");
  const auto hold = store().hold();
  EXPECT_FALSE(storage::StoreLock::try_take(folder_ / "objects/lock", posix::LockMode::exclusive));
  EXPECT_EQ(testing::error_of([&] {
              (void)storage::StoreLock::take_alone(folder_ / "objects/lock",
                                                   std::chrono::milliseconds(1));
            }).kind(),
            ErrorKind::locked);
  EXPECT_TRUE(store().hold()) << "any number may hold";
}

TEST_F(LocalObjectStore, ThreadsShareABatch)
{
  constexpr unsigned k_threads = 6;
  const std::string shared = sample_rows(30'000, 20);
  const auto batch = store().begin();
  std::vector<std::vector<std::pair<Digest, std::string>>> contents(k_threads);
  std::atomic<unsigned> news{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < k_threads; ++t) {
    threads.emplace_back([&, t] {
      for (unsigned i = 0; i < 30; ++i) {
        std::string content =
            i % 10 == 0 ? sample_rows(12'000, t * 100 + i) : sample_text(i * 400, t % 2 * 100 + i);
        const auto object = ports::put_bytes(*batch, ports::ObjectKind::blob, content);
        contents[t].emplace_back(object.digest, std::move(content));
      }
      news += ports::put_bytes(*batch, ports::ObjectKind::blob, shared).is_new ? 1U : 0U;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  batch->commit();
  EXPECT_EQ(news, 1U);
  std::vector<std::thread> readers;
  for (unsigned t = 0; t < k_threads; ++t) {
    readers.emplace_back([&, t] {
      for (const auto& [digest, content] : contents[t]) {
        EXPECT_TRUE(ports::load_object(store(), ports::ObjectKind::blob, digest) == content);
      }
    });
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_LT(std::filesystem::file_size(packs().front()), 5'000'000U);
}

TEST_F(LocalObjectStore, ProcessesShareAStore)
{
  std::vector<pid_t> children;
  for (unsigned p = 0; p < 4; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool right = true;
      const auto mine = make();
      for (unsigned i = 0; i < 25; ++i) {
        const auto hold = mine->hold();
        const auto batch = mine->begin();
        const std::string content = sample_rows(10 + i, p * 1000 + i) + "from " + std::to_string(p);
        const auto object = ports::put_bytes(*batch, ports::ObjectKind::blob, content);
        (void)ports::put_bytes(*batch, ports::ObjectKind::blob, "shared " + std::to_string(i));
        batch->commit();
        right =
            right && ports::load_object(*mine, ports::ObjectKind::blob, object.digest) == content;
      }
      ::_exit(right ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(count(), 4 * 25U + 25U);
  EXPECT_EQ(temporaries(), 0U);
  for (unsigned p = 0; p < 4; ++p) {
    for (unsigned i = 0; i < 25; ++i) {
      const std::string content = sample_rows(10 + i, p * 1000 + i) + "from " + std::to_string(p);
      EXPECT_TRUE(try_load(crypto::Sha256Digester().digest(content), content));
    }
  }
}

// Longer lists of pieces than any test can make by putting a file.
TEST_F(LocalObjectStore, ARecipeInPartsIsFollowed)
{
  using namespace storage;
  (void)put("makes the folders");
  const std::string one = sample_text(5000, 1);
  const std::string two = sample_text(7000, 2);
  const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  PackWriter writer(next_temporary(folder_ / "tmp"), PackClass::data);
  const auto add = [&](RecordKind kind, const Digest& key, ByteView content) {
    writer.append(encode_block({{key, kind, static_cast<std::uint32_t>(content.size())}}, content));
  };
  Recipe outer{true, {}};
  for (const std::string& text : {one, two}) {
    const Digest key = digest_of(RecordKind::piece, bytes(text));
    add(RecordKind::piece, key, bytes(text));
    const Bytes part = encode_recipe({false, {{key, text.size()}}});
    const Digest part_key = digest_of(RecordKind::piece, part);
    add(RecordKind::piece, part_key, part);
    outer.pieces.push_back({part_key, text.size()});
  }
  const Digest file = crypto::Sha256Digester().digest(one + two);
  add(RecordKind::recipe, file, encode_recipe(outer));
  const Digest forged = crypto::Sha256Digester().digest("something else");
  add(RecordKind::recipe, forged, encode_recipe(outer));
  std::vector<SealedPack> sealed;
  sealed.push_back(writer.seal());
  publish_packs(sealed, folder_ / "objects/packs");
  reopen();
  EXPECT_TRUE(load(file) == one + two);
  EXPECT_TRUE(store().find(file));
  EXPECT_EQ(testing::error_of([&] { (void)load(forged); }).kind(), ErrorKind::corrupt);
}

TEST_F(LocalObjectStore, DeltasThatNameEachOtherAreRefused)
{
  using namespace storage;
  (void)put("makes the folders");
  const std::string old = sample_rows(500, 1);
  const std::string edited = old + "more";
  const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  const Digest a = digest_of(RecordKind::blob, bytes(old));
  const Digest b = digest_of(RecordKind::blob, bytes(edited));
  PackWriter writer(next_temporary(folder_ / "tmp"), PackClass::data);
  const auto add = [&](const Digest& key, const std::string& content, const Digest& base,
                       const std::string& base_content) {
    const DeltaPrefix prefix{
        {base}, Bytes(bytes(base_content).begin(), bytes(base_content).end()), 1};
    const EncodedBlock block =
        encode_block({{key, RecordKind::blob, static_cast<std::uint32_t>(content.size())}},
                     bytes(content), prefix);
    ASSERT_EQ(block.head.codec, Codec::zstd_prefix);
    writer.append(block);
  };
  add(a, old, b, edited);
  add(b, edited, a, old);
  std::vector<SealedPack> sealed;
  sealed.push_back(writer.seal());
  publish_packs(sealed, folder_ / "objects/packs");
  reopen();
  EXPECT_EQ(testing::error_of([&] { (void)load(a); }).kind(), ErrorKind::corrupt);
  EXPECT_EQ(testing::error_of([&] { (void)load(b); }).kind(), ErrorKind::corrupt);
}

}  // namespace
}  // namespace mlrepro
