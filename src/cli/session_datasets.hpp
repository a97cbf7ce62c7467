// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/dataset_sources.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::cli {

// What the command of an open run may read, its datasets are linked to; nothing where the run is
// not on record. The reporter outlives what is made.
std::unique_ptr<ports::DatasetSources> open_session_datasets(const std::string& store,
                                                             const model::RunId& run,
                                                             ports::Reporter& reporter);

}  // namespace mlrepro::cli
