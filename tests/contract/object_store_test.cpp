// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/object_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/local_object_store.hpp"
#include "support/error_of.hpp"
#include "support/memory_object_store.hpp"
#include "support/memory_stream.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using model::Digest;
using model::ErrorKind;
using ports::ObjectKind;
using testing::error_of;
using testing::StringSource;

// A store that can be opened again.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual ports::ObjectStore& store() = 0;
  // As another process finds it.
  virtual void reopen() = 0;
};

class LocalStore final : public StoreUnderTest {
 public:
  LocalStore() { reopen(); }
  ports::ObjectStore& store() override { return *store_; }
  void reopen() override
  {
    store_.reset();
    store_ = std::make_unique<storage::LocalObjectStore>(folder_ / "objects", folder_ / "tmp");
  }

 private:
  testing::TempDir folder_;
  std::unique_ptr<storage::LocalObjectStore> store_;
};

class MemoryStore final : public StoreUnderTest {
 public:
  ports::ObjectStore& store() override { return store_; }
  void reopen() override {}

 private:
  testing::MemoryObjectStore store_;
};

// The faulty decorator without a fault has to be as good as what it decorates.
class DecoratedStore final : public StoreUnderTest {
 public:
  ports::ObjectStore& store() override { return faulty_; }
  void reopen() override {}

 private:
  testing::MemoryObjectStore store_;
  testing::FaultyObjectStore faulty_{store_};
};

struct StoreKind {
  const char* name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

class ObjectStoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  ports::ObjectStore& store() { return under_test_->store(); }
  ports::StoredObject put(const std::string& content, ObjectKind kind = ObjectKind::blob)
  {
    const auto batch = store().begin();
    const auto object = ports::put_bytes(*batch, kind, content);
    batch->commit();
    return object;
  }
  std::string load(const Digest& digest, ObjectKind kind = ObjectKind::blob)
  {
    return ports::load_object(store(), kind, digest);
  }
  std::map<Digest, std::uint64_t> all()
  {
    std::map<Digest, std::uint64_t> found;
    store().for_each([&](const Digest& digest, std::uint64_t bytes) {
      EXPECT_TRUE(found.emplace(digest, bytes).second) << "visited twice";
    });
    return found;
  }
  static std::string noise(std::size_t size, unsigned seed)
  {
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (char& c : text) {
      c = static_cast<char>(random());
    }
    return text;
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
  crypto::Sha256Digester digester_;
};

TEST_P(ObjectStoreContract, AnEmptyStoreHasNothing)
{
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(store().find(digester_.digest("x")), std::nullopt);
  store().remove(digester_.digest("x"));
  EXPECT_EQ(error_of([&] { (void)store().open(ObjectKind::blob, digester_.digest("x")); }).kind(),
            ErrorKind::not_found);
}

TEST_P(ObjectStoreContract, NothingIsSeenBeforeTheCommit)
{
  const auto batch = store().begin();
  const auto one = ports::put_bytes(*batch, ObjectKind::blob, "one");
  const auto two = ports::put_bytes(*batch, ObjectKind::tree, "two");
  EXPECT_EQ(store().find(one.digest), std::nullopt);
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(error_of([&] { (void)store().open(ObjectKind::blob, one.digest); }).kind(),
            ErrorKind::not_found);
  batch->commit();
  EXPECT_TRUE(store().find(one.digest));
  EXPECT_EQ(load(one.digest), "one");
  EXPECT_EQ(load(two.digest, ObjectKind::tree), "two");
  EXPECT_EQ(all().size(), 2U);
}

TEST_P(ObjectStoreContract, CommittedObjectsOutliveTheStore)
{
  const auto object = put("kept");
  under_test_->reopen();
  EXPECT_EQ(load(object.digest), "kept");
  EXPECT_EQ(all().size(), 1U);
}

TEST_P(ObjectStoreContract, AnUncommittedBatchLeavesNothing)
{
  const auto kept = put("kept");
  {
    const auto batch = store().begin();
    (void)ports::put_bytes(*batch, ObjectKind::blob, "dropped");
    (void)ports::put_bytes(*batch, ObjectKind::blob, "kept");
    (void)ports::put_bytes(*batch, ObjectKind::blob, noise(3'000'000, 1));
  }
  EXPECT_EQ(all().size(), 1U);
  EXPECT_EQ(load(kept.digest), "kept") << "its twin in the dropped batch took it along";
  under_test_->reopen();
  EXPECT_EQ(all().size(), 1U);
}

TEST_P(ObjectStoreContract, ABatchWithoutObjectsCommits)
{
  store().begin()->commit();
  EXPECT_TRUE(all().empty());
}

TEST_P(ObjectStoreContract, NamesAreDigestsOfContent)
{
  const auto blob = put("abc");
  EXPECT_EQ(blob.digest, digester_.digest("abc"));
  EXPECT_EQ(blob.bytes, 3U);
  const auto tree = put("abc", ObjectKind::tree);
  EXPECT_EQ(tree.digest, digester_.digest(std::string(format::k_tree_prefix) + "abc"));
  EXPECT_NE(blob.digest, tree.digest);
}

TEST_P(ObjectStoreContract, TheSameContentIsStoredOnce)
{
  const auto first = put("same");
  EXPECT_TRUE(first.is_new);
  EXPECT_GT(first.stored_bytes, 0U);
  const auto again = put("same");
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.digest, first.digest);
  const auto batch = store().begin();
  EXPECT_TRUE(ports::put_bytes(*batch, ObjectKind::blob, "twice").is_new);
  EXPECT_FALSE(ports::put_bytes(*batch, ObjectKind::blob, "twice").is_new);
  batch->commit();
  EXPECT_EQ(all().size(), 2U);
}

