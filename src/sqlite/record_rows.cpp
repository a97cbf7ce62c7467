// SPDX-License-Identifier: Apache-2.0
#include "sqlite/record_rows.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/run_rows.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

struct MetricRow {
  std::int64_t number = 0;
  std::int64_t stored = 0;  // points
};

std::optional<MetricRow> find_metric(const Database& database, std::int64_t run,
                                     const std::string& key)
{
  Statement row(database,
                "SELECT number, (SELECT count(*) FROM metric_points p WHERE p.metric = m.number)"
                " FROM metrics m WHERE run = ? AND key = ?");
  return row.bind(run, key).step() ? std::optional(MetricRow{row.integer(0), row.integer(1)})
                                   : std::nullopt;
}

void insert_points(const Database& database, MetricRow metric,
                   const std::vector<model::MetricPoint>& points)
{
  Statement point(database,
                  "INSERT INTO metric_points (metric, ordinal, step, time_ms, value)"
                  " VALUES (?, ?, ?, ?, ?)");
  Statement line(database, "INSERT INTO metric_lines (metric, ordinal, line) VALUES (?, ?, ?)");
  for (const model::MetricPoint& item : points) {
    point.bind(metric.number, metric.stored, item.step, item.time, item.value).run();
    if (item.line != 0) {
      line.bind(metric.number, metric.stored, item.line).run();
    }
    ++metric.stored;
  }
}

// After the points and the last value.
void write_time_of_last(const Database& database, std::int64_t metric)
{
  Statement(database,
            "UPDATE metrics SET last_time_ms = (SELECT max(p.time_ms) FROM metric_points p"
            " WHERE p.metric = number AND p.step = last_step AND p.value IS last)"
            " WHERE number = ?")
      .bind(metric)
      .run();
}

model::MetricSummary read_summary(const Database& database, std::int64_t metric)
{
  Statement row(database, "SELECT last, last_step, min, max, count FROM metrics WHERE number = ?");
  row.bind(metric).step();
  model::MetricSummary summary;
  summary.last = row.real_or_nan(0);
  summary.step = row.integer(1);
  summary.min = row.optional_real(2);
  summary.max = row.optional_real(3);
  summary.count = row.integer(4);
  return summary;
}

}  // namespace

std::vector<model::TagChange> read_tag_history(const Database& database, std::int64_t run)
{
  Statement rows(database,
                 "SELECT key, value, replaced_at FROM tag_history WHERE run = ? ORDER BY number");
  std::vector<model::TagChange> changes;
  for (rows.bind(run); rows.step();) {
    changes.push_back({rows.text(0), rows.text(1), rows.time(2)});
  }
  return changes;
}

std::vector<model::ProofOfRun> read_proofs(const Database& database, std::int64_t run)
{
  Statement rows(database,
                 "SELECT replay, level, verdict, at FROM proofs WHERE run = ? ORDER BY number");
  std::vector<model::ProofOfRun> proofs;
  for (rows.bind(run); rows.step();) {
    proofs.push_back(
        {rows.run_id(0), static_cast<model::Level>(rows.integer(1)), rows.text(2), rows.time(3)});
  }
  return proofs;
}

std::vector<model::MetricPoint> read_points(const Database& database, std::int64_t run,
                                            const std::string& key)
{
  Statement rows(database,
                 "SELECT p.value, p.step, p.time_ms, coalesce(l.line, 0) FROM metrics m"
                 " JOIN metric_points p ON p.metric = m.number LEFT JOIN metric_lines l"
                 " ON l.metric = p.metric AND l.ordinal = p.ordinal"
                 " WHERE m.run = ? AND m.key = ? ORDER BY p.ordinal");
  std::vector<model::MetricPoint> points;
  for (rows.bind(run, key); rows.step();) {
    points.push_back(
        {rows.real_or_nan(0), rows.integer(1), rows.time(2), rows.unsigned_integer(3)});
  }
  return points;
}

