// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/ports/digester.hpp"

struct evp_md_ctx_st;

namespace mlrepro::crypto {

// One SHA-256 computation at a time; may be reused after `finish`.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  // The digest of all bytes since construction or the last `finish`.
  [[nodiscard]] model::Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

class Sha256Digester final : public ports::Digester {
 public:
  [[nodiscard]] model::Digest digest(std::string_view bytes) const override;
  [[nodiscard]] model::Digest digest(ports::ByteSource& source) const override;
};

}  // namespace mlrepro::crypto
