// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_jobs.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "cli/render.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/sweep_options.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/job_control.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

// A job's end is a signal, which ends the wait.
constexpr std::chrono::milliseconds k_long_wait(30'000);

std::string read_answer(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class ReplayPool {
 public:
  ReplayPool(const std::vector<model::Run>& runs, const ReplayJobs& how, Project& project)
      : runs_(runs),
        how_(how),
        project_(project),
        answers_(runs.size()),
        folder_("", ScratchFolder::Afterwards::remove)
  {
  }

  std::vector<ReplayAnswer> run()
  {
    posix::LocalJobControl jobs;
    std::size_t next = 0;
    while (!running_.empty() || (next < runs_.size() && !stopped_)) {
      while (next < runs_.size() && running_.size() < how_.jobs && !stopped_) {
        if (how_.keep && folders_.size() == next) {
          folders_.push_back(std::make_unique<ScratchFolder>("", ScratchFolder::Afterwards::keep));
        }
        const auto job = jobs.start(request(next));
        if (!job) {
          break;  // the next wait says why
        }
        running_.emplace(*job, next);
        project_.reporter().note("replaying " + printable(runs_[next].name) + ": " +
                                 shell_words(runs_[next].command));
        ++next;
      }
      take(jobs.wait(k_long_wait));
    }
    if (stopped_) {
      throw Error(ErrorKind::interrupted,
                  "interrupted after " + std::to_string(ended_) + " of " +
                      std::to_string(runs_.size()) + " runs",
                  "what was replayed is on record: see 'mlrepro list'");
    }
    return std::move(answers_);
  }

 private:
  [[nodiscard]] std::string answer_file(std::size_t index) const
  {
    return folder_.path() + "/" + std::to_string(index) + ".json";
  }

  [[nodiscard]] std::string kept_folder(std::size_t index) const
  {
    return folders_[index]->path() + "/replay";
  }

  [[nodiscard]] ports::JobRequest request(std::size_t index) const
  {
    ports::JobRequest job;
    job.cwd = project_.place().cwd;
    // Quiet: progress bars of several processes would be drawn over one another.
    job.arguments = {"--store", project_.store_path(), "--color", "never", "-q", "reproduce"};
    job.arguments.insert(job.arguments.end(), how_.words.begin(), how_.words.end());
    if (how_.keep) {
      job.arguments.push_back("--scratch=" + kept_folder(index));
    }
    job.arguments.push_back("--answer=" + answer_file(index));
    job.arguments.push_back(runs_[index].id.str());
    return job;
  }

  void take(const ports::JobNews& news)
  {
    stopped_ = stopped_ || news.asked_to_end.has_value();
    for (const ports::EndedJob& ended : news.ended) {
      const auto job = running_.find(ended.job);
      if (job != running_.end()) {
        finish(job->second, ended);
        running_.erase(job);
      }
    }
  }

  void finish(std::size_t index, const ports::EndedJob& ended)
  {
    ++ended_;
    if (how_.keep) {
      project_.reporter().note("the replay's folder of " + printable(runs_[index].name) + " is " +
                               kept_folder(index));
    }
    ReplayAnswer& answer = answers_[index];
    answer.document = read_answer(answer_file(index));
    if (ended.exit_code && !answer.document.empty()) {
      answer.code = static_cast<ExitCode>(*ended.exit_code);
      return;
    }
    answer.document.clear();
    answer.code = ended.exit_code ? static_cast<ExitCode>(*ended.exit_code) : ExitCode::external;
    answer.problem = ended.signal
                         ? "its mlrepro was ended by signal " + std::to_string(*ended.signal)
                         : "its mlrepro ended with exit code " + std::to_string(*ended.exit_code) +
                               " and said nothing";
  }

  const std::vector<model::Run>& runs_;
  const ReplayJobs& how_;
  Project& project_;
  std::vector<ReplayAnswer> answers_;
  ScratchFolder folder_;
  std::vector<std::unique_ptr<ScratchFolder>> folders_;  // that are kept, by the run's place
  std::map<int, std::size_t> running_;                   // by job, the run's place
  std::size_t ended_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::vector<std::string> replay_words(const CLI::App& command)
{
  static const std::set<std::string> own = {"--filter",   "--jobs", "--junit",
                                            "--markdown", "--keep", "--help"};
  return given_words(command, own);
}

std::vector<ReplayAnswer> replay_in_jobs(const std::vector<model::Run>& runs, const ReplayJobs& how,
                                         Project& project)
{
  return ReplayPool(runs, how, project).run();
}

}  // namespace mlrepro::cli
