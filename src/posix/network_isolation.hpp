// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace mlrepro::posix {

// A network of one's own with nothing in it but the loopback interface, by a network namespace, and
// where that takes it a user namespace in which the user keeps the number (unshare(2),
// user_namespaces(7)).
struct NetworkIsolation {
  // What is written about the user before it; made where memory may be allocated.
  std::string user_map;
  std::string group_map;
};
NetworkIsolation plan_network_isolation();

// Of the calling process, which has one thread, and of all that it starts from now on; allocates
// nothing. Returns 0 or an errno.
int isolate_network(const NetworkIsolation& plan) noexcept;

// Why no command can be isolated here, found out by trying it in a process of its own; absent: one
// can be.
std::optional<std::string> find_isolation_obstacle();

}  // namespace mlrepro::posix
