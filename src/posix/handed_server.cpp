// SPDX-License-Identifier: Apache-2.0
#include "posix/handed_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "posix/loopback_endpoint.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

constexpr int k_handed_life = 4;
constexpr std::chrono::seconds k_patience(15);
constexpr std::chrono::seconds k_patience_with_the_killed(5);

class SpawnPlan {
 public:
  SpawnPlan()
  {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) {
      ::posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", O_RDWR, 0);
    }
  }
  ~SpawnPlan()
  {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void hand(int descriptor, int as)
  {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor, as);
  }

  pid_t start(std::vector<std::string> words, std::vector<std::string> variables) const
  {
    std::vector<char*> argv = pointers(words);
    std::vector<char*> environment = pointers(variables);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, "/proc/self/exe", &actions_, &attributes_, argv.data(),
                                    environment.data());
    if (error != 0) {
      throw system_error(error, "start a server for the run's clients");
    }
    return pid;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts)
  {
    std::vector<char*> list;
    for (std::string& text : texts) {
      list.push_back(text.data());
    }
    list.push_back(nullptr);
    return list;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Out of the way of the numbers under which they are handed down.
FileDescriptor moved_up(int descriptor)
{
  FileDescriptor moved(::fcntl(descriptor, F_DUPFD_CLOEXEC, k_handed_life + 1));
  if (!moved.is_open()) {
    throw_errno("start a server for the run's clients");
  }
  return moved;
}

}  // namespace

HandedServer::HandedServer(const std::vector<std::string>& arguments, int listener,
                           const std::string& secret)
{
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("open a pipe");
  }
  life_ = FileDescriptor(ends[0]);
  const FileDescriptor theirs(ends[1]);
  const FileDescriptor socket = moved_up(listener);
  const FileDescriptor life = moved_up(theirs.get());
  SpawnPlan plan;
  plan.hand(socket.get(), k_handed_listener);
  plan.hand(life.get(), k_handed_life);
  std::vector<std::string> words{"mlrepro"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables{std::string(k_session_variable) + "=" + secret};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  pid_ = plan.start(std::move(words), std::move(variables));
}

HandedServer::~HandedServer()
{
  if (pid_ <= 0) {
    return;
  }
  ::kill(pid_, SIGTERM);
  if (!has_ended_within(k_patience)) {
    ::kill(pid_, SIGKILL);
    (void)has_ended_within(k_patience_with_the_killed);
  }
  // One that even SIGKILL does not end at once waits for a disk; init reaps it after us.
  ::waitpid(pid_, nullptr, has_ended_within(std::chrono::milliseconds(0)) ? 0 : WNOHANG);
}

bool HandedServer::has_ended_within(std::chrono::milliseconds time) const
{
  const auto end = std::chrono::steady_clock::now() + time;
  pollfd life{life_.get(), POLLIN, 0};
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const int ready = ::poll(&life, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready > 0 || (ready == 0 && left.count() <= 0)) {
      return ready > 0;
    }
    if (ready < 0 && errno != EINTR) {
      return false;
    }
  }
}

std::optional<std::string> HandedServer::take_trouble()
{
  int status = 0;
  const pid_t reaped = ::waitpid(pid_, &status, 0);
  const pid_t pid = std::exchange(pid_, -1);
  if (reaped != pid || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
    return std::nullopt;
  }
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace mlrepro::posix
