// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::posix {

// Replaces or makes a small file in one durable step: a reader sees the old content or the new.
// The mode of an existing file is kept.
void replace_file(const std::string& path, std::string_view content);

}  // namespace mlrepro::posix
