// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/live_screen.hpp"
#include "cli/render.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/format/live_lines.hpp"
#include "mlrepro/format/series_text.hpp"
#include "mlrepro/plan/series_sketch.hpp"
#include "mlrepro/tracking/follow_metrics.hpp"

namespace mlrepro::cli {
namespace {

using tracking::MetricFollower;

// Takes points as they come and shows them.
class PointView {
 public:
  PointView() = default;
  PointView(const PointView&) = delete;
  PointView& operator=(const PointView&) = delete;
  virtual ~PointView() = default;

  virtual void add(const MetricFollower::Point& point) = 0;
  // All points that there are for now have been added.
  virtual void show(bool resized) = 0;
  // No more will come.
  virtual void end(const std::optional<model::Run>& ended) = 0;
};

class LineView : public PointView {
 public:
  explicit LineView(posix::AttendedOutput& output, bool json) : output_(output), json_(json) {}

  void add(const MetricFollower::Point& point) override
  {
    text_ += json_ ? format::point_json_line(point.key, point.source, point.point)
                   : printable(point.key) + "  step " + std::to_string(point.point.step) + "  " +
                         short_number(point.point.value) + "\n";
    if (text_.size() >= k_piece) {
      show(false);
    }
  }
  void show(bool) override
  {
    (void)output_.write(STDOUT_FILENO, text_);
    text_.clear();
  }
  void end(const std::optional<model::Run>&) override { show(false); }

 private:
  static constexpr std::size_t k_piece = 65536;

  posix::AttendedOutput& output_;
  bool json_;
  std::string text_;
};

class CsvView : public PointView {
 public:
  CsvView(posix::AttendedOutput& output, const model::RunId& run)
      : series_(format::SeriesText::Form::csv, run,
                [&output](const std::string& text) { (void)output.write(STDOUT_FILENO, text); })
  {
  }

  void add(const MetricFollower::Point& point) override
  {
    series_.begin(point.key, point.source);
    series_.add(point.point);
  }
  void show(bool) override { series_.flush(); }
  void end(const std::optional<model::Run>&) override { series_.end(); }

 private:
  format::SeriesText series_;
};

// Drawn on the second screen; what it was in the end stays on the first one.
class PlotView : public PointView {
 public:
  PlotView(posix::AttendedOutput& output, const model::Run& run, Project& project)
      : output_(output), run_(run), project_(project)
  {
    if (run.status == model::RunStatus::running) {
      screen_ = std::make_unique<LiveScreen>(output);
    }
  }

  void add(const MetricFollower::Point& point) override
  {
    series_[point.key].add(point.point);
    changed_ = true;
  }
  void show(bool resized) override
  {
    if (screen_ && (changed_ || resized)) {
      screen_->draw(head() + render_series(series_, project_.style()));
      changed_ = false;
    }
  }
  void end(const std::optional<model::Run>& ended) override
  {
    screen_.reset();
    if (ended || output_.ended()) {
      output_.write_last(STDOUT_FILENO, render_series(series_, project_.style()));
    }
  }

 private:
  [[nodiscard]] std::string head() const
  {
    return paint("run " + printable(run_.name), Tone::strong, project_.style()) +
           (series_.empty() ? "  no point yet" : "") + "\n\n";
  }

  posix::AttendedOutput& output_;
  const model::Run& run_;
  Project& project_;
  std::unique_ptr<LiveScreen> screen_;
  std::map<std::string, plan::SeriesSketch> series_;
  bool changed_ = true;
};

std::unique_ptr<PointView> make_view(posix::AttendedOutput& output, Project& project,
                                     const model::Run& run, const MetricChoice& choice)
{
  if (choice.csv) {
    return std::make_unique<CsvView>(output, run.id);
  }
  if (!project.options().json && takes_controls(STDOUT_FILENO)) {
    return std::make_unique<PlotView>(output, run, project);
  }
  return std::make_unique<LineView>(output, project.options().json);
}

}  // namespace

int follow_metrics(tracking::Ports& ports, Project& project, const model::Run& run,
                   const MetricChoice& choice)
{
  if (run.status != model::RunStatus::running) {
    check_chosen(run, choice);
  }
  posix::AttendedOutput output;
  const auto view = make_view(output, project, run, choice);
  MetricFollower follower(
      ports, run, [&](const std::string& key) { return is_chosen(choice, key); },
      [&](const MetricFollower::Point& point) { view->add(point); });
  const auto ended = follow_until_end(ports, run, output, [&](bool resized) {
    follower.read_live();
    view->show(resized);
  });
  if (ended) {
    follower.finish(*ended);
  }
  view->end(ended);
  if (ended && !output.ended()) {
    check_chosen(*ended, choice);
  }
  return conclude_following(ended, project, output);
}

}  // namespace mlrepro::cli
