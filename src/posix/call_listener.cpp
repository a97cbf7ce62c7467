// SPDX-License-Identifier: Apache-2.0
#include "posix/call_listener.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mlrepro::posix {
namespace {

// Newer than the headers of some systems that this is built on (Linux 6.6): the caller runs on
// right here when it is answered, instead of being woken on another core.
constexpr unsigned long k_set_flags = SECCOMP_IOW(4, __u64);
constexpr unsigned long k_sync_wake_up = 1;

}  // namespace

CallListener::CallListener(FileDescriptor listener) : listener_(std::move(listener))
{
  seccomp_notif_sizes sizes{};
  if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) {
    sizes = {};
  }
  received_.resize(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)));
  answer_.resize(std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
  (void)::ioctl(listener_.get(), k_set_flags, k_sync_wake_up);
}

const seccomp_notif* CallListener::receive() noexcept
{
  std::memset(received_.data(), 0, received_.size());  // the kernel insists
  auto* const call = reinterpret_cast<seccomp_notif*>(received_.data());
  return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, call) == 0 ? call : nullptr;
}

bool CallListener::is_waiting(std::uint64_t id) const noexcept
{
  return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

int CallListener::let_through(std::uint64_t id) noexcept
{
  std::memset(answer_.data(), 0, answer_.size());
  auto* const answer = reinterpret_cast<seccomp_notif_resp*>(answer_.data());
  answer->id = id;
  answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  while (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, answer) != 0) {
    if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

bool send_listener(int connection, int listener, int error) noexcept
{
  iovec content{&error, sizeof error};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof listener)> control{};
  if (listener >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof listener);
    std::memcpy(CMSG_DATA(header), &listener, sizeof listener);
  }
  return ::sendmsg(connection, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof error);
}

SentListener receive_listener(int connection) noexcept
{
  SentListener sent;
  iovec content{&sent.error, sizeof sent.error};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = -1;
  do {
    size = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size != static_cast<ssize_t>(sizeof sent.error)) {
    sent.error = ESRCH;  // who was to send it is gone
    return sent;
  }
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    int listener = -1;
    std::memcpy(&listener, CMSG_DATA(header), sizeof listener);
    sent.listener = FileDescriptor(listener);
  }
  return sent;
}

}  // namespace mlrepro::posix
