// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/client_runs.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

struct ClientRunRow {
  std::int64_t number = 0;
  bool running = false;
  bool by_client = false;
  bool deleted = false;
};

// Throws Error{not_found} in MLflow's words.
ClientRunRow require_client_run(const Database& database, const model::RunId& id);
// Error{usage} for a deleted one.
ClientRunRow require_active_run(const Database& database, const model::RunId& id);

// Adds what a client logs to a run, within the caller's transaction.
void write_client_batch(const Database& database, const model::RunId& id,
                        const ports::ClientBatch& batch, model::Timestamp now);

// Completes the record of a run that a client ended, or begins it again.
void write_client_status(const Database& database, const ClientRunRow& row,
                         const ports::RunChange& change, model::Timestamp now);

}  // namespace mlrepro::sqlite
