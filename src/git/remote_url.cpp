// SPDX-License-Identifier: Apache-2.0
#include "git/remote_url.hpp"

#include <algorithm>

namespace mlrepro::git {

std::string without_credentials(std::string_view url)
{
  std::string result(url);
  const std::size_t scheme = result.find("://");
  if (scheme == std::string::npos) {
    return result;  // a path, or "user@host:path", which has no room for a password
  }
  const std::size_t start = scheme + 3;
  const std::size_t end = std::min(result.find_first_of("/?#", start), result.size());
  const std::size_t at = result.substr(0, end).rfind('@');
  if (at == std::string::npos || at < start) {
    return result;
  }
  const bool ssh = result.substr(0, scheme).find("ssh") != std::string::npos;
  if (ssh) {
    const std::size_t user_end = std::min(result.find(':', start), at);
    return result.erase(user_end, at - user_end);
  }
  return result.erase(start, at + 1 - start);
}

}  // namespace mlrepro::git
