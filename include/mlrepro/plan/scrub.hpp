// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// What stands in a record where a secret stood.
inline constexpr std::string_view k_scrubbed = "***";

// True for names such as "password", "HF_TOKEN" or "api-key".
bool is_secret_name(std::string_view name);

// "scheme://user:password@host/…" without the credentials; other text as it is.
std::string scrub_urls(std::string_view text);

// A command line whose secret values ("--password=x", "--token x", URL credentials) are replaced
// by k_scrubbed.
std::vector<std::string> scrub_command(const std::vector<std::string>& command);

}  // namespace mlrepro::plan
