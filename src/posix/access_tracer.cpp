// SPDX-License-Identifier: Apache-2.0
#include "posix/access_tracer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "posix/access_log.hpp"
#include "posix/call_listener.hpp"
#include "posix/close_descriptors.hpp"
#include "posix/system_error.hpp"
#include "posix/traced_call.hpp"

namespace mlrepro::posix {
namespace {

// What the tracer says, in this order.
struct Started {
  pid_t pid = -1;
  int fork_error = 0;
  int filter_error = 0;
};
struct Ended {
  int status = 0;
  rusage usage{};
  bool others_left = false;
  bool log_broken = false;
};

struct Line {
  FileDescriptor ours;
  FileDescriptor theirs;
};

Line open_line()
{
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw_errno("open a line between processes");
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

template <typename Message>
bool say(int line, const Message& message) noexcept
{
  return ::send(line, &message, sizeof message, MSG_NOSIGNAL) ==
         static_cast<ssize_t>(sizeof message);
}

template <typename Message>
bool hear(int line, Message& message) noexcept
{
  ssize_t size = -1;
  do {
    size = ::recv(line, &message, sizeof message, 0);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof message);
}

std::string filter_problem(int error)
{
  switch (error) {
    case EBUSY:
      return "another tracer is at work above this process, such as a traced run's";
    case EINVAL:
    case ENOSYS:
      return "the system has no seccomp notification (Linux 5.5 or later)";
    case EPERM:
      return "the system does not let one process read the memory of another "
             "(kernel.yama.ptrace_scope)";
    default:
      return std::string("the system refuses a seccomp filter: ") + std::strerror(error);
  }
}

// The tracer's process, from the fork of the command to the end of its last process.
class Tracing {
 public:
  Tracing(const ports::TraceRequest& request, int line, pid_t command, FileDescriptor listener)
      : line_(line),
        command_(command),
        listener_(std::move(listener)),
        log_(request, FileDescriptor(::open(request.log_path.c_str(),
                                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)))
  {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    sigset_t children;
    ::sigemptyset(&children);
    ::sigaddset(&children, SIGCHLD);
    children_ = FileDescriptor(::signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC));
  }

  void close_all_others() noexcept
  {
    std::array<int, 4> kept{line_, listener_.get(), log_.get(), children_.get()};
    close_all_but(kept);
  }

  void run()
  {
    while (!reap()) {
      std::array<pollfd, 3> polls{{{listening_ ? listener_.get() : -1, POLLIN, 0},
                                   {children_.get(), POLLIN, 0},
                                   {line_, POLLIN, 0}}};
      if (::poll(polls.data(), polls.size(), -1) <= 0) {
        continue;
      }
      if ((polls[0].revents & POLLIN) != 0) {
        answer();
      } else if (polls[0].revents != 0) {
        listening_ = false;  // nobody is left who could call
      }
      if (polls[1].revents != 0) {
        signalfd_siginfo received{};
        (void)!::read(children_.get(), &received, sizeof received);
        child_ended_ = true;
      }
      if (polls[2].revents != 0) {
        // Our mlrepro has all that it wants to know, or was killed; then the record is completed
        // by another one, from the log.
        line_ = -1;
        if (ended_) {
          log_.stop();
        }
      }
    }
  }

 private:
  void answer() noexcept
  {
    const seccomp_notif* const call = listener_.receive();
    if (call == nullptr) {
      return;
    }
    try {
      if (!log_.is_broken()) {
        auto accesses = read_call(*call);
        if (!accesses.empty() && listener_.is_waiting(call->id)) {
          log_.add(std::move(accesses));
        }
      }
    } catch (const std::exception&) {
      log_.stop();
      lost_ = true;
    }
    (void)listener_.let_through(call->id);
  }

  // True when no process is left.
  bool reap() noexcept
  {
    if (!std::exchange(child_ended_, false)) {
      return false;
    }
    for (;;) {
      int status = 0;
      rusage usage{};
      const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
      if (pid == command_) {
        ended_ = Ended{status, usage, false, false};
        continue;
      }
      if (pid > 0 || (pid < 0 && errno == EINTR)) {
        continue;
      }
      if (ended_ && !std::exchange(told_, true)) {
        ended_->others_left = pid == 0;
        ended_->log_broken = lost_ || log_.is_broken();
        say(line_, *ended_);
      }
      return pid < 0;
    }
  }

  int line_;
  pid_t command_;
  CallListener listener_;
  AccessLog log_;
  FileDescriptor children_;
  bool listening_ = true;
  bool child_ended_ = true;  // it may have, before we could be told
  bool lost_ = false;
  bool told_ = false;
  std::optional<Ended> ended_;
};

// So that no descriptor opened later gets one of these numbers.
void take_standard_descriptors() noexcept
{
  for (int number = 0; number <= STDERR_FILENO; ++number) {
    (void)!::open("/dev/null", O_RDWR | O_CLOEXEC);
  }
}

// The child's side of the fork below the tracer.
void install_and_hand_in(const SyscallFilter& filter, Line& handing) noexcept
{
  handing.ours.reset();
  const auto installed = filter.install();
  (void)send_listener(handing.theirs.get(), installed.listener, installed.error);
  if (installed.listener >= 0) {
    ::close(installed.listener);
  }
  handing.theirs.reset();
}

struct Below {
  const ports::TraceRequest& request;
  const SyscallFilter& filter;
  bool own_group;
  const std::function<void()>& child;
};

[[noreturn]] void trace(const Below& below, FileDescriptor line)
{
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  Line handing = open_line();
  Started started;
  started.pid = ::fork();
  started.fork_error = started.pid < 0 ? errno : 0;
  if (started.pid == 0) {
    install_and_hand_in(below.filter, handing);
    below.child();
    ::_exit(127);
  }
  if (started.pid > 0 && below.own_group) {
    ::setpgid(started.pid, started.pid);
  }
  // Whoever kills our mlrepro's group does not mean us, who keep the command going.
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "mlrepro-trace", 0, 0, 0);
  handing.theirs.reset();
  SentListener sent = receive_listener(handing.ours.get());
  started.filter_error = sent.error;
  if (::chdir("/") != 0) {
    // Then a file system stays busy for as long as the command lasts: no harm done.
  }
  Tracing tracing(below.request, line.get(), started.pid, std::move(sent.listener));
  tracing.close_all_others();
  take_standard_descriptors();
  say(line.get(), started);
  if (started.pid > 0) {
    tracing.run();
  }
  ::_exit(0);
}

}  // namespace