TEST_P(ObjectStoreContract, TwoBatchesMayPutTheSame)
{
  const auto a = store().begin();
  const auto b = store().begin();
  const auto object = ports::put_bytes(*a, ObjectKind::blob, "both");
  (void)ports::put_bytes(*b, ObjectKind::blob, "both");
  const auto other = ports::put_bytes(*b, ObjectKind::blob, "only b");
  b->commit();
  a->commit();
  EXPECT_EQ(load(object.digest), "both");
  EXPECT_EQ(load(other.digest), "only b");
  EXPECT_EQ(all().size(), 2U);
}

TEST_P(ObjectStoreContract, ContentComesBackByteForByte)
{
  std::vector<std::string> contents = {
      "",
      std::string(1, '\0'),
      "line\r\n\xff\xfe",
      std::string(5'000'000, 'a'),
      noise(262'144, 2),
      noise(262'145, 3),
      noise(65'535, 4),
      noise(7'340'033, 5),
      noise(100'000, 6) + std::string(3'000'000, ' ') + noise(10, 7)};
  const auto batch = store().begin();
  std::vector<ports::StoredObject> objects;
  for (const std::string& content : contents) {
    StringSource source(content, 77'777);
    objects.push_back(batch->put(ObjectKind::blob, source));
  }
  batch->commit();
  under_test_->reopen();
  for (std::size_t i = 0; i < contents.size(); ++i) {
    EXPECT_EQ(objects[i].bytes, contents[i].size());
    EXPECT_EQ(objects[i].digest, digester_.digest(contents[i]));
    EXPECT_TRUE(load(objects[i].digest) == contents[i]) << "object " << i;
  }
  EXPECT_EQ(all().size(), contents.size());
}

TEST_P(ObjectStoreContract, ItDoesNotMatterHowTheBytesArriveAndLeave)
{
  const std::string content = noise(700'000, 8) + std::string(700'000, 'x');
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{4096}, std::size_t{2'000'000}}) {
    const auto batch = store().begin();
    StringSource source(content, piece);
    EXPECT_EQ(batch->put(ObjectKind::blob, source).digest, digester_.digest(content)) << piece;
    batch->commit();
  }
  for (const std::size_t piece : {std::size_t{313}, std::size_t{65'536}, std::size_t{3'000'000}}) {
    const auto source = store().open(ObjectKind::blob, digester_.digest(content));
    std::vector<std::byte> buffer(piece);
    std::string read;
    while (const std::size_t size = source->read(buffer)) {
      read.append(reinterpret_cast<const char*>(buffer.data()), size);
    }
    EXPECT_TRUE(read == content) << piece;
    EXPECT_EQ(source->read(buffer), 0U) << "the end stays the end";
  }
}

TEST_P(ObjectStoreContract, ManySmallObjects)
{
  const auto batch = store().begin();
  std::map<Digest, std::string> contents;
  for (int i = 0; i < 500; ++i) {
    const std::string content =
        "object " + std::to_string(i) + std::string(static_cast<std::size_t>(i), '.');
    contents[ports::put_bytes(*batch, i % 5 == 0 ? ObjectKind::tree : ObjectKind::blob, content)
                 .digest] = content;
  }
  batch->commit();
  under_test_->reopen();
  const auto found = all();
  ASSERT_EQ(found.size(), contents.size());
  int number = 0;
  for (const auto& [digest, bytes] : found) {
    EXPECT_EQ(store().find(digest), bytes);
    const bool tree = digest != digester_.digest(contents.at(digest));
    EXPECT_EQ(load(digest, tree ? ObjectKind::tree : ObjectKind::blob), contents.at(digest))
        << number++;
  }
}

TEST_P(ObjectStoreContract, ManyThreadsPutAtOnce)
{
  constexpr int k_threads = 4;
  constexpr int k_each = 40;
  const auto batch = store().begin();
  const auto content = [](int thread, int number) {
    // Every third object is the same for all threads.
    return std::string(static_cast<std::size_t>(1000 + number), 'x') +
           (number % 3 == 0 ? "" : std::to_string(thread)) + std::to_string(number);
  };
  std::vector<std::thread> threads;
  threads.reserve(k_threads);
  for (int thread = 0; thread < k_threads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int number = 0; number < k_each; ++number) {
        const auto object = ports::put_bytes(*batch, ObjectKind::blob, content(thread, number));
        EXPECT_EQ(object.digest, digester_.digest(content(thread, number)));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  batch->commit();
  for (int thread = 0; thread < k_threads; ++thread) {
    for (int number = 0; number < k_each; ++number) {
      EXPECT_EQ(load(digester_.digest(content(thread, number))), content(thread, number));
    }
  }
  EXPECT_EQ(all().size(), static_cast<std::size_t>(14 + k_threads * (k_each - 14)));
}

// The previous version is a hint: a wrong, damaged or absent one changes nothing but the size.
TEST_P(ObjectStoreContract, APreviousVersionChangesNothingOfTheContent)
{
  const std::string before = noise(300'000, 20);
  std::string after = before;
  after.insert(150'000, "one more row\n");
  const auto old = put(before);
  const auto batch = store().begin();
  StringSource similar(after);
  const auto object = batch->put(ObjectKind::blob, similar, old.digest);
  StringSource other("other");
  const auto unrelated = batch->put(ObjectKind::blob, other, digester_.digest("never stored"));
  StringSource same(before);
  EXPECT_FALSE(batch->put(ObjectKind::blob, same, old.digest).is_new);
  batch->commit();
  under_test_->reopen();
  EXPECT_EQ(object.digest, digester_.digest(after));
  EXPECT_TRUE(load(object.digest) == after);
  EXPECT_EQ(load(unrelated.digest), "other");
  EXPECT_TRUE(load(old.digest) == before);
}

TEST_P(ObjectStoreContract, HoldsAreSharedAndHinderNoWriter)
{
  const auto one = store().hold();
  const auto two = store().hold();
  const auto object = put("held");
  EXPECT_EQ(load(object.digest), "held");
}

TEST_P(ObjectStoreContract, AbsentObjectsHaveTheLastPlace)
{
  const auto a = put("a");
  const auto b = put("b");
  const std::uint64_t absent = store().place(digester_.digest("absent"));
  EXPECT_LE(store().place(a.digest), absent);
  EXPECT_LE(store().place(b.digest), absent);
}

TEST_P(ObjectStoreContract, KindsAreNotInterchangeable)
{
  const auto blob = put("a file's content");
  const auto tree = put("a folder's node", ObjectKind::tree);
  const auto read = [&](ObjectKind kind, const Digest& digest) { (void)load(digest, kind); };
  for (int round = 0; round < 2; ++round) {
    const auto as_tree = error_of([&] { read(ObjectKind::tree, blob.digest); });
    EXPECT_TRUE(as_tree.kind() == ErrorKind::corrupt || as_tree.kind() == ErrorKind::not_found)
        << as_tree.what();
    const auto as_blob = error_of([&] { read(ObjectKind::blob, tree.digest); });
    EXPECT_TRUE(as_blob.kind() == ErrorKind::corrupt || as_blob.kind() == ErrorKind::not_found)
        << as_blob.what();
    under_test_->reopen();
  }
}

// The bytes of a tree that are put as a file with the prefix in front have the tree's digest.
TEST_P(ObjectStoreContract, AFileThatLooksLikeATreeDoesNotPassForOne)
{
  const auto forged = put(std::string(format::k_tree_prefix) + "node");
  EXPECT_EQ(load(forged.digest), std::string(format::k_tree_prefix) + "node");
  EXPECT_THROW((void)load(forged.digest, ObjectKind::tree), model::Error);
}

TEST_P(ObjectStoreContract, RemovedObjectsAreGone)
{
  const auto gone = put("gone");
  const auto kept = put("kept");
  store().remove(gone.digest);
  store().remove(gone.digest);
  under_test_->reopen();
  EXPECT_EQ(store().find(gone.digest), std::nullopt);
  EXPECT_EQ(error_of([&] { (void)load(gone.digest); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(load(kept.digest), "kept");
  EXPECT_EQ(all().size(), 1U);
  EXPECT_TRUE(put("gone").is_new);
  EXPECT_EQ(load(gone.digest), "gone");
}

// Fails in the middle of what it hands out.
class BrokenSource final : public ports::ByteSource {
 public:
  std::size_t read(std::span<std::byte> buffer) override
  {
    if (++reads_ > 3) {
      throw model::Error(ErrorKind::io, "read 'x': input/output error");
    }
    std::fill(buffer.begin(), buffer.end(), std::byte{'x'});
    return buffer.size();
  }

 private:
  int reads_ = 0;
};

TEST_P(ObjectStoreContract, ASourceThatFailsSpoilsOnlyItsOwnObject)
{
  const auto batch = store().begin();
  const auto before = ports::put_bytes(*batch, ObjectKind::blob, "before");
  BrokenSource broken;
  const auto error = error_of([&] { (void)batch->put(ObjectKind::blob, broken); });
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_STREQ(error.what(), "read 'x': input/output error")
      << "the source's own error comes through";
  const auto after = ports::put_bytes(*batch, ObjectKind::blob, "after");
  batch->commit();
  EXPECT_EQ(load(before.digest), "before");
  EXPECT_EQ(load(after.digest), "after");
  EXPECT_EQ(all().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    , ObjectStoreContract,
    ::testing::Values(StoreKind{"Local", [] { return std::make_unique<LocalStore>(); }},
                      StoreKind{"Memory", [] { return std::make_unique<MemoryStore>(); }},
                      StoreKind{"Faulty", [] { return std::make_unique<DecoratedStore>(); }}),
    [](const auto& kind) { return kind.param.name; });

TEST(MemoryObjectStore, DamageIsFoundAtTheEndAndHealedByTheSameContent)
{
  testing::MemoryObjectStore store;
  const auto put = [&] {
    const auto batch = store.begin();
    const auto object = ports::put_bytes(*batch, ObjectKind::blob, std::string(10'000, 'x'));
    batch->commit();
    return object.digest;
  };
  const Digest digest = put();
  store.damage(digest);
  const auto source = store.open(ObjectKind::blob, digest);
  std::array<std::byte, 6000> buffer{};
  EXPECT_EQ(source->read(buffer), 6000U);
  EXPECT_EQ(error_of([&] { (void)source->read(buffer); }).kind(), ErrorKind::corrupt);
  put();
  EXPECT_EQ(ports::load_object(store, ObjectKind::blob, digest).size(), 10'000U);
}

TEST(FaultyObjectStore, FailsTheNthCallOnce)
{
  testing::MemoryObjectStore inner;
  testing::FaultyObjectStore store(inner);
  store.on_put = {2, ErrorKind::io};
  const auto batch = store.begin();
  const auto first = ports::put_bytes(*batch, ObjectKind::blob, "1");
  EXPECT_EQ(error_of([&] { (void)ports::put_bytes(*batch, ObjectKind::blob, "2"); }).kind(),
            ErrorKind::io);
  (void)ports::put_bytes(*batch, ObjectKind::blob, "3");
  store.on_commit = {1, ErrorKind::io};
  EXPECT_THROW(batch->commit(), model::Error);
  EXPECT_EQ(inner.size(), 0U);
  batch->commit();
  EXPECT_EQ(inner.size(), 2U);
  store.on_open = {1, ErrorKind::corrupt};
  EXPECT_EQ(error_of([&] { (void)store.open(ObjectKind::blob, first.digest); }).kind(),
            ErrorKind::corrupt);
  EXPECT_EQ(ports::load_object(store, ObjectKind::blob, first.digest), "1");
}

// What a disk does to a store on its own: one byte of one file is another. Whatever engine keeps
// the objects, nobody may be handed wrong content up to the end without an error.
class DamagedStore : public ::testing::Test {
 protected:
  std::vector<std::string> files() const
  {
    std::vector<std::string> found;
    for (const auto& item : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (item.is_regular_file()) {
        found.push_back(item.path());
      }
    }
    return found;
  }
  // How many of the objects are right; the others throw.
  std::size_t count_sound() const
  {
    const storage::LocalObjectStore store(folder_ / "objects", folder_ / "tmp");
    std::size_t sound = 0;
    for (const auto& [digest, content] : contents_) {
      try {
        EXPECT_TRUE(ports::load_object(store, ObjectKind::blob, digest) == content)
            << "wrong bytes, and no error";
        ++sound;
      } catch (const model::Error& error) {
        EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found)
            << error.what();
      }
    }
    return sound;
  }

  testing::TempDir folder_;
  std::map<Digest, std::string> contents_;
};

TEST_F(DamagedStore, NoFlippedByteGoesUnnoticed)
{
  {
    storage::LocalObjectStore store(folder_ / "objects", folder_ / "tmp");
    const auto batch = store.begin();
    std::mt19937 random(11);
    std::string raw(3000, '\0');
    for (char& c : raw) {
      c = static_cast<char>(random());
    }
    for (const std::string& content :
         {std::string(20'000, 'z') + "tail", raw, std::string("short")}) {
      contents_[ports::put_bytes(*batch, ObjectKind::blob, content).digest] = content;
    }
    batch->commit();
  }
  ASSERT_EQ(count_sound(), 3U);
  std::size_t noticed = 0;
  for (const std::string& file : files()) {
    const std::string sound = testing::read_text(file);
    const std::size_t stride = sound.size() < 400 ? 1 : 37;
    std::filesystem::permissions(file, std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    for (std::size_t at = 0; at < sound.size(); at += stride) {
      std::string damaged = sound;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      testing::write_text(file, damaged);
      noticed += count_sound() < 3 ? 1U : 0U;
    }
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, sound.size() / 2, sound.size() - 1}) {
      testing::write_text(file, sound.substr(0, size));
      noticed += count_sound() < 3 ? 1U : 0U;
    }
    testing::write_text(file, sound + "x");
    (void)count_sound();
    testing::write_text(file, sound);
  }
  EXPECT_GT(noticed, 50U) << "the damage was done to something that nobody reads";
  EXPECT_EQ(count_sound(), 3U);
}

}  // namespace
}  // namespace mlrepro
