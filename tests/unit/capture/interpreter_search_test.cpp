// SPDX-License-Identifier: Apache-2.0
#include "capture/interpreter_search.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "support/scoped_variable.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::capture {
namespace {

using testing::ScopedVariable;
using testing::write_text;

class InterpreterSearch : public ::testing::Test {
 protected:
  std::string add_program(const std::string& name, const std::string& text =
                                                       "\x7f"
                                                       "ELF")
  {
    write_text(folder_ / name, text);
    EXPECT_EQ(::chmod((folder_ / name).c_str(), 0755), 0);
    return folder_ / name;
  }
  std::string found(const std::string& program, const std::string& cwd = "/")
  {
    const auto interpreter = interpreter_of(program, cwd);
    return interpreter ? interpreter->name + " " + interpreter->path : "none";
  }
  std::string add_shim(const std::string& name, const std::string& manager,
                       const std::string& variable)
  {
    const std::string root = folder_ / ("." + manager);
    return add_program(
        "." + manager + "/shims/" + name,
        "#!/usr/bin/env bash\nset -e\n[ -n \"$X_DEBUG\" ] && set -x\nprogram=\"${0##*/}\"\n"
        "export " +
            variable + "=\"" + root + "\"\nexec \"" + root + "/libexec/" + manager +
            "\" exec \"$program\" \"$@\"\n");
  }

