// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/sweep_progress.hpp"
#include "mlrepro/tracking/seal_run.hpp"
#include "mlrepro/tracking/sweep.hpp"

namespace mlrepro::tracking {
namespace {

using model::RunStatus;
using plan::ItemState;

// Output that is followed comes soon enough to look live; what only has to be noticed at some time
// costs nothing.
constexpr std::chrono::milliseconds k_between_looks(200);
constexpr std::chrono::milliseconds k_long_wait(30'000);
constexpr int k_signal_base = 128;

// One of the runs that go on at the moment.
struct Slot {
  std::uint64_t item = 0;
  model::RunId id;
  std::optional<int> job;        // absent: its mlrepro has ended, or was never ours
  std::optional<int> exit_code;  // of its mlrepro
  std::unique_ptr<OutputFollower> output;
};

class SweepRunner {
 public:
  SweepRunner(const Ports& ports, ports::JobControl& jobs, const SweepWork& work,
              SweepObserver& observer)
      : ports_(ports), jobs_(jobs), work_(work), observer_(observer)
  {
  }

  SweepResult run()
  {
    plan_items();
    do {
      fill_slots();
      take(jobs_.wait(patience()));
      look_at_slots();
    } while (!slots_.empty() || (!queue_.empty() && !is_stopping()));
    return conclude();
  }

 private:
  void plan_items()
  {
    ports::RunQuery query;
    query.parent = work_.parent.id;
    query.order = ports::Order::oldest_first;
    const auto runs = ports_.runs.list(query);
    items_ = plan::sweep_progress(work_.grid.size(), runs);
    codes_.resize(items_.size());
    for (const model::Run& run : runs) {
      if (run.sweep_item && *run.sweep_item <= codes_.size()) {
        codes_[*run.sweep_item - 1] = plan::exit_code_of(run);
      }
    }
    for (std::uint64_t item = 1; item <= items_.size(); ++item) {
      const plan::ItemProgress& progress = items_[item - 1];
      if (progress.state == ItemState::running) {
        adopt(item, *progress.run);
      } else if (progress.state != ItemState::finished &&
                 (progress.state != ItemState::failed || work_.retry_failed)) {
        queue_.push_back(item);
      }
    }
  }

  void adopt(std::uint64_t item, const model::RunId& id)
  {
    const auto run = ports::find_run(ports_.runs, id);
    slots_.push_back({item, id, std::nullopt, std::nullopt, make_follower(item, id)});
    if (run) {
      observer_.adopted(item, *run);
    }
  }

  std::unique_ptr<OutputFollower> make_follower(std::uint64_t item, const model::RunId& id)
  {
    return work_.follow_output
               ? std::make_unique<OutputFollower>(ports_, id,
                                                  [this, item](const OutputPiece& piece) {
                                                    observer_.output(item, piece);
                                                    return true;
                                                  })
               : nullptr;
  }

  [[nodiscard]] bool is_stopping() const
  {
    return stopped_by_.has_value() || (work_.stop_on_failure && failed_here_);
  }

  void fill_slots()
  {
    while (slots_.size() < work_.jobs && !queue_.empty() && !is_stopping()) {
      const std::uint64_t item = queue_.front();
      const std::size_t attempt = items_[item - 1].attempts + 1;
      SweepStart start;
      start.item = item;
      start.id = model::RunId::from_bytes(ports_.data.clock.random_bytes());
      start.name = work_.parent.name + "-" + std::to_string(item) +
                   (attempt > 1 ? "." + std::to_string(attempt) : "");
      const auto job = jobs_.start(work_.job(start));
      if (!job) {
        return;  // the next wait says why
      }
      queue_.pop_front();
      ++items_[item - 1].attempts;
      slots_.push_back({item, start.id, job, std::nullopt, make_follower(item, start.id)});
      observer_.started(start);
    }
  }

  [[nodiscard]] std::chrono::milliseconds patience() const
  {
    const bool polls =
        work_.follow_output || std::any_of(slots_.begin(), slots_.end(),
                                           [](const Slot& slot) { return !slot.job.has_value(); });
    return slots_.empty() ? std::chrono::milliseconds(0) : polls ? k_between_looks : k_long_wait;
  }

  void take(const ports::JobNews& news)
  {
    if (news.asked_to_end) {
      stopped_by_ = news.asked_to_end;
    }
    for (const ports::EndedJob& ended : news.ended) {
      const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                     [&](const Slot& one) { return one.job == ended.job; });
      if (slot != slots_.end()) {
        slot->job.reset();
        slot->exit_code = ended.exit_code.value_or(k_signal_base + ended.signal.value_or(0));
      }
    }
  }

  void look_at_slots()
  {
    for (auto slot = slots_.begin(); slot != slots_.end();) {
      if (slot->output) {
        (void)slot->output->read_live();
      }
      std::optional<model::Run> run;
      if (slot->job || !has_ended(slot->id, run)) {
        ++slot;
        continue;
      }
      Slot ended = std::move(*slot);
      slot = slots_.erase(slot);
      finish(ended, std::move(run));
    }
  }

  // Its command may go on without its mlrepro; a record that nobody completed is completed here.
  bool has_ended(const model::RunId& id, std::optional<model::Run>& run) const
  {
    const auto liveness = ports_.live.liveness(id);
    if (liveness && *liveness != ports::Liveness::ended) {
      return false;
    }
    run = ports::find_run(ports_.runs, id);
    if (run && run->status == RunStatus::running && liveness) {
      heal_runs(ports_);
      run = ports::find_run(ports_.runs, id);
    }
    return true;
  }

  void finish(Slot& slot, std::optional<model::Run> run)
  {
    if (slot.output) {
      (void)slot.output->finish(run ? run->logs : model::RunLogs());
    }
    plan::ItemProgress& progress = items_[slot.item - 1];
    int code = slot.exit_code.value_or(run ? plan::exit_code_of(*run) : 1);
    if (run) {
      progress.state =
          run->status == RunStatus::running ? ItemState::interrupted : plan::state_of(*run);
      progress.run = run->id;
      check_code(*run);
    } else {
      progress.state = stopped_by_ ? ItemState::waiting : ItemState::failed;
      if (!stopped_by_) {
        problems_.push_back("run " + std::to_string(slot.item) + " did not start (exit code " +
                            std::to_string(code) + ")");
      }
    }
    if (progress.state == ItemState::finished) {
      code = 0;
    } else if (code == 0) {
      code = 1;  // its mlrepro ended well, and its record says otherwise
    }
    codes_[slot.item - 1] = code;
    failed_here_ = failed_here_ || progress.state != ItemState::finished;
    observer_.ended({slot.item, std::move(run), code});
  }

  void check_code(const model::Run& run)
  {
    const auto& began_with = work_.parent.code.digest;
    if (!code_changed_ && began_with && run.code.digest && *began_with != *run.code.digest) {
      code_changed_ = true;
      const std::string text =
          "the working tree changed while the sweep ran: run " + run.name +
          " has other code than the sweep began with (declare what the runs write with -o, or let "
          "Git ignore it)";
      problems_.push_back(text);
      ports_.data.reporter.warn(text);
    }
  }

  SweepResult conclude()
  {
    SweepResult result{work_.parent, {}, 0, stopped_by_};
    for (std::size_t i = 0; i < items_.size(); ++i) {
      switch (items_[i].state) {
        case ItemState::finished:
          ++result.counts.finished;
          break;
        case ItemState::failed:
          ++result.counts.failed;
          break;
        case ItemState::waiting:
          ++result.counts.waiting;
          break;
        case ItemState::running:
        case ItemState::interrupted:
          ++result.counts.interrupted;
          break;
      }
      result.exit_code = std::max(result.exit_code, codes_[i]);
    }
    Ending ending;
    ending.process.emplace();
    ending.take_outputs = false;
    ending.problems = problems_;
    if (stopped_by_) {
      ending.process->signal = stopped_by_;
      ending.process->stopped_by = stopped_by_;
    } else {
      ending.process->exit_code = result.exit_code;
    }
    (void)seal_run(ports_, work_.parent, work_.parent.top, ending);
    if (auto sealed = ports::find_run(ports_.runs, work_.parent.id)) {
      result.parent = std::move(*sealed);
    }
    return result;
  }

  const Ports& ports_;
  ports::JobControl& jobs_;
  const SweepWork& work_;
  SweepObserver& observer_;
  std::vector<plan::ItemProgress> items_;
  std::vector<int> codes_;  // by item, of its last attempt
  std::deque<std::uint64_t> queue_;
  std::vector<Slot> slots_;
  std::optional<int> stopped_by_;
  bool failed_here_ = false;
  bool code_changed_ = false;
  std::vector<std::string> problems_;
};

}  // namespace

SweepResult run_sweep(const Ports& ports, ports::JobControl& jobs, const SweepWork& work,
                      SweepObserver& observer)
{
  return SweepRunner(ports, jobs, work, observer).run();
}

}  // namespace mlrepro::tracking
