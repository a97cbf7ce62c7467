// SPDX-License-Identifier: Apache-2.0
#include "posix/process_identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace mlrepro::posix {
namespace {

// A child that has run `body` up to its wait; killed and reaped at the end.
class Child {
 public:
  explicit Child(const std::function<void()>& body)
  {
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe(ready.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ready[0]);
      body();
      if (::write(ready[1], "x", 1) != 1) {
        ::_exit(1);
      }
      for (;;) {
        ::pause();
      }
    }
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
  }
  ~Child() { reap(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] int pid() const { return pid_; }
  void kill_without_reaping() const
  {
    ::kill(pid_, SIGKILL);
    siginfo_t info{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT), 0);
  }
  void reap()
  {
    if (!reaped_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      reaped_ = true;
    }
  }

 private:
  int pid_ = -1;
  bool reaped_ = false;
};

TEST(ProcessIdentity, NamesThisProcess)
{
  const auto self = identity_of(::getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->pid, ::getpid());
  EXPECT_GT(self->start_ticks, 0U);
  EXPECT_EQ(self->boot_id.size(), 36U);
  EXPECT_TRUE(is_alive(*self));
}

TEST(ProcessIdentity, SurvivesAProgramNameMadeToConfuse)
{
  const Child child([] { ::prctl(PR_SET_NAME, ") Z 1 (x) 9"); });
  const auto identity = identity_of(child.pid());
  ASSERT_TRUE(identity);
  EXPECT_GE(identity->start_ticks, identity_of(::getpid())->start_ticks);
  EXPECT_TRUE(is_alive(*identity));
}

TEST(ProcessIdentity, IsDeadOnceItEndedEvenBeforeItIsReaped)
{
  Child child([] {});
  const auto identity = identity_of(child.pid());
  ASSERT_TRUE(identity);
  EXPECT_TRUE(is_alive(*identity));
  child.kill_without_reaping();
  EXPECT_FALSE(is_alive(*identity));
  child.reap();
  EXPECT_FALSE(is_alive(*identity));
  EXPECT_FALSE(identity_of(child.pid()));
}

TEST(ProcessIdentity, TellsAReusedNumberAndAnotherBootApart)
{
  auto identity = *identity_of(::getpid());
  ++identity.start_ticks;
  EXPECT_FALSE(is_alive(identity));
  --identity.start_ticks;
  identity.boot_id[0] = identity.boot_id[0] == '0' ? '1' : '0';
  EXPECT_FALSE(is_alive(identity));
}

TEST(ProcessIdentity, RefusesNumbersThatNameGroups)
{
  EXPECT_FALSE(identity_of(0));
  EXPECT_FALSE(identity_of(-1));
  EXPECT_FALSE(is_alive({0, 0, boot_id()}));
  EXPECT_FALSE(is_alive({-1, 0, boot_id()}));
}

TEST(ProcessIdentity, LivesWhileAnyThreadDoes)
{
  const Child child([] {
    ::pthread_t thread{};
    const auto wait = [](void*) -> void* {
      for (;;) {
        ::pause();
      }
    };
    ::sigset_t usr1;
    ::sigemptyset(&usr1);
    ::sigaddset(&usr1, SIGUSR1);
    ::signal(SIGUSR1, [](int) { ::syscall(SYS_exit, 0); });  // ends the first thread alone
    ::pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
    ::pthread_create(&thread, nullptr, wait, nullptr);
    ::pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
  });
  ::kill(child.pid(), SIGUSR1);
  const auto state = [&child] {
    std::ifstream file("/proc/" + std::to_string(child.pid()) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return text.at(text.rfind(')') + 2);
  };
  for (int attempt = 0; attempt < 6000 && state() != 'Z'; ++attempt) {
    ::usleep(10'000);
  }
  ASSERT_EQ(state(), 'Z');
  EXPECT_TRUE(is_alive(*identity_of(child.pid())));
}

TEST(ProcessIdentity, ListsDescendantsOfDescendants)
{
  const Child child([] {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0 || ::fork() != 0) {
      char byte = 0;
      ::close(ready[1]);
      if (::read(ready[0], &byte, 1) < 0) {
        ::_exit(1);
      }
      return;
    }
    const int grandchild = ::fork();
    if (grandchild == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ready[1]);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ready[1]);
    for (;;) {
      ::pause();
    }
  });
  const auto found = descendants_of(child.pid());
  EXPECT_EQ(found.size(), 2U);
  EXPECT_THAT(found, ::testing::Not(::testing::Contains(child.pid())));
  EXPECT_THAT(descendants_of(::getpid()), ::testing::Contains(child.pid()));
  EXPECT_EQ(descendants_now(child.pid()), found);
  EXPECT_TRUE(descendants_now(1'000'000'000).empty());
}

}  // namespace
}  // namespace mlrepro::posix
