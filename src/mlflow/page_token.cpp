// SPDX-License-Identifier: Apache-2.0
#include "mlflow/page_token.hpp"

#include "mlflow/fields.hpp"
#include "mlrepro/format/base64url.hpp"

namespace mlrepro::mlflow {

std::string to_page_token(const std::string& place)
{
  return format::to_base64url(place);
}

std::string from_page_token(const std::string& token)
{
  const auto place = format::from_base64url(token);
  if (!place || (place->empty() && !token.empty())) {
    refuse("Invalid page token, could not base64-decode");
  }
  return *place;
}

}  // namespace mlrepro::mlflow
