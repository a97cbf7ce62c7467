// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::plan {

// `path` seen from the absolute folder `base`, without "." , ".." or doubled slashes. By text
// alone: links are not looked at.
std::string join_path(std::string_view base, std::string_view path);

// How an absolute path is recorded: relative to `top` where it lies within, "." for `top` itself,
// else as it is.
std::string recorded_path(std::string_view top, std::string_view path);

// The opposite: a recorded path on a machine where the project's top is `top`.
std::string absolute_path(std::string_view top, std::string_view recorded);

// The last component; "/" for the root.
std::string base_name(std::string_view path);

}  // namespace mlrepro::plan
