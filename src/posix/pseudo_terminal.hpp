// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

struct PseudoTerminal {
  FileDescriptor master;
  FileDescriptor slave;
};

// A pseudo-terminal that looks like the terminal `model`, but hands on what is written to its
// slave unchanged: the model translates line ends itself when the bytes arrive there. Nobody's
// controlling terminal. Throws Error{io} where the system has none to give.
PseudoTerminal open_pseudo_terminal(int model);

// Gives `to` the size of `from`; false when it had that size already or `from` has none.
bool copy_window_size(int from, int to) noexcept;

}  // namespace mlrepro::posix
