// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "mlrepro/ports/http_client.hpp"

namespace mlrepro::http {

struct ClientOptions {
  std::string address;   // as plan::parse_server_address makes it
  std::string username;  // with a password: basic authentication
  std::string password;
  std::string token;  // without a user: a bearer's
  bool check_certificate = true;
  std::string authorities;         // whom to trust, a PEM file or a folder; empty: as the system
  std::string client_certificate;  // a PEM file with certificate and key; empty: none
  std::chrono::seconds patience{120};  // how long nothing may move
  std::string agent;
};

// libcurl, with the proxies of the environment (HTTPS_PROXY, NO_PROXY). Redirects are handed back
// and not followed, so that credentials go to the address that was named and nowhere else.
class CurlClient final : public ports::HttpClient {
 public:
  // Loads libcurl, which throws Error{external} where it is not installed; sends nothing.
  explicit CurlClient(ClientOptions options);
  ~CurlClient() override;

  ports::HttpReply send(const ports::HttpRequest& request) override;
  void pause(std::chrono::milliseconds time) override;

 private:
  struct Transfer;
  void prepare(Transfer& transfer);
  void prepare_body(Transfer& transfer);
  void prepare_access();

  struct Handle;
  ClientOptions options_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace mlrepro::http
