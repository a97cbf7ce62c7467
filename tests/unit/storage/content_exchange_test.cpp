// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>

#include "mlrepro/format/tree_node.hpp"
#include "storage/local_content_exchange.hpp"
#include "support/error_of.hpp"
#include "support/memory_remote.hpp"
#include "support/pack_store.hpp"
#include "support/recording_reporter.hpp"
#include "support/sample_bytes.hpp"

namespace mlrepro {
namespace {

using model::Digest;
using model::ErrorKind;
using ports::ObjectKind;
using testing::error_of;
using testing::sample_rows;
using testing::sample_text;

class ContentExchange : public testing::PackStore {
 protected:
  // A store elsewhere.
  struct Other {
    testing::TempDir folder;
    storage::LocalObjectStore store{folder / "objects", folder / "tmp"};
    storage::LocalContentExchange exchange{folder / "objects", folder / "tmp", folder / "cache"};
  };

  Digest put_folder(const std::vector<std::pair<std::string, Digest>>& files)
  {
    model::TreeNode node;
    for (const auto& [name, digest] : files) {
      node.entries.push_back({name, model::EntryType::file, false, 1, 1, digest});
    }
    return put(format::encode_tree(node), std::nullopt, ObjectKind::tree).digest;
  }

  ports::TransferSize push(const std::vector<ports::ContentRoot>& roots,
                           const std::set<Digest>& forbidden = {})
  {
    const auto upload = exchange_.upload(remote_, forbidden);
    upload->add(roots);
    const ports::TransferSize size = upload->size();
    upload->send(reporter_);
    EXPECT_EQ(upload->lacking(roots), std::nullopt);
    return size;
  }

  std::optional<std::string> pull(Other& other, const std::vector<ports::ContentRoot>& roots)
  {
    const auto download = other.exchange.download(remote_);
    download->add(roots);
    download->fetch(reporter_);
    return download->lacking(roots);
  }

  static std::string text_of(const Other& other, const Digest& digest)
  {
    return ports::read_all(*other.store.open(ObjectKind::blob, digest));
  }

  std::uint64_t remote_bytes() const
  {
    std::uint64_t bytes = 0;
    for (const auto& [name, content] : remote_.files) {
      bytes += content.size();
    }
    return bytes;
  }

