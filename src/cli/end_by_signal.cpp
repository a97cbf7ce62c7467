// SPDX-License-Identifier: Apache-2.0
#include "cli/end_by_signal.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "cli/exit_code.hpp"

namespace mlrepro::cli {

[[noreturn]] void end_by_signal(int signal)
{
  // Its core, if any, is the command's own; a second one of ours would only confuse.
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  (void)::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  (void)::raise(signal);
  ::_exit(k_signal_base + signal);
}

}  // namespace mlrepro::cli
