// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "cli/exit_code.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

// Of the words before the verb, these take the next word as their value.
bool takes_value(const std::string& word)
{
  return word == "-C" || word == "--store" || word == "--color";
}

std::vector<std::string> verbs_of(const CLI::App& app)
{
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// The place of the verb among the words; their number when there is none.
std::size_t find_verb(const std::vector<std::string>& words)
{
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (takes_value(words[i])) {
      ++i;
    } else if (!words[i].starts_with('-')) {
      return i;
    }
  }
  return words.size();
}

void check_verb(const CLI::App& app, const std::vector<std::string>& words)
{
  const std::size_t at = find_verb(words);
  const auto verbs = verbs_of(app);
  if (at == words.size() || std::find(verbs.begin(), verbs.end(), words[at]) != verbs.end()) {
    return;
  }
  std::string hint = plan::did_you_mean(words[at], verbs);
  throw Error(ErrorKind::usage, "'" + words[at] + "' is no verb of mlrepro",
              hint.empty() ? "see 'mlrepro --help'" : hint);
}

// Of `run`, everything behind "--" is the command's and none of our business.
std::vector<std::string> split_command(std::vector<std::string>& words)
{
  std::vector<std::string> command;
  const std::size_t verb = find_verb(words);
  if (verb == words.size() || words[verb] != "run") {
    return command;
  }
  const auto mark = std::find(words.begin(), words.end(), "--");
  if (mark != words.end()) {
    command.assign(mark + 1, words.end());
    words.erase(mark, words.end());
  }
  return command;
}

std::vector<std::string> option_names(const CLI::App& app)
{
  std::vector<std::string> names;
  for (const CLI::App* part = &app; part != nullptr; part = part->get_parent()) {
    for (const CLI::Option* option : part->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  }
  return names;
}

Error unexpected(const CLI::App& app)
{
  const CLI::App* command = &app;
  for (const CLI::App* chosen : app.get_subcommands()) {
    command = chosen;
  }
  const auto extras = app.remaining(true);
  const std::string word = extras.empty() ? "" : extras.front();
  const std::string bare = word.substr(0, word.find('='));
  std::string hint = plan::did_you_mean(bare, option_names(*command));
  if (hint.empty()) {
    hint = "see 'mlrepro " + command->get_name() + " --help'";
    if (command->get_name() == "run") {
      hint = "write the command behind '--': mlrepro run [OPTIONS] -- COMMAND";
    }
  }
  return {ErrorKind::usage, "'" + word + "' is not expected here", hint};
}

void add_global_options(CLI::App& app, GlobalOptions& options)
{
  app.add_option("-C", options.folder, "Act as if started in DIR")->type_name("DIR");
  app.add_option("--store", options.store, "Use the store in DIR (also $MLREPRO_STORE)")
      ->type_name("DIR");
  app.add_flag("--json", options.json, "Answer with one JSON document");
  app.add_flag("-q,--quiet", options.quiet, "No notes, no progress");
  app.add_flag("-v,--verbose", options.verbose, "Say more");
  app.add_option("--color", options.color, "auto, always or never (honours NO_COLOR)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
}

void report(const Error& error, bool json)
{
  if (json) {
    std::cerr << format::to_json(error);
    return;
  }
  std::cerr << "mlrepro: " << error.message() << "\n";
  if (!error.hint().empty()) {
    std::cerr << "hint: " << error.hint() << "\n";
  }
}

void enter_folder(const std::string& folder)
{
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) {
    posix::throw_errno("enter '" + folder + "'");
  }
}

int parse_and_act(CLI::App& app, std::vector<std::string>& words, const GlobalOptions& options,
                  const Action& chosen)
{
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app.parse(words);
  } catch (const CLI::CallForHelp& call) {
    return app.exit(call, std::cout, std::cerr);
  } catch (const CLI::CallForVersion& call) {
    return app.exit(call, std::cout, std::cerr);
  } catch (const CLI::ExtrasError&) {
    throw unexpected(app);
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::usage, error.what(), "see 'mlrepro --help'");
  }
  enter_folder(options.folder);
  Project project(options);
  return chosen(project);
}

}  // namespace

std::string help_footer(const std::vector<std::string>& examples)
{
  std::string text = "Examples:\n";
  for (const std::string& example : examples) {
    text += "  " + example + "\n";
  }
  return text + "\n" + exit_code_help();
}

void print(const std::string& text)
{
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    posix::throw_errno("write the answer");
  }
}

int run_cli(int argc, char** argv)
{
  std::vector<std::string> words(argv + 1, argv + std::max(argc, 1));
  const bool json = std::find(words.begin(), std::find(words.begin(), words.end(), "--"),
                              "--json") != words.end();
  try {
    GlobalOptions options;
    Action chosen;
    const std::vector<std::string> command = split_command(words);
    CLI::App app(
        "Record what a training run did, version its data, say why runs differ, and judge whether "
        "one can be "
        "reproduced.",
        "mlrepro");
    app.set_version_flag("--version", "mlrepro " MLREPRO_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    add_global_options(app, options);
    register_init(app, chosen);
    register_run(app, chosen, command);
    register_log(app, chosen);
    register_snapshot(app, chosen);
    register_list(app, chosen);
    register_show(app, chosen);
    register_diff(app, chosen);
    register_reproduce(app, chosen);
    register_restore(app, chosen);
    register_verify(app, chosen);
    for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
      verb->fallthrough();
    }
    app.footer(help_footer({"mlrepro run -i data/ -o model.pkl -- python train.py --lr 0.1",
                            "mlrepro list", "mlrepro diff @2 @1", "mlrepro reproduce @1",
                            "mlrepro snapshot data/"}));
    check_verb(app, words);
    return parse_and_act(app, words, options, chosen);
  } catch (const Error& error) {
    report(error, json);
    return static_cast<int>(exit_code_of(error.kind()));
  } catch (const std::bad_alloc&) {
    report(Error(ErrorKind::io, "out of memory"), json);
    return static_cast<int>(ExitCode::io);
  } catch (const std::exception& error) {
    report(Error(ErrorKind::io, std::string("unexpected: ") + error.what()), json);
    return static_cast<int>(ExitCode::io);
  }
}

}  // namespace mlrepro::cli
