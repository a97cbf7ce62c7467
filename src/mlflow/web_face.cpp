// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/web_face.hpp"

#include <algorithm>
#include <array>

#include "mlflow/web_replies.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

using ports::WebReply;

// MLflow lets the profile of a dataset have 16 MB, and nothing else comes near.
constexpr std::uint64_t k_longest_json = 24ULL << 20U;
// Bodies up to the first are not counted; all others together have the second.
constexpr std::uint64_t k_short_json = 1ULL << 20U;
constexpr std::uint64_t k_all_long_json = 128ULL << 20U;
constexpr std::size_t k_longest_logged = 500;

class Buffered {
 public:
  explicit Buffered(std::atomic<std::uint64_t>& total) : total_(total) {}
  ~Buffered() { total_ -= counted_; }
  Buffered(const Buffered&) = delete;
  Buffered& operator=(const Buffered&) = delete;

  // False when everybody together would have too much.
  bool grow_to(std::uint64_t bytes)
  {
    if (bytes <= k_short_json || bytes <= counted_) {
      return true;
    }
    total_ += bytes - counted_;
    counted_ = bytes;
    return total_ <= k_all_long_json;
  }

 private:
  std::atomic<std::uint64_t>& total_;
  std::uint64_t counted_ = 0;
};

WebReply too_long()
{
  return error_reply(413, "INVALID_PARAMETER_VALUE",
                     "The request is too long: at most " + std::to_string(k_longest_json >> 20U) +
                         " MB of JSON. Please split it up.");
}

WebReply busy()
{
  WebReply reply = error_reply(503, "TEMPORARILY_UNAVAILABLE",
                               "Too many long requests at once. Please try again.");
  reply.fields.emplace_back("Retry-After", "1");
  return reply;
}

std::optional<WebReply> read_json(const ports::WebRequest& request, ports::ByteSource& body,
                                  Buffered& buffered, std::string& text)
{
  if (request.body_bytes.value_or(0) > k_longest_json) {
    return too_long();
  }
  if (!buffered.grow_to(request.body_bytes.value_or(0))) {
    return busy();
  }
  text.reserve(request.body_bytes.value_or(0));
  std::array<std::byte, 65536> buffer;
  while (const std::size_t size = body.read(buffer)) {
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
    if (text.size() > k_longest_json) {
      return too_long();
    }
    if (!buffered.grow_to(text.size())) {
      return busy();
    }
  }
  return std::nullopt;
}

std::vector<std::string> all_fields(const ports::WebRequest& request, std::string_view name)
{
  std::vector<std::string> values;
  for (const auto& [key, value] : request.fields) {
    if (key == name) {
      values.push_back(value);
    }
  }
  return values;
}

plan::WebOrigin origin_of(const ports::WebRequest& request)
{
  return {request.method, all_fields(request, "host"), all_fields(request, "origin"),
          all_fields(request, "sec-fetch-site"), all_fields(request, "authorization")};
}

WebReply refusal_reply(const plan::WebRefusal& refusal, const plan::WebRules& rules)
{
  WebReply reply = error_reply(refusal.status, refusal.error_code, refusal.message);
  if (refusal.status == 401) {
    reply.fields.emplace_back("WWW-Authenticate", rules.basic_pairs.empty()
                                                      ? "Bearer realm=\"mlrepro\""
                                                      : "Basic realm=\"mlrepro\"");
  }
  return reply;
}

WebReply text_reply(std::string text)
{
  WebReply reply;
  reply.fields.emplace_back("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::move(text);
  return reply;
}

// What is answered is data, whoever looks at it with a browser.
void add_safety(WebReply& reply)
{
  reply.fields.emplace_back("X-Content-Type-Options", "nosniff");
  reply.fields.emplace_back("Content-Security-Policy",
                            "sandbox; default-src 'none'; frame-ancestors 'none'");
  reply.fields.emplace_back("X-Frame-Options", "DENY");
  reply.fields.emplace_back("Referrer-Policy", "no-referrer");
  reply.fields.emplace_back("Cache-Control", "no-store");
}

// The path behind "/s/<session>"; absent without it.
std::optional<std::string_view> behind_session(std::string_view path, const std::string& session)
{
  constexpr std::string_view k_mark = "/s/";
  if (!path.starts_with(k_mark)) {
    return std::nullopt;
  }
  path.remove_prefix(k_mark.size());
  const std::string_view shown = path.substr(0, path.find('/'));
  if (!plan::same_secret(shown, session)) {
    return std::nullopt;
  }
  path.remove_prefix(shown.size());
  return path;
}

std::optional<std::string_view> behind(std::string_view path, std::string_view below)
{
  for (const std::string_view prefix : {"/api/2.0/", "/ajax-api/2.0/"}) {
    if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with(below)) {
      return path.substr(prefix.size() + below.size());
    }
  }
  return std::nullopt;
}

