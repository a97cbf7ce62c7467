// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

// `text` with "<scratch>/<number>/" taken out wherever it stands: what is left of a placed file's
// path is what its snapshot calls it.
std::string without_scratch(const std::string& text, const std::string& scratch);

// A session whose errors are told that way.
std::unique_ptr<ports::TableSession> naming_tables(std::unique_ptr<ports::TableSession> session,
                                                   const std::string& scratch);

}  // namespace mlrepro::analysis
