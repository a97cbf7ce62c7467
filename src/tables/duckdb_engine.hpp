// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::tables {

// DuckDB, which is loaded when a method is first called.
class DuckdbEngine final : public ports::TableEngine {
 public:
  std::string version() override;
  std::unique_ptr<ports::TableSession> open(const ports::TableLimits& limits) override;
};

}  // namespace mlrepro::tables
