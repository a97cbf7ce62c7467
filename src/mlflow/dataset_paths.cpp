// SPDX-License-Identifier: Apache-2.0
#include "mlflow/dataset_paths.hpp"

#include <array>

#include "mlflow/fields.hpp"

namespace mlrepro::mlflow {
namespace {

int hex_digit(char character)
{
  if (character >= '0' && character <= '9') {
    return character - '0';
  }
  const char small = static_cast<char>(character | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string percent_decoded(const std::string& text)
{
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// "file:/a", "file:///a" and "file://localhost/a" are the same.
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
    return rest.starts_with("//") ? std::nullopt : std::optional(percent_decoded(rest));
  }
  return colon == std::string::npos ? std::optional(uri) : std::nullopt;
}

}  // namespace

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
