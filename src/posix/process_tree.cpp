// SPDX-License-Identifier: Apache-2.0
#include "posix/process_tree.hpp"

#include <signal.h>
#include <unistd.h>

#include "posix/process_identity.hpp"

namespace mlrepro::posix {

void signal_tree(const SupervisedCommand& command, int signal)
{
  // Listed before anybody ends: orphans are no descendants any more.
  for (const int pid : descendants_of(command.pid)) {
    if (!command.own_group || ::getpgid(pid) != command.pid) {
      ::kill(pid, signal);
    }
  }
  ::kill(command.own_group ? -command.pid : command.pid, signal);
}

}  // namespace mlrepro::posix
