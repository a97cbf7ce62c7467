// SPDX-License-Identifier: Apache-2.0
#include "support/pty_session.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace mlrepro::testing {

PtySession::PtySession(const std::function<void()>& body, unsigned short rows,
                       unsigned short columns)
{
  winsize size{};
  size.ws_row = rows;
  size.ws_col = columns;
  int master = -1;
  std::fflush(nullptr);
  pid_ = ::forkpty(&master, nullptr, nullptr, &size);
  if (pid_ == 0) {
    body();
    ::_exit(0);
  }
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  master_ = posix::FileDescriptor(master);
}

PtySession::~PtySession()
{
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void PtySession::type(const std::string& keys) const
{
  posix::write_fully(master_.get(), keys, "type");
}

void PtySession::resize(unsigned short rows, unsigned short columns) const
{
  winsize size{};
  size.ws_row = rows;
  size.ws_col = columns;
  ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

namespace {

constexpr int k_patience_ms = 120'000;

}  // namespace

bool PtySession::read_some(int timeout_ms)
{
  std::array<char, 4096> buffer{};
  pollfd poll{master_.get(), POLLIN, 0};
  if (::poll(&poll, 1, timeout_ms) != 1) {
    return false;
  }
  const ssize_t size = ::read(master_.get(), buffer.data(), buffer.size());
  if (size <= 0) {
    return false;
  }
  screen_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

bool PtySession::wait_for(const std::string& text)
{
  while (screen_.find(text) == std::string::npos) {
    if (!read_some(k_patience_ms)) {
      return false;
    }
  }
  return true;
}

void PtySession::wait()
{
  while (master_.is_open() && read_some(k_patience_ms)) {
  }
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace mlrepro::testing
