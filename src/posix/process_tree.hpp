// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::posix {

// A command that we started and have not reaped yet, so that its number is still its own.
struct SupervisedCommand {
  int pid = -1;
  bool own_group = false;  // it leads a process group of its own; else it shares ours
};

// To the command, its group where it has one, and all its descendants.
void signal_tree(const SupervisedCommand& command, int signal);

}  // namespace mlrepro::posix
