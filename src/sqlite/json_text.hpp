// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/code_state.hpp"
#include "mlrepro/model/environment.hpp"
#include "mlrepro/model/run_trace.hpp"
#include "mlrepro/model/sweep.hpp"

namespace mlrepro::sqlite {

// Values that no query looks into, as JSON documents. Text that is not UTF-8 is kept as
// {"hex": "…"}. The readers throw Error{corrupt}.
std::string to_json(const std::vector<std::string>& list);
std::string to_json(const std::vector<model::CodeChange>& changes);
std::string to_json(const std::vector<model::Submodule>& submodules);
std::string to_json(const std::vector<model::Omission>& omitted);
std::string to_json(const model::Environment& environment);
std::string to_json(const model::RunTrace& trace);
std::string to_json(const model::Sweep& sweep);

std::vector<std::string> parse_list(std::string_view text);
std::vector<model::CodeChange> parse_changes(std::string_view text);
std::vector<model::Submodule> parse_submodules(std::string_view text);
std::vector<model::Omission> parse_omitted(std::string_view text);
model::Environment parse_environment(std::string_view text);
model::RunTrace parse_trace(std::string_view text);
model::Sweep parse_sweep(std::string_view text);

}  // namespace mlrepro::sqlite
