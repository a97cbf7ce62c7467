// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/web_gate.hpp"

#include <gtest/gtest.h>

#include "mlrepro/plan/byte_range.hpp"

namespace mlrepro::plan {
namespace {

WebRules rules_for(std::vector<std::string> hosts = {"localhost", "127.0.0.1", "[::1]"})
{
  return {std::move(hosts), {}, {}};
}

WebOrigin request(std::string method, std::string host)
{
  return {std::move(method), {std::move(host)}, {}, {}, {}};
}

int status_of(const std::optional<WebRefusal>& refusal)
{
  return refusal ? refusal->status : 200;
}

TEST(WebGate, KnowsTheServerByItsNamesOnly)
{
  for (const char* host : {"localhost", "LOCALHOST:5000", "127.0.0.1:1", "[::1]", "[::1]:5000"}) {
    EXPECT_EQ(status_of(refuse(rules_for(), request("GET", host))), 200) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "::1",
                           "localhost:5000:80", "evil@localhost"}) {
    EXPECT_EQ(status_of(refuse(rules_for(), request("GET", host))), 403) << host;
  }
  WebOrigin none = request("GET", "");
  none.hosts.clear();
  EXPECT_EQ(status_of(refuse(rules_for(), none)), 400);
  WebOrigin two = request("GET", "localhost");
  two.hosts.emplace_back("localhost");
  EXPECT_EQ(status_of(refuse(rules_for(), two)), 400);
}

TEST(WebGate, TakesAPortOfAnAllowedHostAtItsWord)
{
  const WebRules rules = rules_for({"ml.example:5000"});
  EXPECT_EQ(status_of(refuse(rules, request("GET", "ml.example:5000"))), 200);
  EXPECT_EQ(status_of(refuse(rules, request("GET", "ml.example:5001"))), 403);
  EXPECT_EQ(status_of(refuse(rules, request("GET", "ml.example"))), 403);
}

TEST(WebGate, LetsOtherSitesChangeNothing)
{
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    WebOrigin origin = request(method, "localhost:5000");
    EXPECT_EQ(status_of(refuse(rules_for(), origin)), 200);
    origin.origins = {"http://localhost:5000"};
    EXPECT_EQ(status_of(refuse(rules_for(), origin)), 200);
    for (const char* other : {"http://localhost:8080", "https://evil.example", "null",
                              "http://localhost:5000.evil.example"}) {
      origin.origins = {other};
      EXPECT_EQ(status_of(refuse(rules_for(), origin)), 403) << method << " " << other;
    }
    origin.origins.clear();
    for (const char* site : {"cross-site", "same-site"}) {
      origin.fetch_sites = {site};
      EXPECT_EQ(status_of(refuse(rules_for(), origin)), 403) << method << " " << site;
    }
    origin.fetch_sites = {"same-origin"};
    EXPECT_EQ(status_of(refuse(rules_for(), origin)), 200);
  }
  WebOrigin read = request("GET", "localhost");
  read.origins = {"https://evil.example"};
  EXPECT_EQ(status_of(refuse(rules_for(), read)), 200);
}

TEST(WebGate, AsksForASecretWhereThereIsOne)
{
  WebRules rules = rules_for();
  rules.tokens = {"0123456789abcdef", "second-token-0123"};
  rules.basic_pairs = {"me:open sesame"};
  const auto with = [&](const std::vector<std::string>& shown) {
    WebOrigin origin = request("GET", "localhost");
    origin.authorizations = shown;
    return status_of(refuse(rules, origin));
  };
  EXPECT_EQ(with({"Bearer 0123456789abcdef"}), 200);
  EXPECT_EQ(with({"bearer second-token-0123"}), 200);
  EXPECT_EQ(with({"Basic bWU6b3BlbiBzZXNhbWU="}), 200);  // me:open sesame
  EXPECT_EQ(with({}), 401);
  EXPECT_EQ(with({"Bearer 0123456789abcdeF"}), 401);
  EXPECT_EQ(with({"Bearer "}), 401);
  EXPECT_EQ(with({"Bearer"}), 401);
  EXPECT_EQ(with({"Bearer 0123456789abcdef0123456789abcdef"}), 401);
  EXPECT_EQ(with({"Basic bWU6"}), 401);
  EXPECT_EQ(with({"Basic !!!!"}), 401);
  EXPECT_EQ(with({"Bearer 0123456789abcdef", "Bearer 0123456789abcdef"}), 401);
}

TEST(WebGate, ComparesSecretsAsAWhole)
{
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("ab", "abc"));
  EXPECT_FALSE(same_secret("abcabc", "abc"));
  EXPECT_FALSE(same_secret("", ""));
  EXPECT_FALSE(same_secret("", "abc"));
}

TEST(WebGate, DecodesBase64)
{
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("YQ=="), "a");
  EXPECT_EQ(decode_base64("YWI="), "ab");
  EXPECT_EQ(decode_base64("YWJj"), "abc");
  for (const char* text : {"YQ", "YQ=a", "=YQ=", "Y===", "YQ==YQ==", "Y Q="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(WebGate, KnowsJsonFromWhatAFormMaySend)
{
  EXPECT_TRUE(is_json_type("application/json"));
  EXPECT_TRUE(is_json_type("Application/JSON; charset=utf-8"));
  EXPECT_FALSE(is_json_type("text/plain; application/json"));
  EXPECT_FALSE(is_json_type("application/json-patch+json"));
  EXPECT_TRUE(is_form_type(""));
  EXPECT_TRUE(is_form_type("text/plain;charset=utf-8"));
  EXPECT_TRUE(is_form_type("multipart/form-data; boundary=x"));
  EXPECT_FALSE(is_form_type("application/octet-stream"));
}

TEST(ByteRange, IsWhatAFieldAsksOfAContent)
{
  const auto part = [](std::string_view field) { return plan_range(field, 10); };
  const auto is_part = [&](std::string_view field, ByteRange range) {
    return part(field).answer == RangeAnswer::part && part(field).range == range;
  };
  EXPECT_TRUE(is_part("bytes=0-0", {0, 1}));
  EXPECT_TRUE(is_part("bytes=2-5", {2, 4}));
  EXPECT_TRUE(is_part("bytes=5-", {5, 5}));
  EXPECT_TRUE(is_part("bytes=5-99999999999999999999999", {5, 5}));
  EXPECT_TRUE(is_part("bytes=-3", {7, 3}));
  EXPECT_TRUE(is_part("bytes=-30", {0, 10}));
  for (const char* field : {"bytes=10-", "bytes=99999999999999999999-", "bytes=-0"}) {
    EXPECT_EQ(part(field).answer, RangeAnswer::unsatisfiable) << field;
  }
  for (const char* field : {"", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4",
                            "items=0-1", "bytes=1-2-3", "bytes= 1-2"}) {
    EXPECT_EQ(part(field).answer, RangeAnswer::whole) << field;
    EXPECT_EQ(part(field).range, (ByteRange{0, 10}));
  }
  EXPECT_EQ(plan_range(std::nullopt, 10).answer, RangeAnswer::whole);
  EXPECT_EQ(plan_range("bytes=-5", 0).answer, RangeAnswer::unsatisfiable);
}

}  // namespace
}  // namespace mlrepro::plan
