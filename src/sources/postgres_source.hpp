// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::sources {

// PostgreSQL, and what speaks its protocol. The rows come as a stream (COPY) in one transaction
// that reads only and sees one moment. The session's time zone is UTC and queries run on one core,
// so that the same table gives the same values and the same order again. `place` is a URI, or words
// "host=… dbname=…"; what it leaves out is taken from PGHOST, PGSERVICE, PGPASSFILE and their like.
std::unique_ptr<ports::RowSource> open_postgres(const std::string& place, const std::string& label);

}  // namespace mlrepro::sources
