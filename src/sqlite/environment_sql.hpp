// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sqlite/filter_sql.hpp"

// Conditions on what a run's environment has (plan::environment_item), by the names that
// environment_rows.hpp writes down: no document is looked into.
namespace mlrepro::sqlite {

enum class EnvironmentOrder { of_text, of_versions };

// "<value> <sign> ?". NULL for a run whose environment lacks it, as every comparison with what is
// not there.
SqlText environment_condition(const std::string& name, const std::string& sign,
                              const std::string& value, EnvironmentOrder order);

SqlText environment_has(const std::string& name);

// What to sort by, of run r.
SqlText environment_value(const std::string& name);

}  // namespace mlrepro::sqlite
