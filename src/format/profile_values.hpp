// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "format/json_values.hpp"
#include "mlrepro/model/drift.hpp"
#include "mlrepro/model/profile.hpp"

namespace mlrepro::format {

Json profiles_value(std::span<const model::TableProfile> tables);
// One table of them.
Json profile_value(const model::TableProfile& table);
Json drift_value(const model::TableDrift& table);
Json picture_value(const model::DriftPicture& picture);

}  // namespace mlrepro::format
