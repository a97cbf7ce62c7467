// SPDX-License-Identifier: Apache-2.0
#include "sqlite/event_writer.hpp"

#include <sqlite3.h>

#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "sqlite/run_rows.hpp"

namespace mlrepro::sqlite {
namespace {

// The shortest text that reads back as the same number.
std::string to_text(double value)
{
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

// One statement for many rows takes half the time.
constexpr std::size_t k_points_per_statement = 40;
// 16 MiB, and as much again where the vectors that hold them have grown.
constexpr std::size_t k_most_waiting = 524'288;
// Fewer points take less time than it takes to prepare all statements again.
constexpr std::size_t k_worth_trusting = 10'000;
constexpr std::size_t k_points_per_read = 100 * k_points_per_statement;

std::string insert_points(std::size_t count)
{
  std::string sql =
      "INSERT INTO metric_points (metric, ordinal, step, time_ms, value) VALUES (?, ?, ?, ?, ?)";
  for (std::size_t i = 1; i < count; ++i) {
    sql += ", (?, ?, ?, ?, ?)";
  }
  return sql;
}

void put_points(Statement& insert, std::int64_t metric, std::int64_t ordinal,
                std::span<const model::MetricPoint> points)
{
  int index = 0;
  for (const model::MetricPoint& point : points) {
    insert.put(++index, metric);
    insert.put(++index, ordinal++);
    insert.put(++index, point.step);
    insert.put(++index, point.time);
    insert.put(++index, point.value);
  }
  insert.run();
}

// While it lives, SQLite does not look for the row that a foreign key names: for a row of some
// twenty bytes, that is a third of the work.
class TrustedKeys {
 public:
  explicit TrustedKeys(const Database& database) : database_(database)
  {
    sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0, nullptr);
  }
  ~TrustedKeys() { sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr); }
  TrustedKeys(const TrustedKeys&) = delete;
  TrustedKeys& operator=(const TrustedKeys&) = delete;

 private:
  const Database& database_;
};

}  // namespace

EventWriter::EventWriter(const Database& database, std::int64_t run, When when,
                         model::Timestamp now, Ties ties)
    : database_(database),
      run_(run),
      when_(when),
      now_(now),
      ties_(ties),
      spool_(posix::parent_folder(database.path())),
      find_param_(database, "SELECT value FROM params WHERE run = ? AND key = ?"),
      insert_param_(database,
                    "INSERT INTO params (run, key, value, as_number, source)"
                    " VALUES (?, ?, ?, ?, ?)"),
      find_tag_(database, "SELECT value FROM tags WHERE run = ? AND key = ?"),
      insert_tag_(database,
                  "INSERT OR REPLACE INTO tags (run, key, value, as_number) VALUES (?, ?, ?, ?)"),
      insert_history_(database,
                      "INSERT INTO tag_history (run, key, value, replaced_at)"
                      " VALUES (?, ?, ?, ?)"),
      insert_artifact_(database,
                       "INSERT INTO artifacts (run, path, digest, bytes) VALUES (?, ?, ?, ?)"
                       " ON CONFLICT (run, path) DO UPDATE"
                       " SET digest = excluded.digest, bytes = excluded.bytes"),
      insert_addition_(database,
                       "INSERT INTO additions (run, at, kind, key, value) VALUES (?, ?, ?, ?, ?)"),
      insert_one_point_(database, insert_points(1)),
      insert_points_(database, insert_points(k_points_per_statement)),
      update_metric_(database,
                     "UPDATE metrics SET last = ?, last_step = ?, min = ?, max = ?, count = ?,"
                     " last_time_ms = ? WHERE number = ?")
{
}

void EventWriter::collect(const std::vector<model::RunEvent>& events)
{
  for (const model::RunEvent& event : events) {
    std::visit([this](const auto& logged) { add(logged); }, event);
  }
}

void EventWriter::apply(const std::vector<model::RunEvent>& events)
{
  collect(events);
  write();
}

// Metric by metric, so that every insertion is at the end of a page.
void EventWriter::write()
{
  {
    // The metrics were found or made in this transaction.
    std::optional<TrustedKeys> trusted;
    if (waiting_ + spooled_ >= k_worth_trusting) {
      trusted.emplace(database_);
    }
    for (auto& [key, metric] : metrics_) {
      write_metric(metric);
    }
  }
  spooled_ = 0;
  waiting_ = 0;
  if (!notes_.empty()) {
    Statement(database_,
              "UPDATE runs SET note = CASE note WHEN '' THEN ?2 ELSE note || char(10) || ?2 END"
              " WHERE number = ?1")
        .bind(run_, notes_)
        .run();
    notes_.clear();
  }
}

void EventWriter::add_addition(const char* kind, const std::string& key, const std::string& value)
{
  if (when_ == When::ended) {
    insert_addition_.bind(run_, now_, kind, key, value).run();
  }
}

EventWriter::Metric& EventWriter::find_metric(const std::string& key)
{
  const auto [found, is_new] = metrics_.try_emplace(key);
  Metric& metric = found->second;
  if (!is_new) {
    return metric;
  }
  Statement row(
      database_,
      "SELECT number, last, last_step, min, max, count, added_later, last_time_ms,"
      " coalesce((SELECT max(p.ordinal) + 1 FROM metric_points p WHERE p.metric = m.number), 0)"
      " FROM metrics m WHERE run = ? AND key = ?");
  if (row.bind(run_, key).step()) {
    metric.number = row.integer(0);
    metric.summary = {row.real_or_nan(1),   row.integer(2), row.optional_real(3),
                      row.optional_real(4), row.integer(5), row.boolean(6)};
    metric.last_time = row.optional_time(7);
    metric.stored = row.integer(8);
    return metric;
  }
  metric.summary.added_later = when_ == When::ended;
  Statement(database_,
            "INSERT INTO metrics (run, key, last_step, count, added_later) VALUES (?, ?, 0, 0, ?)")
      .bind(run_, key, metric.summary.added_later)
      .run();
  metric.number = database_.last_row();
  return metric;
}

