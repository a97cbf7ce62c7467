// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/explain.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/attribution.hpp"
#include "reproduction/mixing.hpp"
#include "reproduction/replay.hpp"
#include "reproduction/replay_environment.hpp"

namespace mlrepro::reproduction {
namespace {

using model::Error;
using model::ErrorKind;
using model::Factor;
using model::Run;
using plan::Mixture;

// By which a later question finds a replay.
constexpr const char* k_tag = "mlrepro.mixture";

std::optional<double> value_of(const Run& run, const std::string& metric)
{
  const auto found = run.metrics.find(metric);
  return found == run.metrics.end() || !std::isfinite(found->second.last)
             ? std::nullopt
             : std::optional(found->second.last);
}

double length_of(const Run& run)
{
  return run.ended_at ? model::seconds_between(run.started_at, *run.ended_at) : 0;
}

class Explainer {
 public:
  Explainer(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
            const ExplainRequest& request, const NextScratch& scratch)
      : ports_(ports),
        builder_(builder),
        request_(request),
        scratch_(scratch),
        mixing_(ports, request.a, request.b)
  {
    result_.a = request.a.id;
    result_.b = request.b.id;
    result_.a_name = request.a.name;
    result_.b_name = request.b.name;
    result_.metric = request.metric;
    result_.recorded_a = value_of(request.a, request.metric);
    result_.recorded_b = value_of(request.b, request.metric);
  }

  [[nodiscard]] const std::vector<Factor>& factors() const { return mixing_.factors(); }
  [[nodiscard]] Mixture all() const { return (Mixture{1} << factors().size()) - 1; }

  model::Explanation explain()
  {
    const double first = value(0);
    result_.difference = value(all()) - first;
    if (result_.recorded_a && result_.recorded_b) {
      result_.unexplained = *result_.recorded_b - *result_.recorded_a - result_.difference;
    }
    if (!explain_by_one()) {
      const auto attribution =
          plan::attribute(factors().size(), [this](Mixture mixture) { return value(mixture); });
      for (std::size_t i = 0; i < factors().size(); ++i) {
        add(factors()[i], attribution.contributions[i]);
      }
      for (const plan::Interaction& pair : attribution.interactions) {
        result_.interactions.push_back({factors()[pair.first], factors()[pair.second], pair.value});
      }
    }
    std::stable_sort(result_.factors.begin(), result_.factors.end(),
                     [](const model::FactorShare& x, const model::FactorShare& y) {
                       return std::fabs(x.contribution) > std::fabs(y.contribution);
                     });
    return std::move(result_);
  }

 private:
  void add(Factor factor, double contribution)
  {
    result_.factors.push_back({factor, contribution,
                               result_.difference == 0
                                   ? std::nullopt
                                   : std::optional(contribution / result_.difference)});
  }

  // One factor makes all of the difference in a, and without it b is as a was.
  bool explain_by_one()
  {
    if (factors().size() < 2 || result_.difference == 0) {
      return false;
    }
    for (std::size_t i = 0; i < factors().size(); ++i) {
      const Mixture one = Mixture{1} << i;
      if (value(one) != value(all()) || value(all() & ~one) != value(0)) {
        continue;
      }
      for (std::size_t j = 0; j < factors().size(); ++j) {
        add(factors()[j], i == j ? result_.difference : 0);
      }
      // Of two factors there are no more mixtures than these.
      result_.stopped_early = factors().size() > 2;
      return true;
    }
    return false;
  }

  double value(Mixture mixture)
  {
    const auto known = values_.find(mixture);
    if (known != values_.end()) {
      return known->second;
    }
    std::vector<Factor> from_b;
    for (std::size_t i = 0; i < factors().size(); ++i) {
      if ((mixture & (Mixture{1} << i)) != 0) {
        from_b.push_back(factors()[i]);
      }
    }
    const double found = replay(from_b);
    values_.emplace(mixture, found);
    return found;
  }

  double replay(const std::vector<Factor>& from_b)
  {
    // What is made for the replay is named by its record only when that is written.
    auto hold = ports_.data.objects.hold();
    const Run mixture = mixing_.mix(from_b);
    const std::string tag =
        ports_.data.digester.digest(mixing_.identity(mixture)).hex().substr(0, 32);
    if (const auto earlier = find_earlier(tag)) {
      const double found = required_value(*earlier, from_b);
      result_.replays.push_back({from_b, earlier->id, found, true});
      return found;
    }
    const Run run = run_mixture(mixture, from_b, tag, hold);
    const double found = required_value(run, from_b);
    result_.replays.push_back({from_b, run.id, found, false});
    return found;
  }

