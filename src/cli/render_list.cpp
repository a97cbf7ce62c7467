// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "cli/render.hpp"
#include "cli/run_columns.hpp"
#include "mlrepro/format/csv_text.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {

using model::Run;

std::string minutes_text(model::Timestamp time)
{
  std::string text = time.to_iso8601().substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string render_runs(const std::vector<Run>& runs, const std::vector<std::string>& columns,
                        Style style)
{
  const std::vector<std::string> shown = columns.empty() ? usual_columns(runs) : columns;
  std::vector<std::string> header;
  std::vector<Align> align;
  for (const std::string& column : shown) {
    header.push_back(column_heading(column));
    align.push_back(column_align(column));
  }
  TextTable table(header, align);
  for (const Run& run : runs) {
    std::vector<Cell> row;
    for (const std::string& column : shown) {
      row.push_back(column_cell(run, column));
    }
    table.add(std::move(row));
  }
  return table.render(style);
}

std::string render_grouped_runs(const std::vector<Run>& runs, const std::string& group,
                                const std::vector<std::string>& columns, Style style)
{
  std::vector<std::string> order;
  std::map<std::string, std::vector<Run>> groups;
  for (const Run& run : runs) {
    const std::string value = column_cell(run, group).text;
    if (!groups.contains(value)) {
      order.push_back(value);
    }
    groups[value].push_back(run);
  }
  std::string out;
  for (const std::string& value : order) {
    const auto& members = groups.at(value);
    out += (out.empty() ? "" : "\n") +
           paint(column_heading(group) + " " + (value.empty() ? "(none)" : printable(value)),
                 Tone::strong, style) +
           "  " + format::counted(members.size(), "run") + "\n" +
           render_runs(members, columns, style);
  }
  return out;
}

std::string runs_to_csv(const std::vector<Run>& runs, const std::vector<std::string>& columns)
{
  const std::vector<std::string> shown = columns.empty() ? all_columns(runs) : columns;
  std::string out;
  const auto add_row = [&](auto text_of) {
    for (std::size_t number = 0; number < shown.size(); ++number) {
      out += (number > 0 ? "," : "") + format::csv_field(text_of(shown[number]));
    }
    out += "\n";
  };
  add_row([](const std::string& column) { return column; });
  for (const Run& run : runs) {
    add_row([&run](const std::string& column) { return exact_column_text(run, column); });
  }
  return out;
}

std::string render_snapshots(const std::vector<model::Snapshot>& snapshots, Style style)
{
  const bool sources =
      std::any_of(snapshots.begin(), snapshots.end(),
                  [](const model::Snapshot& snapshot) { return snapshot.result.has_value(); });
  std::vector<std::string> header = {"snapshot", "dataset", "taken (UTC)", "files",
                                     "size",     "stored",  "new"};
  std::vector<Align> align = {Align::left,  Align::left,  Align::left, Align::right,
                              Align::right, Align::right, Align::right};
  if (sources) {
    header.insert(header.end(), {"rows", "source"});
    align.insert(align.end(), {Align::right, Align::left});
  }
  TextTable table(header, align);
  for (const model::Snapshot& snapshot : snapshots) {
    const bool kept = snapshot.stored == model::Stored::content;
    std::vector<Cell> row = {Cell(short_id(snapshot.id), Tone::strong),
                             snapshot.name.empty() ? snapshot.path : snapshot.name,
                             minutes_text(snapshot.created_at),
                             std::to_string(snapshot.root.files),
                             format::human_bytes(snapshot.root.size),
                             snapshot.forgotten ? "forgotten"
                             : kept             ? format::human_bytes(snapshot.stored_bytes)
                                                : "identity",
                             kept ? format::human_bytes(snapshot.new_bytes) : ""};
    if (sources) {
      row.emplace_back(snapshot.result ? std::to_string(snapshot.result->rows) : "");
      row.emplace_back(snapshot.result ? snapshot.source_uri.value_or("") : "");
    }
    table.add(std::move(row));
  }
  return table.render(style);
}

std::string render_experiments(const std::vector<ports::Experiment>& experiments, Style style)
{
  TextTable table({"experiment", "runs", "last started (UTC)"},
                  {Align::left, Align::right, Align::left});
  for (const ports::Experiment& experiment : experiments) {
    table.add({Cell(experiment.name, Tone::strong), std::to_string(experiment.runs),
               experiment.last_started_at ? minutes_text(*experiment.last_started_at) : ""});
  }
  return table.render(style);
}

}  // namespace mlrepro::cli
