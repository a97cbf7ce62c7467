// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/forget.hpp"

#include <algorithm>
#include <set>

#include "mlrepro/model/error.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;
using model::ErrorKind;

std::string joined(const std::vector<std::string>& names)
{
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

class Plan {
 public:
  explicit Plan(const Ports& ports) : ports_(ports) {}

  void add(const Target& target, const std::string& reference)
  {
    if (target.data) {
      throw Error(ErrorKind::usage,
                  "reference '" + reference + "': names data of a run, which goes with the run",
                  "forget the run");
    }
    if (target.run) {
      add_run(*target.run);
    } else {
      add_snapshot(*target.snapshot);
    }
  }

  // What stays and knows what goes.
  void add_dependents()
  {
    ports::RunQuery query;
    query.detail = ports::RunQuery::Detail::names;
    for (const model::Run& run : ports_.runs.list(query)) {
      for (model::ForgottenRun& gone : result_.runs) {
        if (run.parent == gone.id && !run.sweep_item && !runs_.contains(run.id)) {
          gone.replays.push_back(run.name);
        }
      }
    }
    for (model::ForgottenSnapshot& gone : result_.snapshots) {
      gone.kept_by = users(gone.id);
    }
  }

  // A snapshot that runs took, and nobody else, is theirs.
  void check_snapshots() const
  {
    for (const model::ForgottenSnapshot& gone : result_.snapshots) {
      const auto entries = ports_.data.snapshots.list({gone.id.hex(), "", std::nullopt});
      const bool own = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
        return !entry.run || !ports::find_run(ports_.runs, *entry.run);
      });
      if (!own) {
        throw Error(ErrorKind::conflict,
                    "snapshot " + gone.id.hex().substr(0, 12) + ": recorded by " +
                        joined(gone.kept_by) + " only",
                    "it goes when they are forgotten");
      }
    }
  }

  [[nodiscard]] ports::ForgottenRecords records() const
  {
    ports::ForgottenRecords records;
    records.at = ports_.data.clock.now();
    for (const model::ForgottenRun& run : result_.runs) {
      records.runs.push_back(run.id);
    }
    for (const model::ForgottenSnapshot& snapshot : result_.snapshots) {
      records.snapshots.push_back(snapshot.id);
    }
    return records;
  }
  [[nodiscard]] const model::Forgetting& result() const { return result_; }

 private:
  void add_run(const model::Run& run)
  {
    // A run without a live record is kept by no process: its MLflow client may be gone for good.
    if (run.status == model::RunStatus::running && ports_.live.liveness(run.id)) {
      throw Error(ErrorKind::conflict, "run " + run.name + " is running",
                  "forget it when it has ended");
    }
    if (runs_.insert(run.id).second) {
      result_.runs.push_back({run.id, run.name, {}});
    }
  }

  void add_snapshot(const model::Snapshot& snapshot)
  {
    if (snapshots_.insert(snapshot.id).second) {
      result_.snapshots.push_back({snapshot.id, snapshot.path, {}});
    }
  }

  [[nodiscard]] std::vector<std::string> users(const model::Digest& id) const
  {
    std::vector<std::string> names;
    for (const model::RunId& user : ports_.data.snapshots.users(id)) {
      const auto run = ports::find_run(ports_.runs, user);
      if (run && !runs_.contains(user)) {
        names.push_back(run->name);
      }
    }
    return names;
  }

  const Ports& ports_;
  std::set<model::RunId> runs_;
  std::set<model::Digest> snapshots_;
  model::Forgetting result_;
};

}  // namespace

model::Forgetting forget(const Ports& ports, ports::RecordKeeper& keeper, const Place& place,
                         const std::vector<std::string>& references)
{
  keeper.require_writable();
  Plan plan(ports);
  for (const std::string& reference : references) {
    plan.add(resolve(ports, place, reference), reference);
  }
  plan.add_dependents();
  plan.check_snapshots();
  keeper.forget(plan.records());
  return plan.result();
}

}  // namespace mlrepro::tracking
