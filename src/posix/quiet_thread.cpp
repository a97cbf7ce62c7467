// SPDX-License-Identifier: Apache-2.0
#include "posix/quiet_thread.hpp"

#include <csignal>
#include <utility>

namespace mlrepro::posix {
namespace {

class SignalsBlocked {
 public:
  SignalsBlocked()
  {
    sigset_t all;
    (void)::sigfillset(&all);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

std::thread start_quiet_thread(std::function<void()> work)
{
  const SignalsBlocked blocked;
  return std::thread(std::move(work));
}

}  // namespace mlrepro::posix
