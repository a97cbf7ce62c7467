// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/bundle.hpp"

#include <gmock/gmock.h>

#include <cstring>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"

namespace mlrepro::format {
namespace {

using model::ErrorKind;
using testing::error_of;

std::string member(const std::string& name, const std::string& content)
{
  const auto header = encode_bundle_header(name, content.size());
  return std::string(reinterpret_cast<const char*>(header.data()), header.size()) + content +
         std::string(bundle_padding(content.size()), '\0');
}

std::string marker()
{
  return member(std::string(k_remote_marker), std::string(k_remote_marker_text));
}

std::vector<BundleMember> decode(const std::string& bundle)
{
  return decode_bundle(bundle.size(), [&](std::uint64_t offset, std::span<std::byte> buffer) {
    ASSERT_LE(offset + buffer.size(), bundle.size());
    std::memcpy(buffer.data(), bundle.data() + offset, buffer.size());
  });
}

const std::string k_end(k_bundle_end, '\0');

TEST(Bundle, SaysWhereItsMembersAre)
{
  const std::string text(700, 'x');
  const auto members =
      decode(marker() + member("packs/a.pack", text) + member("runs/b", "") + k_end);
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[1].name, "packs/a.pack");
  EXPECT_EQ(members[1].offset, 1536U);
  EXPECT_EQ(members[1].bytes, 700U);
  EXPECT_EQ(members[2].bytes, 0U);
}

TEST(Bundle, RefusesWhatIsNotItsOwn)
{
  const std::string good = marker() + member("packs/a.pack", "content") + k_end;
  EXPECT_NO_THROW(decode(good));
  const std::string bad[] = {
      "",
      "short",
      k_end,
      good.substr(0, good.size() - 512),
      good.substr(0, good.size() - 1024),
      good + std::string(512, '\0'),
      good + "x",
      member("packs/a.pack", "content") + k_end,
      marker() + marker() + k_end,
      member(std::string(k_remote_marker), "mlrepro-remote 2\n") + k_end,
  };
  for (const std::string& bundle : bad) {
    EXPECT_EQ(error_of([&] { decode(bundle); }).kind(), ErrorKind::corrupt) << bundle.size();
  }
  for (std::size_t at = 0; at < 1536; ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_EQ(error_of([&] { decode(damaged); }).kind(), ErrorKind::corrupt) << at;
  }
}

TEST(Bundle, WritesNoNameThatIsNotReadBack)
{
  for (const char* name :
       {"", "a", "/a/b", "../a", "a/../b", "a/b/c", "a/.b", "-a/b", "A/b", "a/b\n"}) {
    EXPECT_EQ(error_of([&] { encode_bundle_header(name, 1); }).kind(), ErrorKind::io) << name;
  }
  const std::string name = "runs/" + std::string(97, 'a');
  EXPECT_EQ(decode(marker() + member(name, "x") + k_end).back().name, name);
  EXPECT_EQ(error_of([&] { encode_bundle_header("runs/" + std::string(101, 'a'), 1); }).kind(),
            ErrorKind::io);
}

}  // namespace
}  // namespace mlrepro::format
