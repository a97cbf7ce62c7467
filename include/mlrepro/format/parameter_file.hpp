// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mlrepro::format {

// Reads a YAML, JSON or TOML file (by the name's ending) and flattens it: nested keys are joined
// by dots ("model.depth"), a list of plain values is one value ("[1, 2]"), other lists get their
// index as a key ("layers.0.size"), null is "null", a map without keys "{}". `subtree`
// ("model.tree") takes a part only.
// Throws Error{usage}: "file 'params.yaml', line 3, column 5: …".
std::map<std::string, std::string> parse_parameters(const std::string& file_name,
                                                    std::string_view text,
                                                    const std::string& subtree = {});

}  // namespace mlrepro::format
