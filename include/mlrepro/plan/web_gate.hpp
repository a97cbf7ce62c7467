// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// Who may ask a server anything at all.
struct WebRules {
  // Host names in lower case, with or without a port: "localhost", "[::1]", "ml.example.org:5000".
  // One without a port stands for every port.
  std::vector<std::string> allowed_hosts;
  // Any of these is let in; nobody has to show one when both lists are empty.
  std::vector<std::string> tokens;       // of "Authorization: Bearer"
  std::vector<std::string> basic_pairs;  // "user:password", of "Authorization: Basic"
};

// What a request says of where it comes from. Each list has every field of that name.
struct WebOrigin {
  std::string method;
  std::vector<std::string> hosts;
  std::vector<std::string> origins;
  std::vector<std::string> fetch_sites;
  std::vector<std::string> authorizations;
};

struct WebRefusal {
  int status = 403;
  std::string error_code;
  std::string message;
};

// Before anything else is looked at; absent: let in. A page of another site can make a browser send
// requests to this machine: it can't choose the Host (a name that it had resolved to here is not
// allowed), and it can't hide the Origin of a request that changes something.
std::optional<WebRefusal> refuse(const WebRules& rules, const WebOrigin& origin);

// Whether a body is JSON by its Content-Type: "application/json", with or without parameters. None
// of the types that a page may send to another site without asking first is.
bool is_json_type(std::string_view content_type);
// Whether a page may send a body of this type without asking first.
bool is_form_type(std::string_view content_type);

// Takes as long whatever the texts have in common.
bool same_secret(std::string_view given, std::string_view secret);

// Standard alphabet, with padding; absent for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace mlrepro::plan
