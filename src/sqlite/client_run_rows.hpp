// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "mlrepro/model/client_run.hpp"
#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {

// Reads runs as clients see them, row by row, with statements that are prepared once. Within one
// transaction.
class ClientRunReader {
 public:
  explicit ClientRunReader(const Database& database);

  [[nodiscard]] model::ClientRun read(std::int64_t number);

 private:
  void read_values(std::int64_t number, model::ClientRun& run);
  void read_datasets(std::int64_t number, model::ClientRun& run);
  void read_models(std::int64_t number, model::ClientRun& run);

  Statement run_;
  Statement params_;
  Statement tags_;
  Statement metrics_;
  Statement datasets_;
  Statement dataset_tags_;
  Statement models_;
  bool any_datasets_;  // most stores have none
  bool any_models_;
};

// What changes together with the tag of a run: its name, note, parent.
void apply_told_tag(const Database& database, std::int64_t run, const std::string& key,
                    const std::string& value);

void write_dataset_link(const Database& database, std::int64_t run, const model::DatasetLink& link);
// Models that the run read ("input") or made ("output").
void write_model_links(const Database& database, std::int64_t run, const char* role,
                       const std::vector<model::ModelLink>& links);

}  // namespace mlrepro::sqlite
