// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/record_values.hpp"
#include "mlrepro/model/query_result.hpp"

namespace mlrepro::format::records {

json put_query_result(const model::QueryResult& result);
model::QueryResult take_query_result(const json& value);

}  // namespace mlrepro::format::records
