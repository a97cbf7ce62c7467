// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/digester.hpp"

#include <gtest/gtest.h>

#include "crypto/sha256.hpp"
#include "support/memory_stream.hpp"

namespace mlrepro {
namespace {

// The vectors of FIPS 180-2, appendix B.
TEST(Sha256Digester, MatchesThePublishedVectors)
{
  const crypto::Sha256Digester digester;
  EXPECT_EQ(digester.digest("").hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digester.digest("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digester.digest(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Digester, DoesNotDependOnHowTheBytesArrive)
{
  const crypto::Sha256Digester digester;
  const std::string content(300'000, 'x');
  for (const std::size_t piece : {1U, 63U, 64U, 65U, 100'000U}) {
    testing::StringSource source(content, piece);
    EXPECT_EQ(digester.digest(source), digester.digest(content)) << piece;
  }
}

TEST(Sha256, StartsAnewAfterFinish)
{
  crypto::Sha256 hash;
  hash.update("abc");
  const auto first = hash.finish();
  hash.update("abc");
  EXPECT_EQ(hash.finish(), first);
}

}  // namespace
}  // namespace mlrepro
