// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::format {

// Percent-decoded once. Absent for a '%' that no two hexadecimal digits follow.
std::optional<std::string> percent_decode(std::string_view text);
// As browsers and installers read what others wrote: such a '%' stays.
std::string percent_decode_leniently(std::string_view text);

// The opposite: only letters, digits, "-._~" and `also_kept` stay.
std::string percent_encode(std::string_view text, std::string_view also_kept = {});
// What also stays in the path or host of an address.
inline constexpr std::string_view k_address_marks = "/:[]";

struct RequestTarget {
  std::string path;  // as sent, still encoded: "/api/2.0/mlflow/runs/get"
  // Decoded once, a '+' as a space, in their order.
  std::vector<std::pair<std::string, std::string>> query;

  // The first value; empty when there is none.
  [[nodiscard]] std::string value(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
};

// Of a request line. Absent for what is no path ("*", "http://host/"), for bytes that no target
// may have (control characters, spaces, '#', beyond ASCII) and for an encoding that is cut short.
std::optional<RequestTarget> parse_request_target(std::string_view target);

}  // namespace mlrepro::format
