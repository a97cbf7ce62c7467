// SPDX-License-Identifier: Apache-2.0
#include "cli/row_diff_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/render_row_diff.hpp"
#include "cli/table_scratch.hpp"
#include "mlrepro/analysis/row_diff.hpp"
#include "mlrepro/format/row_diff_document.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::uint64_t k_shown_rows = 20;

// Each call of print() reaches the disk or the pipe: lines go there many at a time.
class CsvPrinter final : public analysis::RowDeltaSink {
 public:
  void begin(const model::RowDiff& diff) override
  {
    csv_.emplace(diff);
    add(csv_->header());
  }
  void changed(const model::ChangedRow& row) override { add(csv_->changed(row)); }
  void removed(const model::RowOfOne& row) override { add(csv_->removed(row)); }
  void added(const model::RowOfOne& row) override { add(csv_->added(row)); }
  void duplicate(const model::DuplicateKey& key) override { add(csv_->duplicate(key)); }

  void finish()
  {
    print(lines_);
    lines_.clear();
  }

 private:
  void add(const std::string& lines)
  {
    constexpr std::size_t k_enough = 65536;
    lines_ += lines;
    if (lines_.size() >= k_enough) {
      finish();
    }
  }

  std::optional<format::RowDeltaCsv> csv_;
  std::string lines_;
};

analysis::RowDiffRequest request_of(const RowDiffSides& sides, const RowDiffOptions& options,
                                    Project& project)
{
  const tracking::Ports& ports = project.open_store();
  analysis::RowDiffRequest request;
  request.a = analysis::find_table(ports, project.place(), sides.a);
  request.b = sides.b.empty() ? analysis::table_now(ports, project.place(), request.a)
                              : analysis::find_table(ports, project.place(), sides.b);
  request.choice = !options.key.empty() ? analysis::KeyChoice::given
                   : options.no_key     ? analysis::KeyChoice::none
                                        : analysis::KeyChoice::inferred;
  request.key = options.key;
  request.ignored = options.ignored;
  for (const std::string& text : options.tolerances) {
    request.tolerances.push_back(plan::parse_cell_tolerance(text));
  }
  request.limit = options.limit || options.csv ? options.limit : std::optional(k_shown_rows);
  return request;
}

void refuse_two_forms(const RowDiffSides& sides, const RowDiffOptions& options, bool json)
{
  const char* other = json ? "--json" : sides.markdown ? "--markdown" : nullptr;
  if (options.csv && other != nullptr) {
    throw Error(ErrorKind::usage, std::string("--csv and ") + other + ": one answer has one form",
                "use one of them");
  }
}

}  // namespace

bool RowDiffOptions::given() const
{
  if (rows || !key.empty() || no_key) {
    if (!key.empty() && no_key) {
      throw Error(ErrorKind::usage, "--key and --no-key: rows are paired by a key or they are not",
                  "use one of them");
    }
    return true;
  }
  const char* lonely = !ignored.empty()      ? "--ignore-columns"
                       : !tolerances.empty() ? "--tolerance"
                       : limit               ? "--limit"
                       : csv                 ? "--csv"
                                             : nullptr;
  if (lonely != nullptr) {
    throw Error(ErrorKind::usage,
                std::string(lonely) + ": says how rows are compared, and they are not",
                "add --rows, or --key COLUMN,COLUMN");
  }
  return false;
}

void add_row_diff_options(CLI::App& command, RowDiffOptions& options)
{
  command.add_flag("--rows", options.rows,
                   "Compare the rows of two tables, paired by the smallest key that is found");
  command
      .add_option("--key", options.key,
                  "Compare rows, paired by these columns (separated by commas)")
      ->type_name("COLUMNS")
      ->allow_extra_args(false);
  command.add_flag("--no-key", options.no_key,
                   "Compare rows as a whole: which are there more often on one side");
  command
      .add_option("--ignore-columns", options.ignored,
                  "Rows: leave these columns out (separated by commas)")
      ->type_name("COLUMNS")
      ->allow_extra_args(false);
  command
      .add_option(
          "--tolerance", options.tolerances,
          "Rows: numbers may differ by so much, or by X% of the old one; of one column or all")
      ->type_name("[COLUMN=]X[%]")
      ->allow_extra_args(false);
  command
      .add_option("--limit", options.limit,
                  "Rows: show so many of each kind (default: 20, with --csv all)")
      ->type_name("N");
  command.add_flag("--csv", options.csv, "Rows: all differences as CSV, a line for each cell");
}

bool diff_rows_of(const RowDiffSides& sides, const RowDiffOptions& options, Project& project)
{
  const bool json = project.options().json;
  refuse_two_forms(sides, options, json);
  const analysis::RowDiffRequest request = request_of(sides, options, project);
  const TableScratch scratch(project);
  const analysis::AnalysisPorts ports = table_ports(project, scratch);
  if (options.csv) {
    CsvPrinter printer;
    const bool same = analysis::diff_rows(ports, scratch.limits(), request, printer).same;
    printer.finish();
    return same;
  }
  const model::RowDiff diff = analysis::diff_rows(ports, scratch.limits(), request);
  print(json ? format::to_json(diff)
             : render_row_diff(diff, sides.markdown ? Style::markdown : project.style()));
  return diff.same;
}

}  // namespace mlrepro::cli
