// SPDX-License-Identifier: Apache-2.0
#include "environments/installer.hpp"

#include <cstdlib>

#include "environments/text_file.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/program_search.hpp"

namespace mlrepro::environments {
namespace {

class NoObserver final : public ports::ProcessObserver {
 public:
  void before_start(const ports::ProcessIdentity&) override {}
  void on_sample(int) override {}
  void on_exit(const ports::ProcessResult&) override {}
};

std::string last_line_of(std::string text)
{
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  const std::size_t end = text.find_last_of("\r\n");
  return end == std::string::npos ? text : text.substr(end + 1);
}

}  // namespace

Installer::Installer(ports::ProcessRunner& processes, std::string logs)
    : processes_(processes), logs_(std::move(logs))
{
}

Installer::Ran Installer::run(const std::vector<std::string>& argv)
{
  const std::string base = logs_ + "/" + std::to_string(++count_);
  ports::ProcessRequest request;
  request.argv = argv;
  request.cwd = logs_;
  request.logs = {base + ".stdout", base + ".stderr", base + ".index"};
  request.discard_output = true;
  request.empty_input = true;  // a question would wait for an answer for ever
  // What a user's shell has set for another interpreter would lead this one astray.
  request.unset_variables = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV",
                             "PIP_TARGET", "PIP_PREFIX"};
  NoObserver observer;
  const ports::ProcessResult result = processes_.run(request, observer);
  if (result.stopped_by) {
    throw model::Error(model::ErrorKind::interrupted,
                       "interrupted while the environment was rebuilt");
  }
  Ran ran;
  ran.succeeded = result.exit_code == 0;
  ran.out = read_text(base + ".stdout");
  ran.last_line = last_line_of(read_text(base + ".stderr"));
  if (ran.last_line.empty()) {
    ran.last_line = last_line_of(ran.out);
  }
  if (ran.last_line.empty() && !ran.succeeded) {
    ran.last_line = result.start_error ? "it can't be executed" : "it failed without a word";
  }
  return ran;
}

std::optional<std::string> Installer::find(const std::string& program) const
{
  return processes_.find_program(program, logs_);
}

std::vector<std::string> Installer::find_all(const std::string& program) const
{
  const char* path = std::getenv("PATH");
  std::vector<std::string> found;
  for (const std::string& candidate : posix::program_candidates(
           program, path == nullptr ? std::nullopt : std::optional<std::string_view>(path))) {
    // The name is a path now, which is looked for nowhere else.
    if (processes_.find_program(candidate, logs_)) {
      found.push_back(candidate);
    }
  }
  return found;
}

}  // namespace mlrepro::environments
