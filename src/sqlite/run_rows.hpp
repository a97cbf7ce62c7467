// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {

// The value of a text that reads as a number as a whole; NaN is none.
std::optional<double> as_number(const std::string& text);

// The new row's number.
std::int64_t write_run(const Database& database, const model::Run& run);

// Reads whole runs, row by row, with statements that are prepared once.
class RunReader {
 public:
  RunReader(const Database& database, ports::RunQuery::Detail detail);

  [[nodiscard]] model::Run read(std::int64_t number);

 private:
  void read_summary(model::Run& run);
  void read_details(model::Run& run);
  void read_values(std::int64_t number, model::Run& run);
  void read_metrics(std::int64_t number, model::Run& run);
  void read_data(std::int64_t number, model::Run& run);

  ports::RunQuery::Detail detail_;
  Statement run_;
  Statement params_;
  Statement metrics_;
  Statement tags_;
  Statement data_;
  Statement artifacts_;
  Statement proven_;
  Statement additions_;
  Statement forgotten_;
  Statement environment_;
};

}  // namespace mlrepro::sqlite