// A route with its parts decoded; absent when a part would fall into two by that.
std::optional<std::string> decode_route(std::string_view rest)
{
  auto decoded = format::percent_decode(rest);
  const bool sound = decoded &&
                     std::count(decoded->begin(), decoded->end(), '/') ==
                         std::count(rest.begin(), rest.end(), '/') &&
                     std::none_of(decoded->begin(), decoded->end(), [](char c) {
                       return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                     });
  return sound ? decoded : std::nullopt;
}

}  // namespace

WebFace::WebFace(const Api& api, Artifacts& artifacts, ports::Reporter& reporter,
                 WebFaceOptions options)
    : api_(api), artifacts_(api, artifacts), reporter_(reporter), options_(std::move(options))
{
}

WebReply WebFace::handle(const ports::WebRequest& request, ports::ByteSource& body)
{
  WebReply reply;
  std::string logged_as;
  try {
    reply = answer(request, body, logged_as);
  } catch (const ports::BodyError&) {
    throw;
  } catch (const std::exception& error) {
    reporter_.warn("request '" + request.method + " " + logged_as + "': " + error.what());
    reply = error_reply(500, "INTERNAL_ERROR",
                        "The server can't read or write its store; what it printed says why.");
  }
  add_safety(reply);
  reply.logged_as = logged_as.substr(0, k_longest_logged);
  return reply;
}

WebReply WebFace::answer(const ports::WebRequest& request, ports::ByteSource& body,
                         std::string& logged_as)
{
  const auto target = format::parse_request_target(request.target);
  if (!target) {
    return error_reply(400, "BAD_REQUEST", "The request's target is no path");
  }
  std::optional<std::string_view> path = target->path;
  if (!options_.session.empty()) {
    path = behind_session(target->path, options_.session);
  }
  // A wrong session may be a right one with a slip in it.
  logged_as = path ? std::string(*path) : "/s/...";
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads && (target->path == "/health" || path == "/health")) {
    logged_as = "/health";
    return text_reply("OK");
  }
  if (const auto refusal = plan::refuse(options_.rules, origin_of(request))) {
    return refusal_reply(*refusal, options_.rules);
  }
  if (!path) {
    return error_reply(401, "UNAUTHENTICATED",
                       "This server answers only the command that it was started for");
  }
  return route(request, *target, *path, body);
}

WebReply WebFace::route(const ports::WebRequest& request, const format::RequestTarget& target,
                        std::string_view path, ports::ByteSource& body)
{
  ports::WebRequest read = request;
  if (read.method == "HEAD") {
    read.method = "GET";
  }
  const bool gets = read.method == "GET";
  if (path == "/version" && gets) {
    return text_reply(options_.version);
  }
  if (gets &&
      (path == "/api/3.0/mlflow/server-info" || path == "/ajax-api/3.0/mlflow/server-info")) {
    return json_reply(200, R"({"store_type":"SqlStore","workspaces_enabled":false})");
  }
  if (gets && (path == "/get-artifact" || path == "/model-versions/get-artifact")) {
    return artifacts_.get_by_query(read, target, path.substr(1));
  }
  if (const auto rest = behind(path, "mlflow-artifacts/")) {
    return artifacts_.proxy(read, target, *rest, body);
  }
  if (const auto rest = behind(path, "mlflow/")) {
    return serve_api(read, target, *rest, body);
  }
  return no_such_route(request.method, path);
}

WebReply WebFace::serve_api(const ports::WebRequest& request, const format::RequestTarget& target,
                            std::string_view rest, ports::ByteSource& body)
{
  const auto route = decode_route(rest);
  if (!route) {
    return error_reply(400, "BAD_REQUEST", "The request's path is not well-formed");
  }
  if (auto reply = artifacts_.api(request, target, *route, body)) {
    return std::move(*reply);
  }
  return serve(request, target, *route, body);
}

WebReply WebFace::serve(const ports::WebRequest& request, const format::RequestTarget& target,
                        const std::string& route, ports::ByteSource& body)
{
  Request asked{request.method, route, target.query, ""};
  if (request.method == "GET") {
    const Reply reply = api_(asked);
    return json_reply(reply.status, reply.body);
  }
  const bool has_body = request.body_bytes != std::uint64_t{0};
  if ((has_body || request.method == "POST") &&
      !plan::is_json_type(find_field(request, "content-type").value_or(""))) {
    return error_reply(400, "INVALID_PARAMETER_VALUE",
                       "Bad Request. Content-Type must be one of ['application/json'].");
  }
  Buffered buffered(buffered_bytes_);
  if (auto refusal = read_json(request, body, buffered, asked.body)) {
    return std::move(*refusal);
  }
  Reply reply = api_(asked);
  return json_reply(reply.status, std::move(reply.body));
}

}  // namespace mlrepro::mlflow
