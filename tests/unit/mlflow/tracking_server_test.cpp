// SPDX-License-Identifier: Apache-2.0
#include "mlflow/tracking_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <variant>

#include "mlrepro/ports/text_source.hpp"
#include "support/recording_reporter.hpp"

namespace mlrepro::mlflow {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ports::HttpReply reply(int status, std::string body = "{}")
{
  ports::HttpReply answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = std::move(body);
  return answer;
}

// Answers as it is told to, and keeps what it was asked.
struct ScriptedClient final : ports::HttpClient {
  ports::HttpReply send(const ports::HttpRequest& request) override
  {
    asked.push_back(request.method + " " + request.target + " " + request.body +
                    (request.stream != nullptr ? ports::read_all(*request.stream) : ""));
    if (answers.empty()) {
      return reply(200);
    }
    const auto next = std::move(answers.front());
    answers.pop_front();
    if (const auto* error = std::get_if<ports::NoAnswer>(&next)) {
      throw ports::NoAnswer(*error);
    }
    return std::get<ports::HttpReply>(next);
  }
  void pause(milliseconds time) override { pauses.push_back(time); }

  std::deque<std::variant<ports::HttpReply, ports::NoAnswer>> answers;
  std::vector<std::string> asked;
  std::vector<milliseconds> pauses;
};

struct TrackingServerTest : ::testing::Test {
  TrackingServerTest() { request.address = "http://h:5"; }

  ScriptedClient client;
  testing::RecordingReporter reporter;
  ExportRequest request;
  TrackingServer server{client, reporter, request};
};

TEST_F(TrackingServerTest, AsksInMlflowsWords)
{
  client.answers = {reply(200, R"({"run": {"a": 1}})")};
  EXPECT_EQ(server.get("runs/get", {{"run_id", "a b&c"}}).dump(), R"({"run":{"a":1}})");
  (void)server.post("runs/log-batch", {{"run_id", "x"}});
  EXPECT_THAT(client.asked, ElementsAre("GET /api/2.0/mlflow/runs/get?run_id=a%20b%26c ",
                                        R"(POST /api/2.0/mlflow/runs/log-batch {"run_id":"x"})"));
}

TEST_F(TrackingServerTest, TriesAgainWithLongerPausesAndAsLongAsTheServerSays)
{
  auto told = reply(429);
  told.retry_after = std::chrono::seconds(9);
  client.answers = {reply(503), reply(500), told, ports::NoAnswer("cut off", "", true), reply(200)};
  (void)server.get("x", {});
  EXPECT_THAT(client.pauses, ElementsAre(milliseconds(1000), milliseconds(2000), milliseconds(9000),
                                         milliseconds(8000)));
  EXPECT_EQ(client.asked.size(), 5U);
}

TEST_F(TrackingServerTest, WaitsAMinuteAtMostWhateverTheServerSays)
{
  auto told = reply(429);
  told.retry_after = std::chrono::seconds::max();
  client.answers = {told, reply(200)};
  (void)server.get("x", {});
  EXPECT_THAT(client.pauses, ElementsAre(milliseconds(60'000)));
}

TEST_F(TrackingServerTest, GivesUpAfterSoManyTries)
{
  request.retries.most = 2;
  client.answers = {reply(503, "busy"), reply(503, "busy"), reply(503, "busy"), reply(200)};
  EXPECT_THROW((void)server.get("x", {}), ServerRefusal);
  EXPECT_EQ(client.asked.size(), 3U);
}

TEST_F(TrackingServerTest, WhatWillNotPassIsNotTriedAgain)
{
  client.answers = {reply(400, R"({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"})")};
  try {
    (void)server.post("x", Json::object());
    ADD_FAILURE();
  } catch (const ServerRefusal& refusal) {
    EXPECT_EQ(refusal.message(), "x: INVALID_PARAMETER_VALUE, no");
    EXPECT_EQ(refusal.status(), 400);
    EXPECT_FALSE(refusal.is_final());
  }
  client.answers = {ports::NoAnswer("no trust", "", false)};
  EXPECT_THROW((void)server.get("x", {}), ports::NoAnswer);
  EXPECT_TRUE(client.pauses.empty());
}

TEST_F(TrackingServerTest, WhereNothingWasEverAnsweredNoConnectionIsFinal)
{
  client.answers = {ports::NoAnswer("refused", "", true)};
  EXPECT_THROW((void)server.get("x", {}), ports::NoAnswer);
  EXPECT_EQ(client.asked.size(), 1U);
}

TEST_F(TrackingServerTest, LooksForWhatALostAnswerMadeBeforeItMakesAnother)
{
  client.answers = {reply(200), ports::NoAnswer("cut off", "", true)};
  (void)server.get("x", {});
  int looked = 0;
  const Json made = server.create("runs/create", {{"a", 1}}, [&]() -> std::optional<Json> {
    ++looked;
    return Json({{"found", true}});
  });
  EXPECT_EQ(made.dump(), R"({"found":true})");
  EXPECT_EQ(looked, 1);
  EXPECT_EQ(client.asked.size(), 2U);
}

TEST_F(TrackingServerTest, AFileIsOpenedAnewForEachTry)
{
  client.answers = {reply(500), reply(200)};
  server.put_file(
      "0/run/artifacts/a b/ü", [] { return std::make_unique<ports::TextSource>("xy"); }, 2);
  EXPECT_THAT(
      client.asked,
      ElementsAre("PUT /api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/a%20b/%C3%BC xy",
                  "PUT /api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/a%20b/%C3%BC xy"));
}

TEST_F(TrackingServerTest, FilesGoWhereTheServerPassesThemOnAndNowhereElse)
{
  EXPECT_EQ(server.files_of("mlflow-artifacts:/0/r/artifacts"), "0/r/artifacts/");
  EXPECT_EQ(server.files_of("mlflow-artifacts://h:5/0/r/artifacts/"), "0/r/artifacts/");
  for (const char* uri : {"mlflow-artifacts://other/0/r", "s3://b/0/r", "file:///x", "/x", "",
                          "mlflow-artifacts:/"}) {
    EXPECT_EQ(server.files_of(uri), std::nullopt) << uri;
  }
}

}  // namespace
}  // namespace mlrepro::mlflow
