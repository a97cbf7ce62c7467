// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace mlrepro::capture {

// The program that a shell script hands over to, where the text alone tells: a shim of pyenv and
// its kin, or a wrapper that ends in `exec /some/program`. `script` is the path it was called by,
// `cwd` the folder it runs in.
std::optional<std::string> wrapped_program(const std::string& script, const std::string& cwd);

// The first executable of that name in a PATH; the folder `except` is passed over.
std::string find_in_path(const std::string& name, const std::string& search,
                         const std::string& except = {});

}  // namespace mlrepro::capture
