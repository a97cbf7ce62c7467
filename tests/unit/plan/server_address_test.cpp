// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/server_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

std::string refusal(const char* text)
{
  try {
    return "taken: " + parse_server_address(text, "--mlflow");
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), model::ErrorKind::usage);
    return error.message() + " " + error.hint();
  }
}

TEST(ServerAddress, IsASchemeAHostAndAPath)
{
  EXPECT_EQ(parse_server_address("http://127.0.0.1:5000", ""), "http://127.0.0.1:5000");
  EXPECT_EQ(parse_server_address("HTTPS://h/team/x//", ""), "https://h/team/x");
  EXPECT_EQ(parse_server_address("http://[::1]:5/", ""), "http://[::1]:5");
  EXPECT_EQ(host_of("https://h:1/team"), "h:1");
  EXPECT_EQ(host_of("https://[::1]"), "[::1]");
}

TEST(ServerAddress, ShowsNothingThatCouldBeSecret)
{
  for (const char* text : {"http://ada:hidden@h", "https://hidden@h/x", "https://h/?token=hidden",
                           "https://h/#hidden", "ftp://hidden", "hidden", "file:///hidden"}) {
    const std::string said = refusal(text);
    EXPECT_THAT(said, ::testing::StartsWith("--mlflow: ")) << text;
    EXPECT_THAT(said, ::testing::Not(::testing::HasSubstr("hidden"))) << text;
  }
  EXPECT_THAT(refusal("http://ada:hidden@h"), ::testing::HasSubstr("MLFLOW_TRACKING_PASSWORD"));
}

TEST(ServerAddress, HasNothingInItThatEndsALine)
{
  for (const char* text : {"http://", "http:///x", "http://h/a b", "http://h\r\nX: y",
                           "http://h\\x", "http://h\xc3\xa4"}) {
    EXPECT_THAT(refusal(text), ::testing::StartsWith("--mlflow: the address may have")) << text;
  }
}

}  // namespace
}  // namespace mlrepro::plan
