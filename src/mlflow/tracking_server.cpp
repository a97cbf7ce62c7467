// SPDX-License-Identifier: Apache-2.0
#include "mlflow/tracking_server.hpp"

#include <algorithm>
#include <array>

#include "mlflow/json_text.hpp"
#include "mlrepro/format/request_target.hpp"
#include "mlrepro/plan/server_address.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_api = "/api/2.0/mlflow/";
constexpr const char* k_files = "/api/2.0/mlflow-artifacts/artifacts/";
constexpr std::chrono::seconds k_longest_pause(60);
constexpr std::size_t k_longest_message = 500;

// As MLflow's own client has it.
bool may_pass(int status)
{
  constexpr std::array k_passing = {408, 429, 500, 502, 503, 504};
  return std::find(k_passing.begin(), k_passing.end(), status) != k_passing.end();
}

std::string query_of(const Query& query)
{
  std::string text;
  for (const auto& [name, value] : query) {
    text += (text.empty() ? "?" : "&") + name + "=" + format::percent_encode(value);
  }
  return text;
}

std::string cut(std::string text)
{
  if (text.size() > k_longest_message) {
    text.resize(k_longest_message);
    text += "…";
  }
  return text;
}

}  // namespace

std::string text_of(const Json& object, const char* name)
{
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& list_of(const Json& object, const char* name)
{
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

const Json& object_of(const Json& object, const char* name)
{
  static const Json none = Json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : none;
}

void TrackingServer::wait(unsigned tries, const std::string& reason,
                          std::optional<std::chrono::seconds> told)
{
  using std::chrono::milliseconds;
  milliseconds pause = std::min<milliseconds>(
      k_longest_pause, request_.retries.first_pause * (1U << std::min(tries, 10U)));
  if (told) {
    // Cut while it is seconds: a server may name any number of them.
    pause = std::max<milliseconds>(pause, std::min(k_longest_pause, *told));
  }
  reporter_.note(reason + "; trying again in " + std::to_string((pause.count() + 999) / 1000) +
                 " s");
  http_.pause(pause);
}

// `is_done` is asked before every try but the first; where it says yes, the reply has status 0.
ports::HttpReply TrackingServer::send(const Attempt& attempt, const std::function<bool()>& is_done)
{
  for (unsigned tries = 0;; ++tries) {
    const bool last = tries >= request_.retries.most;
    try {
      ports::HttpReply reply = attempt();
      reached_ = true;
      if (last || !may_pass(reply.status)) {
        return reply;
      }
      wait(tries, "the server answers " + std::to_string(reply.status), reply.retry_after);
    } catch (const ports::NoAnswer& error) {
      if (last || !reached_ || !error.may_pass()) {
        throw;
      }
      wait(tries, error.message(), std::nullopt);
    }
    if (is_done && is_done()) {
      return {};
    }
  }
}

ports::HttpReply TrackingServer::ask(const std::string& method, const std::string& target,
                                     const Json* message, Once once)
{
  ports::HttpRequest request;
  request.method = method;
  request.target = target;
  request.once = once == Once::yes;
  if (message != nullptr) {
    request.content_type = "application/json";
    request.body = json_text(*message);
  }
  return http_.send(request);
}

Json TrackingServer::get(const std::string& route, const Query& query)
{
  const std::string target = k_api + route + query_of(query);
  return read(send([&] { return ask("GET", target, nullptr); }, nullptr), route);
}

Json TrackingServer::post(const std::string& route, const Json& message)
{
  return read(send([&] { return ask("POST", k_api + route, &message); }, nullptr), route);
}

Json TrackingServer::patch(const std::string& route, const Json& message)
{
  return read(send([&] { return ask("PATCH", k_api + route, &message); }, nullptr), route);
}

Json TrackingServer::create(const std::string& route, const Json& message,
                            const std::function<std::optional<Json>()>& find)
{
  std::optional<Json> made;
  const ports::HttpReply reply =
      send([&] { return ask("POST", k_api + route, &message, Once::yes); },
           [&] {
             made = find();
             return made.has_value();
           });
  return made ? *std::move(made) : read(reply, route);
}

std::optional<std::string> TrackingServer::files_of(const std::string& artifact_uri) const
{
  constexpr std::string_view k_scheme = "mlflow-artifacts:";
  std::string_view rest = artifact_uri;
  if (!rest.starts_with(k_scheme)) {
    return std::nullopt;
  }
  rest.remove_prefix(k_scheme.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!host.empty() && host != plan::host_of(request_.address)) {
      return std::nullopt;
    }
    rest.remove_prefix(host.size());
  }
  while (rest.starts_with('/')) {
    rest.remove_prefix(1);
  }
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  return rest.empty() ? std::nullopt : std::optional(std::string(rest) + "/");
}

void TrackingServer::put_file(const std::string& place, const OpenContent& open,
                              std::uint64_t bytes)
{
  const auto attempt = [&] {
    const auto content = open();
    ports::HttpRequest request;
    request.method = "PUT";
    request.target = k_files + format::percent_encode(place, "/");
    request.content_type = "application/octet-stream";
    request.stream = content.get();
    request.stream_bytes = bytes;
    return http_.send(request);
  };
  const ports::HttpReply reply = send(attempt, nullptr);
  if (reply.status / 100 != 2) {
    refuse(reply, "file '" + place + "'");
  }
}

void TrackingServer::get_file(const std::string& place, ports::ByteSink& sink)
{
  ports::HttpRequest request;
  request.method = "GET";
  request.target = k_files + format::percent_encode(place, "/");
  request.sink = &sink;
  // What has begun to arrive can't be taken back, so that this is tried once.
  const ports::HttpReply reply = http_.send(request);
  if (reply.status != 200) {
    refuse(reply, "file '" + place + "'");
  }
}

Json TrackingServer::read(const ports::HttpReply& reply, const std::string& what)
{
  if (reply.status / 100 == 2) {
    Json body = Json::parse(reply.body, nullptr, false);
    if (body.is_object()) {
      understood_ = true;
      return body;
    }
  }
  refuse(reply, what);
}

void TrackingServer::refuse(const ports::HttpReply& reply, const std::string& what)
{
  const std::string server = "server '" + request_.address + "'";
  using Final = ServerRefusal::Final;
  if (reply.status == 401 || reply.status == 403) {
    throw ServerRefusal(reply.status, Final::yes,
                        server + ": " +
                            (reply.status == 401 ? "it wants to know who you are (401)"
                                                 : "you may not do that (403)"),
                        "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and"
                        " MLFLOW_TRACKING_PASSWORD");
  }
  if (reply.status / 100 == 3) {
    const std::string to = reply.location.substr(0, reply.location.find_first_of("?#"));
    throw ServerRefusal(reply.status, Final::yes, server + ": it sends one to '" + cut(to) + "'",
                        "name the address where the server is");
  }
  const Json body = Json::parse(reply.body, nullptr, false);
  if (!body.is_object() || text_of(body, "error_code").empty()) {
    throw ServerRefusal(reply.status, understood_ ? Final::no : Final::yes,
                        server + ": what it answers to " + what + " is none of MLflow's (" +
                            std::to_string(reply.status) + ", " +
                            (reply.content_type.empty() ? "no type" : cut(reply.content_type)) +
                            ")",
                        reply.status / 100 == 5 ? "" : "is it the address of an MLflow server?");
  }
  understood_ = true;
  throw ServerRefusal(
      reply.status, reply.status / 100 == 5 ? Final::yes : Final::no,
      what + ": " + text_of(body, "error_code") + ", " + cut(text_of(body, "message")));
}

}  // namespace mlrepro::mlflow