  [[nodiscard]] std::optional<Run> find_earlier(const std::string& tag) const
  {
    if (!request_.reuse) {
      return std::nullopt;
    }
    ports::RunQuery query;
    query.filter = std::string("tags.'") + k_tag + "' = '" + tag + "' and status = 'finished'";
    query.limit = 1;
    query.detail = ports::RunQuery::Detail::full;
    auto runs = ports_.runs.list(query);
    return runs.empty() ? std::nullopt : std::optional(std::move(runs.front()));
  }

  Run run_mixture(const Run& mixture, const std::vector<Factor>& from_b, const std::string& tag,
                  std::unique_ptr<ports::StoreHold>& hold)
  {
    ReproduceRequest asked = request_.replay;
    asked.run = mixture;
    asked.scratch = scratch_();
    asked.environment = mixing_.needs_rebuild() ? model::EnvironmentPolicy::rebuild
                                                : model::EnvironmentPolicy::ignore;
    Replay replay(ports_, asked, mixture);
    ReplayEnvironment environment(ports_, builder_, asked, mixture.environment);
    replay.restore();
    environment.prepare();
    tracking::RunRequest run_request = replay.run_request();
    environment.apply(run_request);
    run_request.tags[k_tag] = tag;
    run_request.note = "explains " + request_.metric + " of " + request_.a.name + " and " +
                       request_.b.name + ": " + model::names_of(from_b) + " of the second";
    hold.reset();
    ports_.data.reporter.note("replaying with " + model::names_of(from_b) + " of " +
                              request_.b.name);
    std::optional<Replayed> replayed = run_replay(ports_, run_request);
    if (!replayed) {
      throw Error(ErrorKind::external,
                  "the command '" + mixture.command.front() + "' is not there to be run");
    }
    if (replayed->timeout_s) {
      throw Error(
          ErrorKind::external,
          replay_with(from_b) + " ran into --timeout, so that the factors can't be told apart",
          "give it more time, or none: leave --timeout out");
    }
    return std::move(replayed->run);
  }

  [[nodiscard]] std::string replay_with(const std::vector<Factor>& from_b) const
  {
    return "the replay with " + model::names_of(from_b) + " of '" + request_.b.name + "'";
  }

  [[nodiscard]] double required_value(const Run& run, const std::vector<Factor>& from_b) const
  {
    const std::string which = replay_with(from_b);
    if (run.status != model::RunStatus::finished) {
      throw Error(ErrorKind::external,
                  which + " " + std::string(model::to_string(run.status)) +
                      ", so that the factors can't be told apart",
                  "see why: mlrepro show " + run.name + " --logs");
    }
    const auto found = value_of(run, request_.metric);
    if (!found) {
      throw Error(ErrorKind::external,
                  which + " gives no number for metric '" + request_.metric + "'",
                  "see what it gives: mlrepro show " + run.name);
    }
    return *found;
  }

  const tracking::Ports& ports_;
  ports::EnvironmentBuilder& builder_;
  const ExplainRequest& request_;
  const NextScratch& scratch_;
  Mixing mixing_;
  std::map<Mixture, double> values_;
  model::Explanation result_;
};

void check_run(const tracking::Ports& ports, const ReproduceRequest& request, const Run& run,
               const std::string& metric)
{
  const auto reasons = Replay(ports, request, run).obstacles();
  if (!reasons.empty()) {
    throw Error(ErrorKind::not_found,
                "run '" + run.name + "' can't be replayed: " + reasons.front());
  }
  if (!value_of(run, metric)) {
    throw Error(ErrorKind::not_found,
                "run '" + run.name + "' has no number for metric '" + metric + "'",
                "see which it has: mlrepro show " + run.name);
  }
}

}  // namespace

model::Explanation explain(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                           const ExplainRequest& request, const NextScratch& scratch,
                           const std::function<void(const ExplainPlan&)>& begin)
{
  const model::Timestamp started = ports.data.clock.now();
  check_run(ports, request.replay, request.a, request.metric);
  check_run(ports, request.replay, request.b, request.metric);
  Explainer explainer(ports, builder, request, scratch);
  if (explainer.factors().empty()) {
    throw Error(ErrorKind::usage,
                "'" + request.a.name + "' and '" + request.b.name +
                    "' do not differ in code, configuration, data or environment",
                "if their results differ, the command gives other results each time: "
                "mlrepro reproduce " +
                    request.a.name);
  }
  begin({explainer.factors(), std::size_t{1} << explainer.factors().size(),
         std::max(length_of(request.a), length_of(request.b))});
  model::Explanation result = explainer.explain();
  result.duration_s = model::seconds_between(started, ports.data.clock.now());
  return result;
}

}  // namespace mlrepro::reproduction
