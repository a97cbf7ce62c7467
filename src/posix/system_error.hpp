// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::posix {

// The one place where errno becomes an Error: "<what>: <cause>", with a hint where one helps.
// ENOENT is not_found, EEXIST and ENOTEMPTY are conflict, everything else is io.
model::Error system_error(int error, const std::string& what);

// Throws system_error(errno, what); read errno before anything else can change it.
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace mlrepro::posix
