// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <vector>

#include "mlrepro/model/error.hpp"

namespace mlrepro::crypto {
namespace {

void check(int result, const char* what)
{
  if (result != 1) {
    throw model::Error(model::ErrorKind::external, std::string("OpenSSL: ") + what + " failed");
  }
}

// Fetched once: the implicit fetch of EVP_sha256() would repeat the look-up for every digest.
const EVP_MD* algorithm()
{
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  check(fetched != nullptr ? 1 : 0, "fetching SHA256");
  return fetched;
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const
{
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new())
{
  check(context_ ? 1 : 0, "making a context");
  check(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr), "starting a digest");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes)
{
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), "hashing");
}

void Sha256::update(std::string_view bytes)
{
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), "hashing");
}

model::Digest Sha256::finish()
{
  model::Digest::Bytes bytes{};
  check(EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr), "finishing a digest");
  check(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr), "starting a digest");
  return model::Digest(bytes);
}

model::Digest Sha256Digester::digest(std::string_view bytes) const
{
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

model::Digest Sha256Digester::digest(ports::ByteSource& source) const
{
  Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{256} * 1024);
  while (const std::size_t size = source.read(buffer)) {
    hash.update(std::span(buffer).first(size));
  }
  return hash.finish();
}

}  // namespace mlrepro::crypto
