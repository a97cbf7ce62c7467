// SPDX-License-Identifier: Apache-2.0
#include "posix/syscall_filter.hpp"

#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace mlrepro::posix {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t k_native = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t k_native = AUDIT_ARCH_AARCH64;
#else
#error "the numbers of the traced calls are known for x86_64 and aarch64"
#endif

// Not in the headers of every system that this is built on.
constexpr std::uint32_t k_openat2 = 437;
constexpr std::uint32_t k_io_uring_setup = 425;
constexpr unsigned long k_wait_killable = 1UL << 5U;

struct TracedCall {
  std::uint32_t number;
  CallKind kind;
};

constexpr auto k_calls = std::to_array<TracedCall>({
  {SYS_openat, CallKind::openat}, {k_openat2, CallKind::openat2}, {SYS_execve, CallKind::execve},
      {SYS_execveat, CallKind::execveat}, {SYS_renameat2, CallKind::renameat},
      {SYS_renameat, CallKind::renameat}, {SYS_unlinkat, CallKind::unlinkat},
      {SYS_linkat, CallKind::linkat}, {SYS_symlinkat, CallKind::symlinkat},
      {SYS_truncate, CallKind::truncate}, {SYS_connect, CallKind::connect},
      {k_io_uring_setup, CallKind::io_uring}, {SYS_chroot, CallKind::namespaces},
      {SYS_pivot_root, CallKind::namespaces}, {SYS_setns, CallKind::namespaces},
      {SYS_unshare, CallKind::namespaces},
#if defined(__x86_64__)  // the others have only the forms with a folder
      {SYS_open, CallKind::open}, {SYS_creat, CallKind::creat}, {SYS_rename, CallKind::rename},
      {SYS_unlink, CallKind::unlink}, {SYS_link, CallKind::link}, {SYS_symlink, CallKind::symlink},
#endif
});

// Of 32-bit programs: open, execve and openat of i386 and arm, one of which every program calls.
constexpr std::array<std::uint32_t, 4> k_foreign_calls{5, 11, 295, 322};
#if defined(__x86_64__)
constexpr std::uint32_t k_x32_bit = 0x40000000;
constexpr std::array<std::uint32_t, 3> k_x32_calls{k_x32_bit | SYS_open, k_x32_bit | SYS_openat,
                                                   k_x32_bit | 520};  // execve
#endif

sock_filter load(std::size_t offset)
{
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}

sock_filter answer(std::uint32_t action)
{
  return {BPF_RET | BPF_K, 0, 0, action};
}

// Over so many instructions where the comparison holds, and where not.
sock_filter jump(std::uint16_t comparison, std::uint32_t value, std::size_t holds,
                 std::size_t fails)
{
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | comparison),
          static_cast<std::uint8_t>(holds), static_cast<std::uint8_t>(fails), value};
}

// A number in the list is reported, every other one is let through.
template <typename List, typename Number>
void append_choice(std::vector<sock_filter>& program, const List& list, Number number_of)
{
  std::size_t left = list.size();
  for (const auto& item : list) {
    // The rest of the list, and the "let through" behind it.
    program.push_back(jump(BPF_JEQ, number_of(item), left, 0));
    --left;
  }
  program.push_back(answer(SECCOMP_RET_ALLOW));
  program.push_back(answer(SECCOMP_RET_USER_NOTIF));
}

int try_install(const sock_fprog& program, unsigned long flags) noexcept
{
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

}  // namespace

CallKind kind_of(const seccomp_data& call) noexcept
{
  const auto* const known =
      call.arch != k_native
          ? k_calls.end()
          : std::find_if(k_calls.begin(), k_calls.end(), [&](const TracedCall& traced) {
              return traced.number == static_cast<std::uint32_t>(call.nr);
            });
  return known == k_calls.end() ? CallKind::foreign : known->kind;
}

SyscallFilter::SyscallFilter()
{
  const auto itself = [](std::uint32_t number) { return number; };
  std::vector<sock_filter> foreign{load(offsetof(seccomp_data, nr))};
  append_choice(foreign, k_foreign_calls, itself);
  program_ = {load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, k_native, foreign.size(), 0)};
  program_.insert(program_.end(), foreign.begin(), foreign.end());
  program_.push_back(load(offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  std::vector<sock_filter> x32;
  append_choice(x32, k_x32_calls, itself);
  program_.push_back(jump(BPF_JGE, k_x32_bit, 0, x32.size()));
  program_.insert(program_.end(), x32.begin(), x32.end());
#endif
  append_choice(program_, k_calls, [](const TracedCall& call) { return call.number; });
}

SyscallFilter::Installed SyscallFilter::install() const noexcept
{
  const sock_fprog program{static_cast<unsigned short>(program_.size()),
                           const_cast<sock_filter*>(program_.data())};  // only read
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | k_wait_killable;
  for (;;) {
    const int listener = try_install(program, flags);
    if (listener >= 0) {
      return {listener, 0};
    }
    const int error = errno;
    const bool may_gain = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
    if (error == EACCES && may_gain && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
      continue;
    }
    if (error == EINVAL && (flags & k_wait_killable) != 0) {  // a kernel before 5.19
      flags &= ~k_wait_killable;
      continue;
    }
    return {-1, error};
  }
}

}  // namespace mlrepro::posix
