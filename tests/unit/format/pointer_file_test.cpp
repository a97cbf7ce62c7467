// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/pointer_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"
#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using model::ErrorKind;
using ::testing::HasSubstr;

const std::string k_hex_a(64, 'a');
const std::string k_hex_b(64, 'b');
const std::string k_text =
    "mlrepro-snapshot 1\nid " + k_hex_a + "\ndigest sha256:" + k_hex_b + "\nfiles 3\nbytes 4096\n";

TEST(PointerFile, ReadsWhatItWrites)
{
  const PointerFile pointer = decode_pointer(k_text);
  EXPECT_EQ(pointer.id.hex(), k_hex_a);
  EXPECT_EQ(pointer.digest.hex(), k_hex_b);
  EXPECT_EQ(pointer.files, 3U);
  EXPECT_EQ(pointer.bytes, 4096U);
  EXPECT_EQ(encode_pointer(pointer), k_text);
  const PointerFile largest{pointer.id, pointer.digest, UINT64_MAX, UINT64_MAX};
  EXPECT_EQ(decode_pointer(encode_pointer(largest)), largest);
}

TEST(PointerFile, ToleratesTheLineEndsOfACheckout)
{
  std::string text;
  for (const char c : k_text) {
    text += c == '\n' ? "\r\n" : std::string(1, c);
  }
  EXPECT_EQ(decode_pointer(text), decode_pointer(k_text));
  EXPECT_EQ(decode_pointer(k_text.substr(0, k_text.size() - 1)), decode_pointer(k_text));
}

TEST(PointerFile, SaysWhichLineIsWrong)
{
  const std::string digest = "\ndigest sha256:" + k_hex_b;
  const std::string id = "mlrepro-snapshot 1\nid " + k_hex_a;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1"},
      {"<<<<<<< HEAD\n" + k_text, "line 1: not a pointer file"},
      {"mlrepro-snapshot 2\n", "line 1: version '2'"},
      {"mlrepro-snapshot 1\n", "line 2: expected 'id"},
      {"mlrepro-snapshot 1\nid abc\n", "line 2: 'id' is no SHA-256"},
      {"mlrepro-snapshot 1\nidentity " + k_hex_a, "line 2"},
      {id + "\ndigest " + k_hex_b + "0", "line 3"},
      {id + digest + "\nfiles", "line 4"},
      {id + digest + "\nfiles -1", "line 4: 'files' is no number"},
      {id + digest + "\nfiles 99999999999999999999", "line 4"},
      {id + digest + "\nfiles 1\nbytes 1 ", "line 5"},
      {k_text + "more", "line 6"},
      {k_text + "\n", "line 6"}};
  for (const auto& [text, message] : cases) {
    testing::expect_error(ErrorKind::corrupt, HasSubstr(message),
                          [&text = text] { decode_pointer(text); });
  }
}

TEST(PointerFile, IsKnownByItsFirstWords)
{
  EXPECT_TRUE(looks_like_pointer(k_text));
  EXPECT_TRUE(looks_like_pointer("mlrepro-snapshot 99\n"));
  EXPECT_FALSE(looks_like_pointer("mlrepro-snapshots"));
  EXPECT_FALSE(looks_like_pointer(""));
}

}  // namespace
}  // namespace mlrepro::format
