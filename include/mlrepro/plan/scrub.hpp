// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// What stands in a record where a secret stood.
inline constexpr std::string_view k_scrubbed = "***";

// True for names such as "password", "HF_TOKEN" or "api-key"; not for "--pad-token" and its like.
bool is_secret_name(std::string_view name);

// "scheme://user:password@host/?token=x" without the credentials and the values of parameters with
// secret names; other text as it is.
std::string scrub_urls(std::string_view text);

// A command line whose secret values ("--password=x", "--token x", "API_KEY=x", a header
// "Authorization: x", also within a shell's text, and what scrub_urls finds) are replaced by
// k_scrubbed.
std::vector<std::string> scrub_command(const std::vector<std::string>& command);

// True for a word in which scrub_command replaced something.
bool is_scrubbed(std::string_view word);

}  // namespace mlrepro::plan
