// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mlrepro/model/table_facts.hpp"

namespace mlrepro::format {

// As JSON on one line: what the cache keeps.
std::string encode_table_facts(const model::TableFacts& facts);
// Absent where the text says no such thing.
std::optional<model::TableFacts> decode_table_facts(std::string_view text);

}  // namespace mlrepro::format
