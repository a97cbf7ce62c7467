// SPDX-License-Identifier: Apache-2.0
#include "cli/scan_command.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <optional>

#include "cli/help.hpp"
#include "cli/text_table.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "posix/local_file_tree.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

using format::ScannedScalar;
using model::Error;
using model::ErrorKind;

struct ScanOptions {
  std::shared_ptr<const std::string> run;
  std::string file;
  std::vector<std::string> templates;
};

class StandardInput final : public ports::ByteSource {
 public:
  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), stdin);
    if (size == 0 && std::ferror(stdin) != 0) {
      posix::throw_errno("read the standard input");
    }
    return size;
  }
};

class Scan {
 public:
  explicit Scan(model::ScalarRules rules) : rules_(std::move(rules)) {}

  void read(ports::ByteSource& text, const std::string& source)
  {
    format::ScalarReader reader(rules_, [&](const format::TextScalar& found) {
      found_.push_back({found, source, std::string(found.pattern)});
    });
    std::array<std::byte, 65536> buffer{};
    while (const std::size_t size = text.read(buffer)) {
      reader.feed({reinterpret_cast<const char*>(buffer.data()), size});
    }
    reader.finish();
  }

  [[nodiscard]] const std::vector<ScannedScalar>& found() const { return found_; }

 private:
  model::ScalarRules rules_;
  std::vector<ScannedScalar> found_;
};

void scan_run(Scan& scan, tracking::Ports& ports, const model::Run& run)
{
  const ports::LogFiles files = ports.live.paths(run.id).logs;
  const auto read = [&](const std::string& path, const std::optional<model::Digest>& digest,
                        const std::string& source) {
    if (digest) {
      scan.read(*ports::open_recorded(ports.data.objects, ports::ObjectKind::blob, *digest),
                source);
    } else if (ports.data.files.stat(path, ports::FollowLinks::no)) {
      scan.read(*ports.data.files.open(path), source);
    }
  };
  read(files.stdout_path, run.logs.stdout_digest, "text:stdout");
  read(files.stderr_path, run.logs.stderr_digest, "text:stderr");
}

void scan_file(Scan& scan, const Project& project, const std::string& file)
{
  if (file == "-") {
    StandardInput input;
    scan.read(input, "text:-");
    return;
  }
  const posix::LocalFileTree files;
  const std::string path = plan::join_path(project.place().cwd, file);
  if (!files.stat(path, ports::FollowLinks::yes)) {
    throw Error(ErrorKind::not_found, "'" + file + "': nothing there");
  }
  scan.read(*files.open(files.resolve(path)), "text:" + file);
}

std::string render_found(const std::vector<ScannedScalar>& found, Style style)
{
  TextTable table({"from", "line", "metric", "value", "step", "pattern"},
                  {Align::left, Align::right, Align::left, Align::right, Align::right});
  for (const ScannedScalar& one : found) {
    table.add({one.source.substr(one.source.find(':') + 1), std::to_string(one.scalar.line),
               Cell(one.scalar.key, Tone::strong), format::to_text(one.scalar.value),
               one.scalar.step ? std::to_string(*one.scalar.step) : "", one.pattern});
  }
  return table.render(style);
}

std::string render_patterns(const model::ScalarRules& rules, Style style)
{
  TextTable table({"pattern", "", "such as", "finds"});
  for (const format::ScalarPattern& pattern : format::scalar_patterns()) {
    table.add({Cell(std::string(pattern.name), Tone::strong),
               format::is_on(rules, pattern) ? "on" : "off", std::string(pattern.example),
               std::string(pattern.finds)});
  }
  for (const std::string& text : rules.templates) {
    table.add({Cell("template", Tone::strong), "on", text, ""});
  }
  return table.render(style);
}

// Of a run, those that it was recorded with: today's may be others. One that was recorded without
// any can only be shown by today's.
model::ScalarRules rules_for(const ScanOptions& options, Project& project,
                             const std::optional<model::Run>& run)
{
  format::check_scalar_rules({{}, options.templates});
  model::ScalarRules rules = run && !run->scalars.empty() ? run->scalars : project.config().scalars;
  rules.templates.insert(rules.templates.begin(), options.templates.begin(),
                         options.templates.end());
  return rules;
}

int scan(const ScanOptions& options, Project& project)
{
  const bool json = project.options().json;
  if (!options.file.empty() && !options.run->empty()) {
    throw Error(ErrorKind::usage, "FILE and --run: one text at a time", "use one of them");
  }
  std::optional<model::Run> run;
  if (!options.run->empty()) {
    run = tracking::resolve_run(project.open_store(), project.place(), *options.run);
  }
  const model::ScalarRules rules = rules_for(options, project, run);
  if (options.file.empty() && !run) {
    print(json ? format::patterns_to_json(rules) : render_patterns(rules, project.style()));
    return 0;
  }
  if (run && run->scalars.empty()) {
    project.reporter().note("run " + run->name +
                            " was recorded without patterns: this is what today's find");
  }
  Scan found(rules);
  if (run) {
    scan_run(found, project.open_store(), *run);
  } else {
    scan_file(found, project, options.file);
  }
  if (!json && found.found().empty()) {
    project.reporter().note("no metrics found");
    return 0;
  }
  print(json ? format::scan_to_json(found.found()) : render_found(found.found(), project.style()));
  return 0;
}

}  // namespace

void register_scan(CLI::App& log, std::shared_ptr<const std::string> run, Action& chosen)
{
  auto options = std::make_shared<ScanOptions>();
  options->run = std::move(run);
  CLI::App* command = log.add_subcommand(
      "scan", "Show which metrics would be found in a text, without recording anything");
  command->fallthrough();
  command->add_option("FILE", options->file, "The text; - is the standard input");
  command
      ->add_option("--template", options->templates,
                   "Try a pattern of your own, such as \"val acc {val_acc} at step {step}\"")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  set_help(
      *command,
      {"Reads FILE by the patterns of mlrepro.toml, or with --run REF the output of that run by "
       "those that the run was recorded with, and says of each metric which "
       "line and which pattern it comes from. With neither, it lists the patterns. "
       "[scalars] in mlrepro.toml switches patterns on and off and has templates "
       "(docs/scalars.md).",
       {"mlrepro log scan", "mlrepro log scan train.log", "mlrepro log scan --run @1",
        "mlrepro log scan train.log --template \"acc {acc} after {step}\""},
       store_codes()});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return scan(*options, project); };
  });
}

}  // namespace mlrepro::cli
