// SPDX-License-Identifier: Apache-2.0
#include "support/git_workspace.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace mlrepro::testing {
namespace {

// libgit2 reads these when it starts, once for the process.
void hide_user_configuration()
{
  static const TempDir home;
  ::setenv("HOME", home.path().c_str(), 1);
  ::setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
  ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_INDEX_FILE");
}

[[noreturn]] void become(const std::string& folder, const std::vector<std::string>& command,
                         int output)
{
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  if (::chdir(folder.c_str()) == 0 && ::dup2(output, 1) >= 0 && ::dup2(output, 2) >= 0) {
    ::execvp(words[0], words.data());
  }
  ::_exit(127);
}

}  // namespace

std::string run_program(const std::string& folder, const std::vector<std::string>& command)
{
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    throw std::runtime_error("no pipe");
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    become(folder, command, ends[1]);
  }
  ::close(ends[1]);
  std::string output;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    output.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    std::string line;
    for (const std::string& word : command) {
      line += word + " ";
    }
    throw std::runtime_error(line + "failed: " + output);
  }
  return output;
}

GitWorkspace::GitWorkspace()
{
  hide_user_configuration();
}

std::string GitWorkspace::git(const std::string& folder,
                              const std::vector<std::string>& arguments) const
{
  std::vector<std::string> command = {"git",
                                      "-c",
                                      "user.name=Test",
                                      "-c",
                                      "user.email=test@example.org",
                                      "-c",
                                      "protocol.file.allow=always",
                                      "-c",
                                      "init.defaultBranch=main"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(folder_ / folder, command);
}

void GitWorkspace::init(const std::string& folder) const
{
  git(".", {"init", "--quiet", folder});
}

void GitWorkspace::commit_all(const std::string& folder) const
{
  git(folder, {"add", "--all"});
  git(folder, {"commit", "--quiet", "--allow-empty", "--message", "work"});
}

}  // namespace mlrepro::testing
