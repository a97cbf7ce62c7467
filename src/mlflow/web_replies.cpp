// SPDX-License-Identifier: Apache-2.0
#include "mlflow/web_replies.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mlrepro/format/request_target.hpp"

namespace mlrepro::mlflow {

ports::WebReply json_reply(int status, std::string body)
{
  ports::WebReply reply;
  reply.status = status;
  reply.fields.emplace_back("Content-Type", "application/json");
  reply.body = std::move(body);
  return reply;
}

ports::WebReply error_reply(int status, std::string_view error_code, std::string_view message)
{
  nlohmann::ordered_json body;
  body["error_code"] = error_code;
  body["message"] = message;
  using OnInvalid = nlohmann::ordered_json::error_handler_t;
  return json_reply(status, body.dump(-1, ' ', false, OnInvalid::replace));
}

ports::WebReply no_such_route(std::string_view method, std::string_view path)
{
  return error_reply(404, "ENDPOINT_NOT_FOUND",
                     "No API found for '" + std::string(method) + " " + std::string(path) + "'");
}

std::optional<std::string_view> find_field(const ports::WebRequest& request, std::string_view name)
{
  const auto found = std::find_if(request.fields.begin(), request.fields.end(),
                                  [name](const auto& field) { return field.first == name; });
  return found == request.fields.end() ? std::nullopt
                                       : std::optional<std::string_view>(found->second);
}

std::string content_disposition(std::string_view artifact_path)
{
  const std::string_view name = artifact_path.substr(artifact_path.rfind('/') + 1);
  std::string plain(name);
  for (char& c : plain) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' || c == ';') {
      c = '_';
    }
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + format::percent_encode(name);
}

}  // namespace mlrepro::mlflow
