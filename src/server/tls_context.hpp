// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace mlrepro::server {

// A server's certificate and key, from PEM files. TLS 1.2 and later.
class TlsContext {
 public:
  // Throws Error{usage} naming the file that can't be used, and why.
  TlsContext(const std::string& certificate_file, const std::string& key_file);

  [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace mlrepro::server
