// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/list.hpp"
#include "cli/live_screen.hpp"
#include "cli/run_columns.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/live_runs.hpp"
#include "mlrepro/tracking/seal_run.hpp"
#include "posix/attended_output.hpp"

namespace mlrepro::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Looking takes at most a hundredth of the time, and is never seldom enough to look dead.
constexpr int k_pause = 100;
constexpr milliseconds k_shortest_pause(500);
constexpr milliseconds k_longest_pause(5000);

class RunTable {
 public:
  RunTable(tracking::Ports& ports, Project& project, const ListOptions& options)
      : ports_(ports), project_(project), options_(options), wanted_(page_of(options)), live_(ports)
  {
    load();
    check_columns(ports, columns_to_check(), page_.runs);
  }

  void load()
  {
    page_ = load_page(ports_, project_.place(), options_, wanted_);
    for (model::Run& run : page_.runs) {
      run = live_.complete(std::move(run));
    }
  }
  [[nodiscard]] std::string text() const
  {
    if (page_.runs.empty()) {
      return "no runs\n";
    }
    const std::string more = page_.next ? "(there are more: --limit 0 shows all)\n" : "";
    return table_of(page_.runs, options_, project_.style()) + more;
  }

 private:
  // No run may have yet what is waited for: "metrics.loss" says plainly that it is a metric.
  [[nodiscard]] std::vector<std::string> columns_to_check() const
  {
    std::vector<std::string> columns;
    std::copy_if(options_.columns.begin(), options_.columns.end(), std::back_inserter(columns),
                 [](const std::string& column) { return !is_plain_column(column); });
    if (!options_.group.empty() && !is_plain_column(options_.group)) {
      columns.push_back(options_.group);
    }
    return columns;
  }

  tracking::Ports& ports_;
  Project& project_;
  const ListOptions& options_;
  Page wanted_;
  tracking::LiveRuns live_;
  RunPage page_;
};

}  // namespace

int watch_runs(const ListOptions& options, Project& project)
{
  if (!takes_controls(STDOUT_FILENO)) {
    throw model::Error(model::ErrorKind::usage, "--watch: stdout is no terminal to draw on",
                       "leave it out, or follow a run: show RUN --follow");
  }
  tracking::Ports& ports = project.open_store();
  RunTable table(ports, project, options);
  posix::AttendedOutput output;
  auto screen = std::make_unique<LiveScreen>(output);
  std::string drawn;
  for (bool resized = true; !output.ended();) {
    const auto begin = Clock::now();
    tracking::heal_runs(ports);
    table.load();
    std::string text = table.text();
    if (resized || text != drawn) {
      screen->draw(text);
      drawn = std::move(text);
    }
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    const auto pause = std::clamp(k_pause * took, k_shortest_pause, k_longest_pause);
    resized = output.wait(pause) == posix::AttendedOutput::Wake::resized;
  }
  screen.reset();
  output.write_last(STDOUT_FILENO, drawn);
  output.obey_end();
  return static_cast<int>(ExitCode::interrupted);
}

}  // namespace mlrepro::cli
