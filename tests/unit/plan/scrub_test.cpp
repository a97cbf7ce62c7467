// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/scrub.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mlrepro::plan {
namespace {

using Command = std::vector<std::string>;

TEST(SecretNames, AreKnown)
{
  for (const char* name :
       {"password",  "PASSWORD",   "--password",  "db_password",           "PGPASSWORD",
        "passwd",    "passphrase", "secret",      "AWS_SECRET_ACCESS_KEY", "client-secret",
        "api-key",   "API_KEY",    "apikey",      "OPENAI_API_KEY",        "token",
        "HF_TOKEN",  "--hf-token", "accessToken", "credentials",           "private_key",
        "pwd",       "pass",       "auth",        "Authorization:",        "BACKEND_TOKEN",
        "BASIC_AUTH"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
}

TEST(SecretNames, AreNotOrdinaryNamesOfTheTrade)
{
  for (const char* name : {"", "lr", "tokens", "max_tokens", "tokenizer", "--token-limit",
                           "pad_token", "eos-token", "--mask_token", "author", "auth_type",
                           "multi-pass", "passes", "bypass", "key", "keyboard", "path", "---"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(ScrubUrls, RemovesCredentialsAndSecretParameters)
{
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://user:pw@host/x", "https://***@host/x"},
      {"https://token@host", "https://***@host"},
      {"https://user:p@w@host/a@b", "https://***@host/a@b"},
      {"postgresql://u:p@db:5432/x?sslmode=off", "postgresql://***@db:5432/x?sslmode=off"},
      {"see https://a:b@c and http://d:e@f.", "see https://***@c and http://***@f."},
      {"https://host/x?a=1&token=abc&b=2#f", "https://host/x?a=1&token=***&b=2#f"},
      {"https://host/x?api_key=abc", "https://host/x?api_key=***"},
      {"https://acc.blob/x?sv=1&sig=ab%3D", "https://acc.blob/x?sv=1&sig=***"},
      {"https://b.s3/x?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-Date=c",
       "https://b.s3/x?X-Amz-Credential=***&X-Amz-Signature=***&X-Amz-Date=c"},
      {"https://a/?next=https://u:p@h/", "https://a/?next=https://***@h/"}};
  for (const auto& [text, scrubbed] : cases) {
    EXPECT_EQ(scrub_urls(text), scrubbed);
    EXPECT_EQ(scrub_urls(scrubbed), scrubbed);
    EXPECT_TRUE(is_scrubbed(scrubbed)) << scrubbed;
  }
}

TEST(ScrubUrls, LeavesOtherTextAlone)
{
  for (const char* text : {"", "user@host", "https://host/a@b", "https://host/?q=a@b",
                           "git@host:repo", "a?token=x", "s3://bucket/key", "://", "https://"}) {
    EXPECT_EQ(scrub_urls(text), text);
  }
}

TEST(ScrubUrls, EndsSoonForManyUrls)
{
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += "a://b?c=d&";
  }
  EXPECT_EQ(scrub_urls(text), text);
}

struct ScrubCase {
  Command command, scrubbed;
};

TEST(ScrubCommand, ReplacesTheValuesOfSecrets)
{
  const std::vector<ScrubCase> cases = {
      {{"t", "--password=x"}, {"t", "--password=***"}},
      {{"t", "--password", "x", "y"}, {"t", "--password", "***", "y"}},
      {{"t", "--password", "-x"}, {"t", "--password", "***"}},
      {{"t", "-token", "x"}, {"t", "-token", "***"}},
      {{"t", "db.password=x"}, {"t", "db.password=***"}},
      {{"t", "API_KEY=a=b"}, {"t", "API_KEY=***"}},
      {{"t", "--env=API_KEY=x"}, {"t", "--env=API_KEY=***"}},
      {{"t", "-e", "API_KEY=x"}, {"t", "-e", "API_KEY=***"}},
      {{"t", "--url=https://u:p@h"}, {"t", "--url=https://***@h"}},
      {{"t", "https://h/?a=1&token=x"}, {"t", "https://h/?a=1&token=***"}},
      {{"t", "-H", "Authorization: Bearer x"}, {"t", "-H", "Authorization: ***"}},
      {{"sh", "-c", "export PASSWORD=x; t --lr 1"}, {"sh", "-c", "export PASSWORD=*** t --lr 1"}},
      {{"sh", "-c", "t --token 'a b'  --lr 1"}, {"sh", "-c", "t --token ***  --lr 1"}},
      {{"sh", "-c", "TOKEN=\"a b\" t"}, {"sh", "-c", "TOKEN=*** t"}},
      {{"sh", "-c", "curl -H \"Authorization: Bearer x\" h"},
       {"sh", "-c", "curl -H \"Authorization: ***\" h"}},
      {{"sh", "-c", "t --token", "x"}, {"sh", "-c", "t --token", "***"}}};
  for (const ScrubCase& item : cases) {
    EXPECT_EQ(scrub_command(item.command), item.scrubbed);
    EXPECT_TRUE(std::any_of(item.scrubbed.begin(), item.scrubbed.end(), is_scrubbed))
        << item.scrubbed.back();
  }
}

TEST(ScrubCommand, LeavesTheRestByteForByte)
{
  const std::vector<Command> commands = {
      {},
      {"python", "train.py", "--lr", "0.1", "--max-tokens=5", "--pad-token", "[PAD]"},
      {"t", "--token", "--lr"},
      {"t", "token", "x"},
      {"sh", "-c", "  a 'b\n c'\t\"d\"  don't\n"},
      {"t", "", " ", "'", "\"", "=", "--", "a=b=c", "data/***", "**/*.csv"},
      {"t", "\xff\xfe=\x01"}};
  for (const Command& command : commands) {
    EXPECT_EQ(scrub_command(command), command);
    EXPECT_FALSE(std::any_of(command.begin(), command.end(), is_scrubbed));
  }
}

}  // namespace
}  // namespace mlrepro::plan
