// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::capture {

// The files of an installed distribution that are not what its RECORD says (PyPA, "Recording
// installed projects"), each with the digest of what is there, none where it is gone. `site` is
// what the paths in it are relative to. Read are only files of another size, and those written
// after the RECORD: who changes a file and sets its time back is not found out. What lies outside
// of `site`, scripts for instance, is not looked at, since installers rewrite it.
std::map<std::string, std::optional<model::Digest>> modified_files(const std::string& site,
                                                                   const std::string& record);

}  // namespace mlrepro::capture
