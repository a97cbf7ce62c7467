// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::plan {

// "http://host:port/prefix" or the same with https, without a slash at its end. Throws Error{usage}
// naming `label`: for another scheme, and for a user, a password, a query or a fragment, none of
// which it shows.
std::string parse_server_address(std::string_view text, const std::string& label);

// "host:port" of such an address, as it is written.
std::string_view host_of(std::string_view address);

}  // namespace mlrepro::plan
