// SPDX-License-Identifier: Apache-2.0
#include "analysis/record_tables.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "analysis/cell_sql.hpp"

namespace mlrepro::analysis {
namespace {

using model::Run;
using ports::TableAppender;
using ports::TableValue;
using Row = std::vector<TableValue>;

template <typename T>
TableValue or_null(const std::optional<T>& value)
{
  return value ? TableValue(static_cast<std::int64_t>(*value)) : TableValue();
}

TableValue or_null(const std::optional<double>& value)
{
  return value ? TableValue(*value) : TableValue();
}

TableValue or_null(const std::string& text)
{
  return text.empty() ? TableValue() : TableValue(text);
}

// ISO 8601 without its "Z": the engine's TIMESTAMP has no zone, and all of ours are UTC.
TableValue time_of(const std::optional<model::Timestamp>& time)
{
  if (!time) {
    return {};
  }
  std::string text = time->to_iso8601();
  text.resize(text.ends_with('Z') ? text.size() - 1 : text.size());
  return text;
}

TableValue seconds_of(const Run& run)
{
  return run.ended_at ? TableValue(model::seconds_between(run.started_at, *run.ended_at))
                      : TableValue();
}

TableValue level_of(const std::optional<model::Level>& level)
{
  return level ? TableValue(static_cast<std::int64_t>(*level)) : TableValue();
}

void add_run(TableAppender& table, const Run& run)
{
  table.add({run.id.str(),
             run.name,
             run.experiment,
             std::string(model::to_string(run.status)),
             or_null(run.exit_code),
             or_null(run.signal),
             time_of(run.started_at),
             time_of(run.ended_at),
             seconds_of(run),
             joined(run.command, " "),
             run.cwd,
             run.user,
             run.host,
             or_null(run.code.commit),
             or_null(run.code.branch),
             run.code.dirty,
             or_null(run.note),
             or_null(run.seed),
             run.parent ? TableValue(run.parent->str()) : TableValue(),
             level_of(run.recorded),
             level_of(run.proven)});
}

void add_metrics(TableAppender& table, const Run& run)
{
  for (const auto& [name, summary] : run.metrics) {
    table.add({run.id.str(), run.name, name, summary.last, summary.step, or_null(summary.min),
               or_null(summary.max), static_cast<std::int64_t>(summary.count)});
  }
}

void add_params(TableAppender& table, const Run& run)
{
  for (const auto& [name, parameter] : run.params) {
    table.add({run.id.str(), run.name, name, parameter.value, parameter.source});
  }
}

void add_tags(TableAppender& table, const Run& run)
{
  for (const auto& [name, value] : run.tags) {
    table.add({run.id.str(), run.name, name, value});
  }
}

struct RecordTable {
  std::string_view name;
  std::string_view columns;
  void (*add)(TableAppender&, const Run&);
};

constexpr std::array<RecordTable, 4> k_tables = {{
    {"runs",
     "id VARCHAR, name VARCHAR, experiment VARCHAR, status VARCHAR, exit_code INTEGER, "
     "signal INTEGER, started_at TIMESTAMP, ended_at TIMESTAMP, duration_s DOUBLE, "
     "command VARCHAR, cwd VARCHAR, \"user\" VARCHAR, host VARCHAR, commit VARCHAR, "
     "branch VARCHAR, dirty BOOLEAN, note VARCHAR, seed BIGINT, parent VARCHAR, "
     "level_recorded INTEGER, level_proven INTEGER",
     add_run},
    {"metrics",
     "run_id VARCHAR, run VARCHAR, metric VARCHAR, last DOUBLE, step BIGINT, min DOUBLE, "
     "max DOUBLE, count BIGINT",
     add_metrics},
    {"params", "run_id VARCHAR, run VARCHAR, param VARCHAR, value VARCHAR, source VARCHAR",
     add_params},
    {"tags", "run_id VARCHAR, run VARCHAR, tag VARCHAR, value VARCHAR", add_tags},
}};

constexpr std::string_view k_points = "points";

std::unique_ptr<TableAppender> make(ports::TableSession& session, std::string_view name,
                                    std::string_view columns)
{
  session.execute("CREATE TABLE " + std::string(name) + " (" + std::string(columns) + ")");
  return session.append(std::string(name));
}

void make_points(ports::TableSession& session, const ports::RunStore& store,
                 const std::vector<Run>& runs)
{
  const auto table = make(session, k_points,
                          "run_id VARCHAR, run VARCHAR, metric VARCHAR, step BIGINT, "
                          "time TIMESTAMP, value DOUBLE");
  for (const Run& run : runs) {
    for (const auto& item : run.metrics) {
      Row row = {run.id.str(), run.name, item.first, {}, {}, {}};
      store.for_each_point(run.id, item.first, [&](const model::MetricPoint& point) {
        row[3] = point.step;
        row[4] = time_of(point.time);
        row[5] = point.value;
        table->add(row);
      });
    }
  }
  table->finish();
}

}  // namespace

void make_record_tables(ports::TableSession& session, const ports::RunStore& store,
                        const std::set<std::string>& names)
{
  std::vector<Run> runs;
  const auto load = [&] {
    if (runs.empty()) {
      runs = store.list({});
    }
  };
  for (const RecordTable& table : k_tables) {
    if (names.contains(std::string(table.name))) {
      load();
      const auto rows = make(session, table.name, table.columns);
      for (const Run& run : runs) {
        table.add(*rows, run);
      }
      rows->finish();
    }
  }
  if (names.contains(std::string(k_points))) {
    load();
    make_points(session, store, runs);
  }
}

}  // namespace mlrepro::analysis
