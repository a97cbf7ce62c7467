// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/diff_runs.hpp"

namespace mlrepro::cli {
namespace {

struct DiffOptions {
  std::string a;
  std::string b;
  bool all = false;
  bool patch = false;
  bool markdown = false;
  bool exit_code = false;
};

bool is_run(const tracking::Target& target)
{
  return target.run.has_value() && !target.data.has_value();
}

template <typename Diff>
int answer(const Diff& diff, const DiffOptions& options, Project& project)
{
  if (project.options().json) {
    print(format::to_json(diff));
  } else {
    print(render_diff(diff, options.markdown ? Style::markdown : project.style()));
  }
  return static_cast<int>(options.exit_code && !diff.same ? ExitCode::check_says_no : ExitCode::ok);
}

int diff(const DiffOptions& options, Project& project)
{
  if (options.markdown && project.options().json) {
    throw model::Error(model::ErrorKind::usage, "--markdown and --json: one answer has one form",
                       "use one of them");
  }
  tracking::Ports& ports = project.open_store();
  const tracking::Target a = tracking::resolve(ports, project.place(), options.a);
  const plan::List list = options.all ? plan::List::all : plan::List::differences;
  const tracking::Patch patch = options.patch ? tracking::Patch::yes : tracking::Patch::no;
  if (options.b.empty() && is_run(a)) {
    model::RunDiff result = tracking::diff_with_working_tree(
        ports, project.place(), *a.run, {list, patch, project.config().max_untracked_bytes});
    result.b = k_working_tree;
    return answer(result, options, project);
  }
  if (options.b.empty()) {
    const auto recorded = tracking::resolve_content(ports, project.place(), options.a);
    return answer(tracking::diff_with_path(ports, project.place(), recorded), options, project);
  }
  const tracking::Target b = tracking::resolve(ports, project.place(), options.b);
  if (is_run(a) != is_run(b)) {
    throw model::Error(
        model::ErrorKind::usage,
        "'" + options.a + "' and '" + options.b + "': a run and a snapshot can't be compared",
        "name the run's data with RUN:PATH");
  }
  if (is_run(a)) {
    return answer(tracking::diff_runs(ports, *a.run, *b.run, list, patch), options, project);
  }
  return answer(
      tracking::diff_contents(ports, tracking::resolve_content(ports, project.place(), options.a),
                              tracking::resolve_content(ports, project.place(), options.b)),
      options, project);
}

}  // namespace

void register_diff(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command =
      app.add_subcommand("diff", "Compare two runs, two snapshots, or one with the working tree");
  command->add_option("A", options->a, "A run, a snapshot or RUN:PATH")->required();
  command->add_option("B", options->b, "What to compare it with (default: the working tree)");
  command->add_flag("--all", options->all,
                    "List parameters, metrics, data and environment that are the same, too");
  command->add_flag("--patch", options->patch, "Show the changed lines of the code");
  command->add_flag("--markdown", options->markdown, "Answer in Markdown");
  command->add_flag("--exit-code", options->exit_code, "Exit with 1 when there are differences");
  set_help(
      *command,
      {"a is the first, b the second; differences of metrics are b - a, and relative to a.",
       {"mlrepro diff @2 @1", "mlrepro diff @1 --patch", "mlrepro diff @2:data/ @1:data/",
        "mlrepro diff data.snap", "mlrepro diff brave-otter calm-lynx --markdown > comparison.md",
        "mlrepro diff @2 @1 --json --exit-code"},
       store_codes({{ExitCode::ok, "done; with --exit-code: no difference"},
                    {ExitCode::check_says_no, "with --exit-code: there are differences"},
                    {ExitCode::external, "Git could not be read"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return diff(*options, project); };
  });
}

}  // namespace mlrepro::cli
