// SPDX-License-Identifier: Apache-2.0
#include "server/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "mlrepro/model/error.hpp"

namespace mlrepro::server {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& file)
{
  const unsigned long code = ::ERR_peek_last_error();
  const char* reason = ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  throw model::Error(model::ErrorKind::usage,
                     option + " '" + file + "': " + (reason == nullptr ? "can't be used" : reason),
                     "name a PEM file");
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const
{
  ::SSL_CTX_free(context);
}

TlsContext::TlsContext(const std::string& certificate_file, const std::string& key_file)
    : context_(::SSL_CTX_new(::TLS_server_method()))
{
  if (!context_) {
    throw model::Error(model::ErrorKind::io, "TLS can't be set up");
  }
  ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_mode(context_.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (::SSL_CTX_use_certificate_chain_file(context_.get(), certificate_file.c_str()) != 1) {
    refuse("--tls-cert", certificate_file);
  }
  if (::SSL_CTX_use_PrivateKey_file(context_.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      ::SSL_CTX_check_private_key(context_.get()) != 1) {
    refuse("--tls-key", key_file);
  }
}

}  // namespace mlrepro::server