void write_tag_history(const Database& database, std::int64_t run,
                       const std::vector<model::TagChange>& changes)
{
  Statement row(database,
                "INSERT INTO tag_history (run, key, value, replaced_at) VALUES (?, ?, ?, ?)");
  for (const model::TagChange& change : changes) {
    row.bind(run, change.key, change.value, change.replaced_at).run();
  }
}

void write_proofs(const Database& database, std::int64_t run,
                  const std::vector<model::ProofOfRun>& proofs)
{
  Statement row(database,
                "INSERT INTO proofs (run, replay, level, verdict, at) VALUES (?, ?, ?, ?, ?)");
  for (const model::ProofOfRun& proof : proofs) {
    row.bind(run, proof.replay, static_cast<int>(proof.level), proof.verdict, proof.at).run();
  }
}

void append_points(const Database& database, std::int64_t run, const std::string& key,
                   const std::vector<model::MetricPoint>& points)
{
  const auto metric = find_metric(database, run, key);
  if (!metric) {
    throw model::Error(model::ErrorKind::corrupt,
                       "a record has points of metric '" + key + "', but no such metric");
  }
  insert_points(database, *metric, points);
  write_time_of_last(database, metric->number);
}

void add_points(const Database& database, std::int64_t run, const std::string& key,
                const model::MetricSummary& like, const std::vector<model::MetricPoint>& points)
{
  auto metric = find_metric(database, run, key);
  if (!metric) {
    Statement(database,
              "INSERT INTO metrics (run, key, last_step, count, added_later, source)"
              " VALUES (?, ?, 0, 0, ?, nullif(?, ''))")
        .bind(run, key, like.added_later, like.source)
        .run();
    metric = MetricRow{database.last_row(), 0};
  }
  model::MetricSummary summary = read_summary(database, metric->number);
  for (const model::MetricPoint& point : points) {
    summary.add(point);
  }
  insert_points(database, *metric, points);
  Statement(database,
            "UPDATE metrics SET last = ?, last_step = ?, min = ?, max = ?, count = ?"
            " WHERE number = ?")
      .bind(summary.last, summary.step, summary.min, summary.max, summary.count, metric->number)
      .run();
  write_time_of_last(database, metric->number);
}

void write_growth(const Database& database, std::int64_t run, const plan::RecordGrowth& growth)
{
  Statement param(database,
                  "INSERT INTO params (run, key, value, as_number, source) VALUES (?, ?, ?, ?, ?)");
  for (const auto& [key, value] : growth.params) {
    param.bind(run, key, value.value, as_number(value.value), value.source).run();
  }
  Statement tag(database,
                "INSERT OR REPLACE INTO tags (run, key, value, as_number) VALUES (?, ?, ?, ?)");
  for (const auto& [key, value] : growth.tags) {
    tag.bind(run, key, value, as_number(value)).run();
  }
  Statement note(database,
                 "UPDATE runs SET note = CASE note WHEN '' THEN ?2 ELSE note || char(10) || ?2 END"
                 " WHERE number = ?1");
  for (const std::string& text : growth.notes) {
    note.bind(run, text).run();
  }
  Statement artifact(database,
                     "INSERT INTO artifacts (run, path, digest, bytes) VALUES (?, ?, ?, ?)"
                     " ON CONFLICT (run, path) DO UPDATE"
                     " SET digest = excluded.digest, bytes = excluded.bytes");
  for (const model::Artifact& item : growth.artifacts) {
    artifact.bind(run, item.path, item.digest, item.bytes).run();
  }
  Statement addition(database,
                     "INSERT INTO additions (run, at, kind, key, value) VALUES (?, ?, ?, ?, ?)");
  for (const model::Addition& item : growth.additions) {
    addition.bind(run, item.at, item.kind, item.key, item.value).run();
  }
  write_tag_history(database, run, growth.tag_history);
  write_proofs(database, run, growth.proofs);
}

}  // namespace mlrepro::sqlite
