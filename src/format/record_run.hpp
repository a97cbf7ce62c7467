// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/record_values.hpp"
#include "mlrepro/model/run.hpp"

// A run and its environment in documents of records.
namespace mlrepro::format::records {

json put_run(const model::Run& run);
model::Run take_run(const json& value);

json put_environment(const model::Environment& environment);
model::Environment take_environment(const json& value);

model::Level take_level(const json& value);

}  // namespace mlrepro::format::records