AccessTracer::~AccessTracer()
{
  line_.reset();
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

pid_t AccessTracer::launch(bool own_group, const std::function<void()>& child)
{
  Line line = open_line();
  // Whom the tracer's death would orphan comes back to us, so that its end is still known.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  pid_ = ::fork();
  if (pid_ < 0) {
    throw_errno("start the tracer");
  }
  if (pid_ == 0) {
    line.ours.reset();
    try {
      trace({request_, filter_, own_group, child}, std::move(line.theirs));
    } catch (...) {
      ::_exit(127);
    }
  }
  line_ = std::move(line.ours);
  line.theirs.reset();
  Started started;
  if (!hear(line_.get(), started)) {
    throw model::Error(model::ErrorKind::io, "start the tracer: it ended at once");
  }
  if (started.fork_error != 0) {
    throw system_error(started.fork_error, "start a process");
  }
  if (started.filter_error != 0) {
    problem_ = filter_problem(started.filter_error);
  }
  return started.pid;
}

std::optional<AccessTracer::End> AccessTracer::take_end() noexcept
{
  pollfd poll_line{line_.get(), POLLIN, 0};
  if (!line_.is_open() || ::poll(&poll_line, 1, 0) <= 0) {
    return std::nullopt;
  }
  Ended ended;
  const bool known = hear(line_.get(), ended);
  if (!known) {
    problem_ = "the tracer was killed; from then on the command could not open files";
    line_.reset();
    return End{};
  }
  others_left_ = ended.others_left;
  if (ended.log_broken) {
    problem_ = "the trace could not be written any more";
  }
  line_.reset();
  return End{true, ended.status, ended.usage};
}

pid_t AccessTracer::hand_over() noexcept
{
  return others_left_ ? std::exchange(pid_, -1) : -1;
}

std::optional<std::string> find_trace_obstacle()
{
  constexpr int k_patience_ms = 2000;
  const SyscallFilter filter;
  Line handing = open_line();
  const pid_t pid = ::fork();
  if (pid < 0) {
    throw_errno("start a process");
  }
  if (pid == 0) {
    install_and_hand_in(filter, handing);
    (void)::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::_exit(0);
  }
  handing.theirs.reset();
  SentListener sent = receive_listener(handing.ours.get());
  int error = sent.error;
  if (sent.listener.is_open()) {
    CallListener listener(std::move(sent.listener));
    pollfd call_came{listener.get(), POLLIN, 0};
    const seccomp_notif* const call =
        ::poll(&call_came, 1, k_patience_ms) == 1 ? listener.receive() : nullptr;
    const auto accesses = call == nullptr ? std::vector<model::FileAccess>() : read_call(*call);
    const bool seen = accesses.size() == 1 && accesses.front().path == "/dev/null";
    error = call == nullptr ? EINVAL : listener.let_through(call->id);
    error = error == 0 && !seen ? EPERM : error;
  }
  if (error != 0) {
    ::kill(pid, SIGKILL);
  }
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return error == 0 ? std::nullopt : std::optional(filter_problem(error));
}

}  // namespace mlrepro::posix
