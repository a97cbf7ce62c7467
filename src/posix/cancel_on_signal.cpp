// SPDX-License-Identifier: Apache-2.0
#include "posix/cancel_on_signal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "posix/quiet_thread.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

// How long a server may take to hear us.
constexpr unsigned k_patience_seconds = 10;

// A server that is between two statements when it hears us does the next one all the same.
constexpr int k_milliseconds_between_cancels = 500;

// What the handler knows.
std::atomic<int> told_descriptor{-1};
std::atomic<int> received_signal{0};

void end_by(int number)
{
  struct sigaction obey {};
  obey.sa_handler = SIG_DFL;
  ::sigaction(number, &obey, nullptr);
  (void)::raise(number);
}

extern "C" void tell_watcher(int number)
{
  const int saved = errno;
  int expected = 0;
  if (number == SIGALRM || !received_signal.compare_exchange_strong(expected, number)) {
    end_by(number == SIGALRM ? received_signal.load() : number);
  } else {
    ::alarm(k_patience_seconds);
    const char byte = 1;
    (void)!::write(told_descriptor.load(), &byte, 1);
  }
  errno = saved;
}

}  // namespace

CancelOnSignal::CancelOnSignal(std::function<void()> cancel) : cancel_(std::move(cancel))
{
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("make a pipe");
  }
  reader_ = FileDescriptor(ends[0]);
  writer_ = FileDescriptor(ends[1]);
  thread_ = start_quiet_thread([this] { watch(); });
  received_signal = 0;
  told_descriptor = writer_.get();
  for (std::size_t i = 0; i < k_changed.size(); ++i) {
    ::sigaction(k_changed[i], nullptr, &old_[i]);
    // What nohup(1) or a shell's "&" made us ignore stays ignored.
    if (old_[i].sa_handler == SIG_DFL) {
      struct sigaction tell {};
      tell.sa_handler = tell_watcher;
      tell.sa_flags = SA_RESTART | SA_NODEFER;
      ::sigaction(k_changed[i], &tell, nullptr);
    }
  }
}

CancelOnSignal::~CancelOnSignal()
{
  const char end = 0;
  (void)!::write(writer_.get(), &end, 1);
  thread_.join();
  ::alarm(0);
  for (std::size_t i = 0; i < k_changed.size(); ++i) {
    ::sigaction(k_changed[i], &old_[i], nullptr);
  }
  if (const int number = received_signal.load(); number != 0 && !told_) {
    (void)::raise(number);
  }
}

void CancelOnSignal::check()
{
  if (received_signal.load() != 0) {
    told_ = true;
    throw model::Error(model::ErrorKind::interrupted, "interrupted");
  }
}

void CancelOnSignal::watch()
{
  char byte = 0;
  bool heard = ::read(reader_.get(), &byte, 1) == 1;
  while (heard && byte != 0) {
    cancel_();
    pollfd more{reader_.get(), POLLIN, 0};
    if (::poll(&more, 1, k_milliseconds_between_cancels) > 0) {
      heard = ::read(reader_.get(), &byte, 1) == 1;
    }
  }
}

}  // namespace mlrepro::posix
