// SPDX-License-Identifier: Apache-2.0
#include "support/runner_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "posix/process_runner.hpp"

namespace mlrepro::testing {
namespace {

class WritingObserver final : public ports::ProcessObserver {
 public:
  explicit WritingObserver(int fd) : fd_(fd) {}

  void before_start(const ports::ProcessIdentity& /*process*/) override {}
  // The first sample is the first sign that the program itself runs.
  void on_sample(int pid) override
  {
    write(std::exchange(started_, true) ? "sample" : "start " + std::to_string(pid));
  }
  void on_exit(const ports::ProcessResult& /*result*/) override { write("exit"); }
  void write(const std::string& line) const { posix::write_fully(fd_, line + "\n", "report"); }

 private:
  int fd_;
  bool started_ = false;
};

void write_number(const WritingObserver& report, const char* name, std::optional<int> value)
{
  if (value) {
    report.write(std::string(name) + " " + std::to_string(*value));
  }
}

void become(int source, int target)
{
  if (source < 0) {
    ::close(target);
  } else {
    ::dup2(source, target);
  }
}

}  // namespace

ScratchFolder::ScratchFolder()
{
  std::string name = std::filesystem::temp_directory_path() / "mlrepro-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no temporary folder");
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder()
{
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::add_program(const std::string& name, const std::string& text) const
{
  const auto path = path_ / name;
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

std::string content_of(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool eventually(const std::function<bool()>& condition)
{
  for (int attempt = 0; attempt < 6000; ++attempt) {
    if (condition()) {
      return true;
    }
    ::usleep(10'000);
  }
  return condition();
}

ports::ProcessRequest script_request(const std::string& script, const ScratchFolder& folder)
{
  ports::ProcessRequest request;
  request.argv = {"bash", "-c", script};
  request.cwd = folder.path();
  request.logs = {folder / "stdout.log", folder / "stderr.log", folder / "index.log"};
  return request;
}

void run_and_report(const ports::ProcessRequest& request, int report)
{
  WritingObserver observer(report);
  try {
    posix::LocalProcessRunner runner;
    const auto result = runner.run(request, observer);
    write_number(observer, "exit_code", result.exit_code);
    write_number(observer, "signal", result.signal);
    write_number(observer, "start_error", result.start_error);
    write_number(observer, "stopped_by", result.stopped_by);
    write_number(observer, "timed_out", result.timed_out ? 1 : 0);
    for (const std::string& problem : result.problems) {
      observer.write("problem " + problem);
    }
    for (const std::string& reason : result.untraced) {
      observer.write("untraced " + reason);
    }
    observer.write("done");
  } catch (const std::exception& error) {
    observer.write(std::string("error ") + error.what());
  }
}

RunReport parse_report(const std::string& text)
{
  RunReport report;
  ports::ProcessResult result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    const std::string name = line.substr(0, space);
    const std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (name == "exit_code") {
      result.exit_code = std::stoi(value);
    } else if (name == "signal") {
      result.signal = std::stoi(value);
    } else if (name == "start_error") {
      result.start_error = std::stoi(value);
    } else if (name == "stopped_by") {
      result.stopped_by = std::stoi(value);
    } else if (name == "timed_out") {
      result.timed_out = value == "1";
    } else if (name == "problem") {
      result.problems.push_back(value);
    } else if (name == "untraced") {
      result.untraced.push_back(value);
    } else if (name == "error") {
      report.error = value;
    } else if (name == "done") {
      report.result = result;
    } else {
      report.events.push_back(name);
    }
  }
  return report;
}

RunnerProcess::RunnerProcess(const ports::ProcessRequest& request, int stdout_fd, int stderr_fd,
                             const std::function<void()>& before)
{
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  report_ = posix::FileDescriptor(ends[0]);
  const posix::FileDescriptor write_end(ends[1]);
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setsid();
    ::close(ends[0]);
    const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    become(input, STDIN_FILENO);
    become(stdout_fd, STDOUT_FILENO);
    become(stderr_fd, STDERR_FILENO);
    if (before) {
      before();
    }
    // Not the test's own descriptors: a copied read end would keep its reader alive.
    constexpr int k_report = 3;
    ::dup2(write_end.get(), k_report);
    ::fcntl(k_report, F_SETFD, FD_CLOEXEC);
    ::close_range(k_report + 1, ~0U, 0);
    run_and_report(request, k_report);
    ::_exit(0);
  }
}

RunnerProcess::~RunnerProcess()
{
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void RunnerProcess::read_report(const std::function<bool()>& enough)
{
  std::array<char, 4096> buffer{};
  while (!enough()) {
    const ssize_t size = ::read(report_.get(), buffer.data(), buffer.size());
    if (size <= 0) {
      return;
    }
    text_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

pid_t RunnerProcess::command_pid()
{
  read_report([this] { return text_.find('\n') != std::string::npos; });
  return text_.rfind("start ", 0) == 0 ? std::stoi(text_.substr(6)) : -1;
}

RunReport RunnerProcess::wait()
{
  read_report([] { return false; });
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return parse_report(text_);
}

}  // namespace mlrepro::testing