  testing::MemoryRemote remote_;
  testing::RecordingReporter reporter_;
  storage::LocalContentExchange exchange_{folder_ / "objects", folder_ / "tmp", folder_ / "cache"};
};

TEST_F(ContentExchange, CarriesFilesFoldersAndBigFiles)
{
  const std::string big = sample_rows(100'000, 1);
  const Digest small = put("small").digest;
  const Digest large = put(big).digest;
  const Digest folder = put_folder({{"big", large}, {"small", small}});
  push({{folder, true}});
  Other other;
  EXPECT_EQ(pull(other, {{folder, true}}), std::nullopt);
  EXPECT_EQ(text_of(other, small), "small");
  EXPECT_TRUE(text_of(other, large) == big);
  EXPECT_TRUE(other.store.find(folder));
}

TEST_F(ContentExchange, SendsNothingTwice)
{
  const Digest first = put(sample_rows(100'000, 1)).digest;
  EXPECT_GT(push({{first, false}}).records, 1U);
  const auto files = remote_.files;
  EXPECT_EQ(push({{first, false}}).records, 0U);
  EXPECT_EQ(remote_.files, files);
}

TEST_F(ContentExchange, DoesNotLookAgainIntoFoldersThatTheRemoteHasAsAWhole)
{
  const Digest folder = put_folder({{"a", put("a").digest}, {"b", put("b").digest}});
  push({{folder, true}});
  push({{folder, true}});
  // Whoever looks into it finds nothing here.
  std::filesystem::remove_all(folder_ / "objects/packs");
  EXPECT_EQ(push({{folder, true}}).records, 0U);
  const auto look_into = [&](bool trusted) {
    const auto upload = exchange_.upload(remote_, {});
    if (!trusted) {
      upload->distrust_remote();
    }
    upload->add({{folder, true}});
  };
  EXPECT_NO_THROW(look_into(true));
  EXPECT_EQ(error_of([&] { look_into(false); }).kind(), ErrorKind::corrupt);
  // A remote where a file was cut, and one that lost it.
  const auto files = remote_.files;
  remote_.files.rbegin()->second.pop_back();
  EXPECT_EQ(error_of([&] { look_into(true); }).kind(), ErrorKind::corrupt);
  remote_.files = files;
  EXPECT_NO_THROW(look_into(true));
  remote_.files.erase(std::prev(remote_.files.end()));
  EXPECT_EQ(error_of([&] { look_into(true); }).kind(), ErrorKind::corrupt);
}

TEST_F(ContentExchange, SendsAndFetchesDifferences)
{
  std::string content = sample_rows(80'000, 1);
  std::vector<Digest> versions{put(content).digest};
  push({{versions.back(), false}});
  for (std::size_t i = 1; i <= 8; ++i) {
    for (std::size_t at = 1000 * i; at < content.size(); at += 50'000) {
      content[at] = static_cast<char>(content[at] ^ 1);
    }
    versions.push_back(put(content, versions.back()).digest);
    const std::uint64_t before = remote_bytes();
    push({{versions.back(), false}});
    EXPECT_LT(remote_bytes() - before, 200'000U) << "version " << i;
  }
  Other other;
  std::vector<ports::ContentRoot> roots;
  for (const Digest& version : versions) {
    roots.push_back({version, false});
  }
  EXPECT_EQ(pull(other, roots), std::nullopt);
  EXPECT_TRUE(text_of(other, versions.back()) == content);
  for (const Digest& version : versions) {
    EXPECT_EQ(text_of(other, version).size(), content.size());
  }
  std::uint64_t bytes = 0;
  for (const auto& item : std::filesystem::directory_iterator(other.folder / "objects/packs")) {
    bytes += item.file_size();
  }
  EXPECT_LT(bytes, content.size()) << "what was a difference stays one";
  // One version alone has no others to be a difference from.
  Other alone;
  EXPECT_EQ(pull(alone, {{versions[5], false}}), std::nullopt);
  EXPECT_EQ(text_of(alone, versions[5]).size(), content.size());
}

TEST_F(ContentExchange, GoesOnBetweenStoresThatPushInTurn)
{
  // The same content is a difference in one store and whole in the other.
  std::string content = sample_text(1'000'000, 7);
  Other other;
  Digest last = put(content).digest;
  push({{last, false}});
  for (int round = 0; round < 6; ++round) {
    EXPECT_EQ(pull(other, {{last, false}}), std::nullopt);
    content[static_cast<std::size_t>(round) * 1000 + 5] ^= 1;
    const auto batch = other.store.begin();
    testing::StringSource source(content, std::size_t{1} << 20U);
    const Digest theirs = batch->put(ObjectKind::blob, source, last).digest;
    batch->commit();
    const auto upload = other.exchange.upload(remote_, {});
    upload->add({{theirs, false}});
    upload->send(reporter_);
    const auto download = exchange_.download(remote_);
    download->add({{theirs, false}});
    download->fetch(reporter_);
    EXPECT_EQ(download->lacking({{theirs, false}}), std::nullopt);
    reopen();
    EXPECT_TRUE(load(theirs) == content) << round;
    content[static_cast<std::size_t>(round) * 1000 + 500'000] ^= 1;
    last = put(content, theirs).digest;
    push({{last, false}});
  }
  EXPECT_EQ(pull(other, {{last, false}}), std::nullopt);
  EXPECT_TRUE(text_of(other, last) == content);
}

TEST_F(ContentExchange, LeavesOutWhatIsForbidden)
{
  const Digest secret = put("a secret of some length").digest;
  const Digest plain = put("plain").digest;
  const Digest folder = put_folder({{"plain", plain}, {"secret", secret}});
  const auto upload = exchange_.upload(remote_, {secret});
  upload->add({{folder, true}});
  EXPECT_THAT(upload->passed_over(), ::testing::ElementsAre(secret));
  upload->send(reporter_);
  Other other;
  const auto download = other.exchange.download(remote_);
  EXPECT_EQ(error_of([&] { download->add({{folder, true}}); }).kind(), ErrorKind::corrupt);
  download->forbid({secret});
  download->add({{folder, true}});
  download->fetch(reporter_);
  EXPECT_EQ(download->lacking({{folder, true}}), std::nullopt);
  EXPECT_FALSE(other.store.find(secret));
  EXPECT_EQ(text_of(other, plain), "plain");
}

TEST_F(ContentExchange, CarriesDocuments)
{
  const auto upload = exchange_.upload(remote_, {});
  const std::string text = sample_rows(50'000, 3);
  const Digest small = upload->add_document("{}");
  const Digest large = upload->add_document(text);
  upload->send(reporter_);
  Other other;
  const auto download = other.exchange.download(remote_);
  EXPECT_EQ(download->document(small), "{}");
  EXPECT_TRUE(download->document(large) == text);
  EXPECT_EQ(error_of([&] { (void)download->document(Digest()); }).kind(), ErrorKind::not_found);
}

TEST_F(ContentExchange, WhatIsMissingHereIsSaidAndNotSent)
{
  const Digest folder = put_folder({{"gone", *Digest::parse(std::string(64, 'a'))}});
  const Digest good = put("good").digest;
  const auto upload = exchange_.upload(remote_, {});
  EXPECT_EQ(error_of([&] { upload->add({{folder, true}}); }).kind(), ErrorKind::corrupt);
  EXPECT_EQ(upload->size().records, 0U);
  upload->add({{good, false}});
  EXPECT_EQ(error_of([&] {
              upload->add({{good, false}, {folder, true}});
            }).kind(),
            ErrorKind::corrupt);
  EXPECT_EQ(upload->size().records, 1U);
}

// Each byte in turn: what is fetched is right, or it is said to be lacking.
TEST_F(ContentExchange, FindsEveryDamage)
{
  const std::string content = sample_rows(3000, 5);
  const Digest file = put(content).digest;
  const Digest folder = put_folder({{"file", file}});
  push({{folder, true}});
  for (const auto& [name, original] : std::map(remote_.files)) {
    for (std::size_t at = 0; at < original.size(); at += 1 + original.size() / 60) {
      remote_.files[name][at] = static_cast<char>(original[at] ^ 4);
      Other other;
      const auto download = other.exchange.download(remote_);
      try {
        download->add({{folder, true}});
        download->fetch(reporter_);
        if (!download->lacking({{folder, true}})) {
          EXPECT_TRUE(text_of(other, file) == content) << name << " " << at;
        }
      } catch (const model::Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::corrupt) << name << " " << at;
      }
      remote_.files[name] = original;
    }
  }
}

TEST_F(ContentExchange, SendsAgainWhatIsDamagedWhenAsked)
{
  const std::string content = sample_text(100'000, 5);
  const Digest file = put(content).digest;
  push({{file, false}});
  std::string& pack = remote_.files.begin()->second;
  pack[pack.size() / 2] ^= 1;
  EXPECT_EQ(push({{file, false}}).records, 0U) << "nobody looked";
  const auto upload = exchange_.upload(remote_, {});
  upload->distrust_remote();
  upload->add({{file, false}});
  EXPECT_EQ(upload->size().records, 1U);
  upload->send(reporter_);
  Other other;
  EXPECT_EQ(pull(other, {{file, false}}), std::nullopt);
  EXPECT_TRUE(text_of(other, file) == content);
}

TEST_F(ContentExchange, DamageHereIsNotSpread)
{
  const std::string content = sample_text(100'000, 5);
  const Digest bad = put(content).digest;
  const Digest good = put("good").digest;
  for (const std::string& path : packs()) {
    std::string bytes = testing::read_text(path);
    if (bytes.size() > 100'000) {
      bytes[bytes.size() / 2] ^= 1;
      overwrite(path, bytes);
    }
  }
  const auto upload = exchange_.upload(remote_, {});
  upload->add({{bad, false}});
  upload->add({{good, false}});
  upload->send(reporter_);
  EXPECT_NE(upload->lacking({{bad, false}}), std::nullopt);
  EXPECT_EQ(upload->lacking({{good, false}}), std::nullopt);
  Other other;
  EXPECT_EQ(pull(other, {{good, false}}), std::nullopt);
}

TEST_F(ContentExchange, ReadsSingleObjects)
{
  const std::string content = sample_rows(100'000, 9);
  const Digest file = put(content).digest;
  push({{file, false}});
  Other other;
  const auto download = other.exchange.download(remote_);
  EXPECT_EQ(ports::read_all(*download->open(ObjectKind::blob, file)), content);
  EXPECT_EQ(error_of([&] { (void)download->open(ObjectKind::blob, Digest()); }).kind(),
            ErrorKind::not_found);
}

TEST_F(ContentExchange, TakesUpWhereItWasStopped)
{
  const Digest first = put(sample_text(300'000, 1)).digest;
  const Digest second = put(sample_text(300'000, 2)).digest;
  push({{first, false}, {second, false}});
  Other other;
  EXPECT_EQ(pull(other, {{first, false}}), std::nullopt);
  const auto download = other.exchange.download(remote_);
  download->add({{first, false}, {second, false}});
  Other fresh;
  const auto all = fresh.exchange.download(remote_);
  all->add({{first, false}, {second, false}});
  EXPECT_GT(download->size().records, 0U);
  EXPECT_EQ(download->size().records * 2, all->size().records) << "what is here is not fetched";
}

}  // namespace
}  // namespace mlrepro
