// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mlrepro::mlflow {

// A request of MLflow's REST protocol, free of HTTP: what is behind `/api/2.0/mlflow/` or
// `/ajax-api/2.0/mlflow/`, and already let through by the face that received it.
struct Request {
  std::string method;  // GET, POST, PATCH, DELETE
  std::string route;   // "runs/create"
  std::vector<std::pair<std::string, std::string>> query;  // percent-decoded once, in order
  std::string body;                                        // JSON; empty for GET
};

struct Reply {
  int status = 200;
  std::string body = "{}";  // JSON, also of an error: {"error_code","message"}
};

}  // namespace mlrepro::mlflow
