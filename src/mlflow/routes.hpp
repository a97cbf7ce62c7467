// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mlflow/handlers.hpp"

namespace mlrepro::mlflow {

struct Route {
  std::variant<Handler, TextHandler> handler;
  std::vector<std::pair<std::string, std::string>> fields;  // that the path has
};

std::optional<Route> find_route(const std::string& method, const std::string& path);

}  // namespace mlrepro::mlflow
