// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "mlrepro/model/error.hpp"
#include "tables/duckdb_engine.hpp"

namespace mlrepro::testing {

// A session of the real engine; the test is skipped where that is not there. `Base` is a fixture of
// GoogleTest's.
template <typename Base>
class TableSessionTest : public Base {
 protected:
  void SetUp() override
  {
    try {
      session_ = engine_.open({});
    } catch (const model::Error& error) {
      GTEST_SKIP() << error.message() << "; " << error.hint();
    }
  }

  tables::DuckdbEngine engine_;
  std::unique_ptr<ports::TableSession> session_;
};

}  // namespace mlrepro::testing
