// SPDX-License-Identifier: Apache-2.0
#include "posix/pseudo_terminal.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <array>

#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

FileDescriptor open_slave(int master)
{
  // Without a path: /dev/pts of this mount namespace need not be the one of the master.
  FileDescriptor slave(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.is_open()) {
    std::array<char, 128> name{};
    if (::ptsname_r(master, name.data(), name.size()) != 0) {
      throw_errno("name a pseudo-terminal");
    }
    slave = open_file(name.data(), O_RDWR | O_NOCTTY);
  }
  return slave;
}

}  // namespace

PseudoTerminal open_pseudo_terminal(int model)
{
  PseudoTerminal terminal;
  terminal.master = FileDescriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.master.is_open() || ::grantpt(terminal.master.get()) != 0 ||
      ::unlockpt(terminal.master.get()) != 0) {
    throw_errno("open a pseudo-terminal");
  }
  terminal.slave = open_slave(terminal.master.get());
  termios modes{};
  if (::tcgetattr(model, &modes) == 0) {
    modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    if (::tcsetattr(terminal.slave.get(), TCSANOW, &modes) != 0) {
      throw_errno("set up a pseudo-terminal");
    }
  }
  copy_window_size(model, terminal.master.get());
  return terminal;
}

bool copy_window_size(int from, int to) noexcept
{
  winsize size{};
  winsize old{};
  if (::ioctl(from, TIOCGWINSZ, &size) != 0) {
    return false;
  }
  if (::ioctl(to, TIOCGWINSZ, &old) == 0 && old.ws_row == size.ws_row &&
      old.ws_col == size.ws_col && old.ws_xpixel == size.ws_xpixel &&
      old.ws_ypixel == size.ws_ypixel) {
    return false;
  }
  return ::ioctl(to, TIOCSWINSZ, &size) == 0;
}

}  // namespace mlrepro::posix
