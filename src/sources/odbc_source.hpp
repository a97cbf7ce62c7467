// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::sources {

// Any database that an ODBC driver of this machine reaches. The connection is asked to read only
// and repeatably; what a driver lets a statement change all the same is rolled back at the end.
// `place` is a connection string "DRIVER=…;SERVER=…" or the name of a data source.
std::unique_ptr<ports::RowSource> open_odbc(const std::string& place, const std::string& label);

}  // namespace mlrepro::sources
