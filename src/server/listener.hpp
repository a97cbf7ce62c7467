// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "posix/file_descriptor.hpp"

namespace mlrepro::server {

struct Listener {
  posix::FileDescriptor socket;  // listens, does not block
  std::string host;              // numeric, in brackets for IPv6
  std::uint16_t port = 0;
  bool loopback = false;  // nobody can connect from another machine
};

// A numeric address or a name of this machine. Looks at names only where they are asked for by
// name. Throws Error{usage} for no such address, Error{conflict} when the port is taken, Error{io}.
Listener listen_at(const std::string& host, std::uint16_t port);

// The same of a listening socket that was handed down.
Listener adopt_listener(posix::FileDescriptor socket);

// Whether only this machine can connect to what listens at `host`. Throws as listen_at does.
bool is_loopback(const std::string& host);

}  // namespace mlrepro::server
