// SPDX-License-Identifier: Apache-2.0
#include "cli/html_report.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>

#include "cli/commands.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/report_page.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/diff_runs.hpp"
#include "posix/atomic_file.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

bool is_report(const std::string& path)
{
  const posix::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string start(format::k_report_page_start.size(), '\0');
  return file.is_open() &&
         ::read(file.get(), start.data(), start.size()) == static_cast<ssize_t>(start.size()) &&
         start == format::k_report_page_start;
}

void check_file(const HtmlOptions& options, const Project& project)
{
  const std::string path = plan::join_path(project.place().cwd, options.file);
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::usage, "--html '" + options.file + "': " + why,
                "name a file in a folder that can be written to");
  };
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode)) {
      refuse("not a regular file");
    }
    if (!options.force && !is_report(path)) {
      throw Error(ErrorKind::conflict,
                  "--html '" + options.file + "': is there and is no report of mlrepro",
                  "name another file, or overwrite it with --force");
    }
  }
  if (::access(plan::join_path(path, "..").c_str(), W_OK | X_OK) != 0) {
    refuse(std::strerror(errno));
  }
}

void write_page(model::Report report, const HtmlOptions& options, Project& project)
{
  report.version = MLREPRO_VERSION;
  const std::string page = format::report_page(report);
  if (options.instead_of_answer()) {
    print(page);
    return;
  }
  posix::replace_file(plan::join_path(project.place().cwd, options.file), page);
  project.reporter().note("wrote " + options.file + ", " + format::human_bytes(page.size()));
}

void take_tables(const std::vector<model::DataDiff>& from, std::vector<model::DataDiff>& to)
{
  for (const model::DataDiff& source : from) {
    for (model::DataDiff& target : to) {
      if (target.path == source.path) {
        target.tables = source.tables;
      }
    }
  }
}

model::RunDiff with_tables_of(const model::RunDiff& answer, model::RunDiff diff)
{
  take_tables(answer.inputs, diff.inputs);
  take_tables(answer.outputs, diff.outputs);
  return diff;
}

}  // namespace

void add_html_options(CLI::App& command, HtmlOptions& options)
{
  command
      .add_option(
          "--html", options.file,
          "Also write a page with tables, curves, pictures and changed lines, to be looked at "
          "in a browser; '-': to stdout, instead of the answer")
      ->type_name("FILE");
  command.add_flag("--force", options.force, "With --html: overwrite a file that is no report");
}

void check_html(const HtmlOptions& options, Project& project)
{
  if (!options.wanted()) {
    if (options.force) {
      throw Error(ErrorKind::usage, "--force: only with --html", "say what to write: --html FILE");
    }
    return;
  }
  format::require_report_page();
  if (!options.instead_of_answer()) {
    check_file(options, project);
  } else if (project.options().json) {
    throw Error(ErrorKind::usage, "--html - and --json: one answer has one form",
                "name a file: --html report.html");
  }
}

void write_html(const model::Run& run, const std::vector<analysis::ProfiledData>& tables,
                const HtmlOptions& options, Project& project)
{
  if (options.wanted()) {
    model::Report report = analysis::report_run(project.open_store(), run);
    analysis::add_profiles(tables, {}, report);
    write_page(std::move(report), options, project);
  }
}

void write_html(const NamedSnapshot& named, const analysis::ProfiledData& tables,
                const HtmlOptions& options, Project& project)
{
  if (options.wanted()) {
    model::Report report =
        analysis::report_snapshot(project.open_store(), named.snapshot, named.name);
    analysis::add_profiles({tables}, {}, report);
    write_page(std::move(report), options, project);
  }
}

void write_html(const RunPair& runs, const model::RunDiff& answer, const HtmlOptions& options,
                Project& project)
{
  if (!options.wanted()) {
    return;
  }
  tracking::Ports& ports = project.open_store();
  model::RunDiff diff = with_tables_of(
      answer, tracking::diff_runs(ports, runs.a, runs.b, plan::List::all, tracking::Patch::yes));
  write_page(analysis::report_runs(ports, runs.a, runs.b, std::move(diff)), options, project);
}

void write_html(const model::Run& run, const model::RunDiff& answer, const HtmlOptions& options,
                Project& project)
{
  if (!options.wanted()) {
    return;
  }
  tracking::Ports& ports = project.open_store();
  model::RunDiff diff = with_tables_of(
      answer, tracking::diff_with_working_tree(
                  ports, project.place(), run,
                  {plan::List::all, tracking::Patch::yes, project.config().max_untracked_bytes}));
  diff.b = answer.b;
  write_page(analysis::report_working_tree(ports, run, std::move(diff)), options, project);
}

void write_html(const ContentPair& contents, const model::SnapshotDiff& answer,
                const HtmlOptions& options, Project& project)
{
  if (options.wanted()) {
    write_page(analysis::report_contents(project.open_store(), contents.a, contents.b, answer),
               options, project);
  }
}

void write_html(const analysis::NamedContent& content, const model::SnapshotDiff& answer,
                const HtmlOptions& options, Project& project)
{
  if (options.wanted()) {
    write_page(analysis::report_content_now(project.open_store(), content, k_working_tree, answer),
               options, project);
  }
}

}  // namespace mlrepro::cli