// Stores that were made before the time was kept have it in the points only.
model::Timestamp EventWriter::time_of_last(Metric& metric) const
{
  if (!metric.last_time) {
    Statement row(database_,
                  "SELECT coalesce(max(time_ms), 0) FROM metric_points"
                  " WHERE metric = ? AND step = ? AND value IS ?");
    row.bind(metric.number, metric.summary.step, metric.summary.last).step();
    metric.last_time = row.time(0);
  }
  return *metric.last_time;
}

// Than the last one, of the same step.
bool EventWriter::is_older(Metric& metric, const model::MetricPoint& point) const
{
  const model::MetricSummary& summary = metric.summary;
  if (ties_ == Ties::newest || summary.count == 0 || point.step != summary.step) {
    return false;
  }
  const model::Timestamp last_time = time_of_last(metric);
  return point.time < last_time || (point.time == last_time && point.value < summary.last);
}

void EventWriter::fold(Metric& metric, const model::MetricPoint& point) const
{
  model::MetricSummary& summary = metric.summary;
  const bool older = is_older(metric, point);
  const double last = summary.last;
  summary.add(point);
  if (older) {
    summary.last = last;
  } else if (point.step == summary.step) {
    metric.last_time = point.time;
  }
}

void EventWriter::add(const model::MetricLogged& event)
{
  Metric& metric = find_metric(event.key);
  const model::MetricPoint point{event.value, event.step.value_or(metric.summary.next_step()),
                                 event.time.value_or(now_)};
  fold(metric, point);
  metric.points.push_back(point);
  if (++waiting_ >= k_most_waiting) {
    spool_points();
  }
  if (when_ == When::ended) {
    add_addition("metric", event.key, to_text(event.value));
  }
}

void EventWriter::spool_points()
{
  for (auto& [key, metric] : metrics_) {
    if (!metric.points.empty()) {
      metric.spooled.push_back(spool_.put(metric.points));
      metric.points = {};  // and its memory
    }
  }
  spooled_ += std::exchange(waiting_, 0);
}

void EventWriter::write_metric(Metric& metric)
{
  for (const PointSpool::Piece& piece : metric.spooled) {
    spool_.read(piece, k_points_per_read,
                [&](std::span<const model::MetricPoint> points) { write_points(metric, points); });
  }
  metric.spooled.clear();
  write_points(metric, metric.points);
  metric.points.clear();
  const model::MetricSummary& summary = metric.summary;
  update_metric_
      .bind(summary.last, summary.step, summary.min, summary.max, summary.count, metric.last_time,
            metric.number)
      .run();
}

void EventWriter::write_points(Metric& metric, std::span<const model::MetricPoint> points)
{
  while (!points.empty()) {
    const bool full = points.size() >= k_points_per_statement;
    const auto batch = points.first(full ? k_points_per_statement : 1);
    put_points((full ? insert_points_ : insert_one_point_).get(), metric.number, metric.stored,
               batch);
    metric.stored += static_cast<std::int64_t>(batch.size());
    points = points.subspan(batch.size());
  }
}

void EventWriter::add(const model::PrintedMetric& printed)
{
  Metric& metric = find_metric(printed.key);
  Statement(database_, "UPDATE metrics SET source = ? WHERE number = ?")
      .bind(printed.source, metric.number)
      .run();
  Statement line(database_, "INSERT INTO metric_lines (metric, ordinal, line) VALUES (?, ?, ?)");
  std::int64_t ordinal = metric.stored;
  for (const model::MetricPoint& point : printed.points) {
    fold(metric, point);
    line.bind(metric.number, ordinal++, point.line).run();
  }
  metric.points = printed.points;
  write_metric(metric);
}

void EventWriter::add(const model::ParamLogged& event)
{
  if (!find_param_.bind(run_, event.key).step()) {
    insert_param_.bind(run_, event.key, event.value, as_number(event.value), event.source).run();
    add_addition("param", event.key, event.value);
    return;
  }
  const std::string known = find_param_.get().text(0);
  find_param_.get().reset();
  if (known == event.value) {
    return;
  }
  if (when_ == When::ended) {
    throw model::Error(
        model::ErrorKind::conflict,
        "param '" + event.key + "' is '" + known + "' already, not '" + event.value + "'",
        "what was recorded is never changed; use another name or a tag");
  }
  if (repeated_params_.insert(event.key).second) {
    problems_.push_back("param '" + event.key + "' logged again with another value");
  }
}

void EventWriter::add(const model::TagLogged& event)
{
  if (find_tag_.bind(run_, event.key).step()) {
    const std::string known = find_tag_.get().text(0);
    find_tag_.get().reset();
    if (known == event.value) {
      return;
    }
    insert_history_.bind(run_, event.key, known, now_).run();
  }
  insert_tag_.bind(run_, event.key, event.value, as_number(event.value)).run();
  add_addition("tag", event.key, event.value);
}

void EventWriter::add(const model::NoteLogged& event)
{
  notes_ += (notes_.empty() ? "" : "\n") + event.text;
  add_addition("note", "", event.text);
}

void EventWriter::add(const model::ArtifactLogged& event)
{
  const model::Artifact& artifact = event.artifact;
  insert_artifact_.bind(run_, artifact.path, artifact.digest, artifact.bytes).run();
  add_addition("artifact", artifact.path, artifact.digest.to_string());
}

}  // namespace mlrepro::sqlite
