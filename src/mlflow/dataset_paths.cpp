// SPDX-License-Identifier: Apache-2.0
#include "mlflow/dataset_paths.hpp"

#include "mlflow/fields.hpp"
#include "mlrepro/format/request_target.hpp"

namespace mlrepro::mlflow {

std::optional<std::string> path_of_uri(const std::string& uri)
{
  const std::size_t colon = uri.find("://");
  if (uri.starts_with("file:")) {
    std::string rest = uri.substr(5);
    for (const char* host : {"//localhost/", "///"}) {
      if (rest.starts_with(host)) {
        rest.erase(0, std::string(host).size() - 1);
      }
    }
    return rest.starts_with("//") ? std::nullopt
                                  : std::optional(format::percent_decode_leniently(rest));
  }
  return colon == std::string::npos ? std::optional(uri) : std::nullopt;
}

std::optional<std::string> local_path(const model::LoggedDataset& dataset)
{
  if (dataset.source_type != "local") {
    return std::nullopt;
  }
  const Json source = Json::parse(dataset.source, nullptr, false);
  if (!source.is_object()) {
    return std::nullopt;
  }
  for (const char* name : {"uri", "path"}) {
    const auto found = source.find(name);
    if (found != source.end() && found->is_string()) {
      const auto path = path_of_uri(found->get<std::string>());
      return path && path->find('\0') == std::string::npos && !path->empty() ? path : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::mlflow