  testing::TempDir folder_;
  ScopedVariable python_version_{"PYENV_VERSION", std::nullopt};
  ScopedVariable path_{"PATH", folder_ / ".pyenv/shims" + ":" + (folder_ / "bin")};
};

TEST_F(InterpreterSearch, NamesThatAreInterpreters)
{
  for (const char* name : {"python", "/usr/bin/python3", "python3.11", "python3.13"}) {
    EXPECT_EQ(interpreter_name(name), "python") << name;
  }
  EXPECT_EQ(interpreter_name("/usr/bin/Rscript"), "R");
  EXPECT_EQ(interpreter_name("R"), "R");
  EXPECT_EQ(interpreter_name("julia"), "julia");
  for (const char* name : {"", "pythonic", "python3-config", "bash", "r", "pypy"}) {
    EXPECT_EQ(interpreter_name(name), "") << name;
  }
}

TEST_F(InterpreterSearch, ABinaryIsItselfUnderTheNameItWasCalledBy)
{
  const std::string real = add_program("opt/python3.11");
  ASSERT_EQ(::symlink(real.c_str(), (folder_ / "py").c_str()), 0);
  EXPECT_EQ(found(real), "python " + real);
  EXPECT_EQ(found(folder_ / "py"), "python " + (folder_ / "py"));
  EXPECT_EQ(found(add_program("opt/train")), "none");
  EXPECT_EQ(found(folder_ / "absent"), "none");
  EXPECT_EQ(found(""), "none");
}

TEST_F(InterpreterSearch, AScriptIsItsFirstLine)
{
  const std::string python = add_program("bin/python3");
  EXPECT_EQ(found(add_program("a.py", "#!" + python + " -u\n")), "python " + python);
  EXPECT_EQ(found(add_program("b.py", "#! /usr/bin/env python3\nprint()\n")), "python " + python);
  EXPECT_EQ(found(add_program("c.py", "#!/usr/bin/env -S A=1 python3 -u\n")), "python " + python);
  EXPECT_EQ(found(add_program("d.py", "#!/usr/bin/env python9\n")), "none");
  EXPECT_EQ(found(add_program("e.sh", "#!/bin/sh\npython3 a.py\n")), "none");
  EXPECT_EQ(found(add_program("f", "#!")), "none");
}

TEST_F(InterpreterSearch, AWrapperIsWhatItHandsOverTo)
{
  const std::string python = add_program("opt/python3");
  EXPECT_EQ(found(add_program("w1", "#!/bin/sh\nexec " + python + " \"$@\"\n")),
            "python " + python);
  EXPECT_EQ(found(add_program("w2", "#!/bin/bash\nX=1\n  exec \"" + python + "\" -m x\n")),
            "python " + python);
  EXPECT_EQ(found(add_program("w3", "#!/bin/sh\n'''exec' " + python + " \"$0\" \"$@\"\n' '''\n")),
            "python " + python);
  EXPECT_EQ(found(add_program("w4", "#!/bin/sh\nexec " + (folder_ / "w1") + "\n")),
            "python " + python);
  EXPECT_EQ(found(add_program("w5", "#!/bin/sh\nexec \"$HOME/python3\"\n")), "none");
  EXPECT_EQ(found(add_program("w6", "#!/bin/sh\nexec " + (folder_ / "w6") + "\n")), "none")
      << "wraps itself";
  EXPECT_EQ(found(add_program("w7", "#!/bin/sh\nexec")), "none");
}

TEST_F(InterpreterSearch, AShimIsTheSelectedVersion)
{
  const std::string shim = add_shim("python3", "pyenv", "PYENV_ROOT");
  add_program(".pyenv/libexec/pyenv", "#!/bin/sh\n");
  const std::string system = add_program("bin/python3");
  const std::string v39 = add_program(".pyenv/versions/3.9.2/bin/python3");
  const std::string v310 = add_program(".pyenv/versions/3.10.1/bin/python3");
  EXPECT_EQ(found(shim), "python " + system) << "nothing selected";
  write_text(folder_ / ".pyenv/version", "# global\n3.9.2\n");
  EXPECT_EQ(found(shim), "python " + v39);
  write_text(folder_ / "project/.python-version", "3\n");
  EXPECT_EQ(found(shim, folder_ / "project/sub"), "python " + v310) << "the newest, by number";
  EXPECT_EQ(found(shim, folder_.path()), "python " + v39);
  const ScopedVariable selected("PYENV_VERSION", "system");
  EXPECT_EQ(found(shim, folder_ / "project"), "python " + system);
  EXPECT_EQ(found(add_program("a.py", "#!/usr/bin/env python3\n"), "/"), "python " + system);
}

TEST_F(InterpreterSearch, AShimWithoutItsVersionIsNone)
{
  const std::string shim = add_shim("ruby", "rbenv", "RBENV_ROOT");
  const ScopedVariable selected("RBENV_VERSION", "3.2.0");
  EXPECT_EQ(found(shim), "none");
  const std::string ruby = add_program(".rbenv/versions/3.2.0/bin/ruby");
  EXPECT_EQ(found(shim), "ruby " + ruby);
}

// A process that sleeps under the name of an interpreter.
class RunningInterpreter : public ::testing::Test {
 protected:
  pid_t start(const std::string& program, const std::vector<std::string>& words)
  {
    std::vector<char*> argv;
    for (const std::string& word : words) {
      argv.push_back(const_cast<char*>(word.c_str()));
    }
    argv.push_back(nullptr);
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::execv(program.c_str(), argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 0);  // closed by the execution
    ::close(ends[0]);
    return pid_;
  }
  ~RunningInterpreter() override
  {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  testing::TempDir folder_;
  pid_t pid_ = -1;
};

TEST_F(RunningInterpreter, IsSeenByItsExecutable)
{
  const std::string python = folder_ / "python3.11";
  std::filesystem::copy_file("/bin/sleep", python);
  const pid_t pid = start(python, {"anything", "60"});
  const auto found = running_interpreter(pid);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "python");
  EXPECT_EQ(found->path, python);
}

TEST_F(RunningInterpreter, IsNamedByTheLinkThatStartedIt)
{
  const std::string python = folder_ / "real/python3.11";
  std::filesystem::create_directory(folder_ / "real");
  std::filesystem::copy_file("/bin/sleep", python);
  std::filesystem::create_directories(folder_ / "venv/bin");
  const std::string link = folder_ / "venv/bin/python";
  ASSERT_EQ(::symlink(python.c_str(), link.c_str()), 0);
  const auto found = running_interpreter(start(link, {link, "60"}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, link) << "a virtual environment is found by the link";
}

// A shell under the name of an interpreter, whose script starts the one that counts.
TEST_F(RunningInterpreter, ALauncherIsNotWhatItStarts)
{
  const std::string launcher = folder_ / "base/bin/python3.11";
  const std::string started = folder_ / "env/bin/python3";
  std::filesystem::create_directories(folder_ / "base/bin");
  std::filesystem::create_directories(folder_ / "env/bin");
  std::filesystem::copy_file(std::filesystem::canonical("/bin/sh"), launcher);
  std::filesystem::copy_file("/bin/sleep", started);
  write_text(folder_ / "conda", "until [ -e '" + (folder_ / "go") + "' ]; do sleep 0.01; done; '" +
                                    started + "' 60 & wait\n");
  const pid_t pid = start(launcher, {launcher, "-E", folder_ / "conda", "run", "python"});
  EXPECT_FALSE(running_interpreter(pid));
  write_text(folder_ / "go", "");
  std::optional<model::Interpreter> found;
  for (int i = 0; i < 1000 && !found; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    found = running_interpreter(pid);
  }
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, started);
}

TEST_F(RunningInterpreter, OtherProgramsAreNone)
{
  EXPECT_FALSE(running_interpreter(start("/bin/sleep", {"python3", "60"})));
  EXPECT_FALSE(running_interpreter(1'000'000'000));
}

}  // namespace
}  // namespace mlrepro::capture
