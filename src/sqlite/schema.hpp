// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::sqlite {

// What takes a database from schema N to N+1, in order from 0. Each is applied in one transaction.
using Migrations = std::vector<std::string>;

const Migrations& migrations();

}  // namespace mlrepro::sqlite
