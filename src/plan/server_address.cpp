// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/server_address.hpp"

#include <algorithm>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

[[noreturn]] void refuse(const std::string& label, const std::string& why, const std::string& hint)
{
  throw model::Error(model::ErrorKind::usage, label + ": " + why, hint);
}

}  // namespace

std::string parse_server_address(std::string_view text, const std::string& label)
{
  constexpr std::string_view k_mark = "://";
  const std::size_t mark = text.find(k_mark);
  const std::string scheme = model::lower_case(text.substr(0, mark));
  if (mark == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    refuse(label, "not the address of a server",
           "name one, such as http://127.0.0.1:5000 or https://mlflow.example.org");
  }
  const std::string_view rest = text.substr(mark + k_mark.size());
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) {
    refuse(label, "the address has a user or a password in it",
           "leave them out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
  }
  const bool odd = std::any_of(text.begin(), text.end(), [](char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte <= 0x20 || byte >= 0x7f || character == '\\' || character == '"';
  });
  if (host.empty() || odd || text.find_first_of("?#") != std::string_view::npos) {
    refuse(label, "the address may have a scheme, a host, a port and a path only",
           "name one, such as https://mlflow.example.org/team");
  }
  std::string address = scheme + std::string(k_mark) + std::string(rest);
  while (address.ends_with('/')) {
    address.pop_back();
  }
  return address;
}

std::string_view host_of(std::string_view address)
{
  constexpr std::string_view k_mark = "://";
  address.remove_prefix(address.find(k_mark) + k_mark.size());
  return address.substr(0, address.find('/'));
}

}  // namespace mlrepro::plan
