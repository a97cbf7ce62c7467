// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"
#include "support/pack_store.hpp"
#include "support/sample_bytes.hpp"

namespace mlrepro {
namespace {

using model::Digest;
using model::ErrorKind;
using testing::read_text;
using testing::sample_rows;
using testing::sample_text;

class PackDamage : public testing::PackStore {};

TEST_F(PackDamage, AFlippedBitAtAnyByteIsNoticedOrHarmless)
{
  std::vector<std::pair<Digest, std::string>> contents;
  {
    const auto batch = store().begin();
    for (const std::string& content :
         {sample_rows(20, 1), sample_text(300, 2), std::string("short"), std::string()}) {
      contents.emplace_back(ports::put_bytes(*batch, ports::ObjectKind::blob, content).digest,
                            content);
    }
    batch->commit();
  }
  ASSERT_EQ(packs().size(), 1U);
  const std::string path = packs().front();
  const std::string sound = read_text(path);
  std::size_t noticed = 0;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    overwrite(path, damaged);
    for (const auto& [digest, content] : contents) {
      noticed += try_load(digest, content) ? 0U : 1U;
    }
  }
  EXPECT_GT(noticed, 300U);
  for (std::size_t size = 0; size < sound.size(); size += 7) {
    overwrite(path, sound.substr(0, size));
    for (const auto& [digest, content] : contents) {
      (void)try_load(digest, content);
    }
  }
  overwrite(path, sound);
  for (const auto& [digest, content] : contents) {
    EXPECT_TRUE(try_load(digest, content));
  }
}

TEST_F(PackDamage, BigFilesAndDeltasNeverComeBackWrong)
{
  const std::string old = sample_rows(30'000, 3);
  std::string changed = old;
  changed.replace(500'000, 9, "something");
  const Digest first = put(old).digest;
  const Digest second = put(changed, first).digest;
  for (const std::string& path : packs()) {
    const std::string sound = read_text(path);
    for (std::size_t at = 0; at < sound.size(); at += sound.size() < 4000 ? 11 : 9973) {
      std::string damaged = sound;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      overwrite(path, damaged);
      (void)try_load(first, old);
      (void)try_load(second, changed);
    }
    overwrite(path, sound);
  }
  EXPECT_TRUE(try_load(first, old));
  EXPECT_TRUE(try_load(second, changed));
}

TEST_F(PackDamage, AFooterThatIsLostIsRebuiltFromTheBlocks)
{
  const std::string old = sample_rows(30'000, 4);
  std::string changed = old;
  changed.replace(700'000, 9, "something");
  const Digest first = put(old).digest;
  const Digest second = put(changed, first).digest;
  const Digest tree = put("a node", std::nullopt, ports::ObjectKind::tree).digest;
  for (const std::string& path : packs()) {
    const std::string sound = read_text(path);
    overwrite(path, sound.substr(0, sound.size() - 70) + std::string(30, '\0'));
  }
  reopen();
  EXPECT_TRUE(load(first) == old);
  EXPECT_TRUE(load(second) == changed);
  EXPECT_EQ(load(tree, ports::ObjectKind::tree), "a node");
  std::size_t found = 0;
  store().for_each([&](const Digest&, std::uint64_t) { ++found; });
  EXPECT_EQ(found, 3U);
}

TEST_F(PackDamage, WhatIsBehindADamagedHeadIsFoundAgain)
{
  const std::string one = sample_text(70'000, 5);
  const std::string two = sample_text(70'000, 6);
  const auto batch = store().begin();
  const Digest first = ports::put_bytes(*batch, ports::ObjectKind::blob, one).digest;
  const Digest second = ports::put_bytes(*batch, ports::ObjectKind::blob, two).digest;
  batch->commit();
  const std::string path = packs().front();
  std::string bytes = read_text(path);
  bytes[16] ^= 1;  // the first block's magic
  overwrite(path, bytes.substr(0, bytes.size() - 64));
  reopen();
  EXPECT_THROW((void)load(first), model::Error);
  EXPECT_TRUE(load(second) == two);
}

TEST_F(PackDamage, ASecondCopyIsUsed)
{
  const std::string content = sample_text(100'000, 7);
  const auto a = store().begin();
  const auto b = store().begin();
  const Digest digest = ports::put_bytes(*a, ports::ObjectKind::blob, content).digest;
  (void)ports::put_bytes(*b, ports::ObjectKind::blob, content);
  (void)ports::put_bytes(*b, ports::ObjectKind::blob, "makes the packs differ");
  a->commit();
  b->commit();
  ASSERT_EQ(packs().size(), 2U);
  for (const std::string& path : packs()) {
    const std::string sound = read_text(path);
    std::string damaged = sound;
    damaged[50'000] ^= 4;
    overwrite(path, damaged);
    EXPECT_TRUE(try_load(digest, content)) << path;
    overwrite(path, sound);
  }
}

TEST_F(PackDamage, ContentThatWasFoundDamagedIsStoredAgain)
{
  const std::string content = sample_text(100'000, 8);
  const Digest digest = put(content).digest;
  const std::string path = packs().front();
  std::string bytes = read_text(path);
  bytes[50'000] ^= 4;
  overwrite(path, bytes);
  reopen();
  const auto error = testing::error_of([&] { (void)load(digest); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_NE(error.message().find(digest.hex()), std::string::npos) << error.message();
  EXPECT_TRUE(put(content).is_new);
  EXPECT_TRUE(load(digest) == content);
  EXPECT_TRUE(try_load(digest, content)) << "also where nobody knows of the damage yet";
}

TEST_F(PackDamage, AMissingPieceIsDamageAndMakesTheFileCountAsAbsent)
{
  const std::string old = sample_rows(30'000, 9);
  const Digest first = put(old).digest;
  const auto before = packs();
  const Digest second = put(old + sample_rows(20'000, 10), first).digest;
  std::filesystem::remove(before.front());
  reopen();
  EXPECT_EQ(store().find(second), std::nullopt);
  EXPECT_EQ(testing::error_of([&] { (void)load(second); }).kind(), ErrorKind::corrupt);
  EXPECT_EQ(testing::error_of([&] { (void)load(first); }).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace mlrepro
