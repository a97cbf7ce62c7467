// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

// SHA-256 for those who may not include a cryptographic library.
class Digester {
 public:
  Digester() = default;
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;
  virtual ~Digester() = default;

  [[nodiscard]] virtual model::Digest digest(std::string_view bytes) const = 0;
  // Reads `source` to its end.
  [[nodiscard]] virtual model::Digest digest(ByteSource& source) const = 0;
};

}  // namespace mlrepro::ports
