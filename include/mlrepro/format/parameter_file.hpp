// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
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

// The same file with another value for one key of those, everything else in it as it was, comments
// too. Absent where the key is not there, or its value is not written in one piece.
std::optional<std::string> with_parameter(const std::string& file_name, std::string_view text,
                                          const std::string& key, const std::string& value);

}  // namespace mlrepro::format
