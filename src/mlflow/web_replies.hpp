// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mlrepro/ports/request_handler.hpp"

namespace mlrepro::mlflow {

ports::WebReply json_reply(int status, std::string body);
// {"error_code","message"}, as MLflow's clients read it.
ports::WebReply error_reply(int status, std::string_view error_code, std::string_view message);
ports::WebReply no_such_route(std::string_view method, std::string_view path);

// The first field of that name, in lower case.
std::optional<std::string_view> find_field(const ports::WebRequest& request, std::string_view name);

// A name for the file on the client's disk: quotes, separators and what is not ASCII are replaced
// in the one, encoded in the other.
std::string content_disposition(std::string_view artifact_path);

}  // namespace mlrepro::mlflow
