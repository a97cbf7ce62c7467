// SPDX-License-Identifier: Apache-2.0
#include "posix/network_isolation.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace mlrepro::posix {
namespace {

int write_to(const char* path, std::string_view text) noexcept
{
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) {
    return errno;
  }
  const ssize_t written = ::write(fd, text.data(), text.size());
  const int error = written < 0 ? errno : 0;
  ::close(fd);
  return error;
}

// Programs that talk to themselves, such as worker processes over TCP, need it.
int raise_loopback() noexcept
{
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return errno;
  }
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", sizeof "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int error = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

}  // namespace

NetworkIsolation plan_network_isolation()
{
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  return {user + " " + user + " 1", group + " " + group + " 1"};
}

int isolate_network(const NetworkIsolation& plan) noexcept
{
  // Who has the privilege needs no user namespace, in which set-user-ID programs have no effect.
  if (::unshare(CLONE_NEWNET) == 0) {
    return raise_loopback();
  }
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return errno;
  }
  // Without a privilege outside, a group map can only be written when setgroups(2) is given up.
  if (const int error = write_to("/proc/self/setgroups", "deny"); error != 0 && error != ENOENT) {
    return error;
  }
  if (const int error = write_to("/proc/self/uid_map", plan.user_map); error != 0) {
    return error;
  }
  if (const int error = write_to("/proc/self/gid_map", plan.group_map); error != 0) {
    return error;
  }
  return raise_loopback();
}

std::optional<std::string> find_isolation_obstacle()
{
  const NetworkIsolation plan = plan_network_isolation();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::_exit(isolate_network(plan));  // an errno fits an exit code
  }
  int status = 0;
  if (pid < 0) {
    return std::strerror(errno);
  }
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status)) {
    return "a process that tried it was killed";
  }
  const int error = WEXITSTATUS(status);
  if (error == 0) {
    return std::nullopt;
  }
  if (error == EPERM || error == EACCES || error == ENOSPC) {
    return std::string("the system allows no user namespaces (") + std::strerror(error) +
           "; see kernel.unprivileged_userns_clone, user.max_user_namespaces)";
  }
  return std::string("no network namespace can be made: ") + std::strerror(error);
}

}  // namespace mlrepro::posix
