// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <strings.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/text_table.hpp"
#include "cli/usage_errors.hpp"
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

// In `log metric NAME -inf` the number looks like an option; -1e999 is the same number and does
// not.
void spell_out_infinity(std::vector<std::string>& words)
{
  const std::size_t verb = find_verb(words);
  if (verb == words.size() || words[verb] != "log") {
    return;
  }
  const auto from = words.begin() + static_cast<std::ptrdiff_t>(verb);
  const auto mark = std::find(from, words.end(), "--");
  for (auto word = std::find(from, mark, "metric"); word != mark; ++word) {
    if (::strcasecmp(word->c_str(), "-inf") == 0 || ::strcasecmp(word->c_str(), "-infinity") == 0) {
      *word = "-1e999";
    }
  }
}

// "help VERB" is "VERB --help", and "help" alone the program's own.
void translate_help(std::vector<std::string>& words)
{
  const std::size_t verb = find_verb(words);
  if (verb < words.size() && words[verb] == "help") {
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(verb));
    words.emplace_back("--help");
  }
}

void add_global_options(CLI::App& app, GlobalOptions& options)
{
  app.add_option("-C", options.folder, "Act as if started in DIR")->type_name("DIR");
  app.add_option("--store", options.store,
                 "Use the store in DIR (default: $MLREPRO_STORE, else .mlrepro at the top)")
      ->type_name("DIR");
  app.add_flag("--json", options.json,
               "Answer with one JSON document; errors are JSON too, on stderr");
  app.add_flag("-q,--quiet", options.quiet, "No notes and no progress, only warnings and errors");
  app.add_flag("-v,--verbose", options.verbose,
               "Also say which store is used and what each step did");
  app.add_option("--color", options.color,
                 "Colours: auto (default; on a terminal, unless NO_COLOR is set), always or never")
      ->type_name("WHEN");
}

void check_global_options(const GlobalOptions& options)
{
  const std::vector<std::string> colours = {"auto", "always", "never"};
  if (std::find(colours.begin(), colours.end(), options.color) == colours.end()) {
    throw Error(ErrorKind::usage, "--color '" + options.color + "': none of auto, always and never",
                plan::did_you_mean(options.color, colours));
  }
  if (options.quiet && options.verbose) {
    throw Error(ErrorKind::usage, "-q and -v: one says less, the other more", "use one of them");
  }
}

void enter_folder(const std::string& folder)
{
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) {
    posix::throw_errno("enter '" + folder + "'");
  }
}

// Words that stand before the command of `run`, if there is one.
bool asks_for_json(const std::vector<std::string>& words)
{
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

int parse_and_act(CLI::App& app, std::vector<std::string>& words, const GlobalOptions& options,
                  const Action& chosen)
{
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return 0;
  } catch (const CLI::CallForVersion& call) {
    print(std::string(call.what()) + "\n");
    return 0;
  } catch (const CLI::ExtrasError&) {
    throw unexpected_word(app);
  } catch (const CLI::ParseError& error) {
    throw usage_error(app, error);
  }
  check_global_options(options);
  enter_folder(options.folder);
  Project project(options);
  return chosen(project);
}

struct Verb {
  std::string_view name;
  void (*add)(CLI::App&, Action&);  // nullptr: `run`, which has a command of its own
};
constexpr std::array k_verbs = {
    Verb{"init", register_init},
    Verb{"run", nullptr},
    Verb{"log", register_log},
    Verb{"snapshot", register_snapshot},
    Verb{"list", register_list},
    Verb{"show", register_show},
    Verb{"diff", register_diff},
    Verb{"query", register_query},
    Verb{"reproduce", register_reproduce},
    Verb{"explain", register_explain},
    Verb{"restore", register_restore},
    Verb{"verify", register_verify},
    Verb{"check", register_check},
    Verb{"forget", register_forget},
    Verb{"gc", register_gc},
    Verb{"optimize", register_optimize},
    Verb{"push", register_push},
    Verb{"pull", register_pull},
    Verb{"remote", register_remote},
    Verb{"export", register_export},
    Verb{"import", register_import},
    Verb{"server", register_server},
};

// All options of all verbs take longer to set up than many a verb takes to act: of the one that is
// called, only its own. All of them for a word that is none, and for help.
void register_verbs(CLI::App& app, Action& chosen, const std::vector<std::string>& command,
                    std::string_view called)
{
  const bool is_known = std::any_of(k_verbs.begin(), k_verbs.end(),
                                    [&](const Verb& verb) { return verb.name == called; });
  for (const Verb& verb : k_verbs) {
    if (is_known && verb.name != called) {
      continue;
    }
    if (verb.add == nullptr) {
      register_run(app, chosen, command);
    } else {
      verb.add(app, chosen);
    }
  }
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
    verb->fallthrough();
  }
}

int act(std::vector<std::string>& words, GlobalOptions& options)
{
  Action chosen;
  translate_help(words);
  const std::vector<std::string> command = split_command(words);
  spell_out_infinity(words);
  CLI::App app(
      "Records what a training run did, versions its data, says why two runs differ, and judges "
      "whether a run "
      "can be reproduced",
      "mlrepro");
  use_help_layout(app);
  app.set_version_flag("--version", "mlrepro " MLREPRO_VERSION, "Print the version");
  app.require_subcommand(1);
  add_global_options(app, options);
  const std::size_t verb = find_verb(words);
  register_verbs(app, chosen, command, verb < words.size() ? words[verb] : "");
  set_help(app, {"'mlrepro help VERB' has the options, examples and exit codes of a verb.\n"
                 "REF, wherever it is asked for, is a full id, a unique prefix of one, a name, @1 "
                 "(the newest run), @2 (the "
                 "one before), @EXPERIMENT:1, tag:KEY=VALUE, RUN:PATH (that run's input or "
                 "output), or a pointer file "
                 "(PATH.snap).",
                 {"mlrepro run -i data/ -o model.pkl -- python train.py --lr 0.1", "mlrepro list",
                  "mlrepro diff @2 @1", "mlrepro reproduce @1", "mlrepro snapshot data/"},
                 all_codes()});
  check_verb(app, words);
  if (words.empty()) {
    std::cerr << app.help();
    return static_cast<int>(ExitCode::usage);
  }
  return parse_and_act(app, words, options, chosen);
}

}  // namespace

void print(const std::string& text)
{
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    posix::throw_errno("write the answer");
  }
}

int fail(const Error& error, const GlobalOptions& options)
{
  if (options.json) {
    std::cerr << format::to_json(error);
  } else {
    const Style style = colour_style(options.color, STDERR_FILENO);
    std::cerr << paint("mlrepro:", Tone::bad, style) << " " << printable(error.message()) << "\n";
    if (!error.hint().empty()) {
      std::cerr << paint("hint:", Tone::accent, style) << " " << printable(error.hint()) << "\n";
    }
  }
  return static_cast<int>(exit_code_of(error.kind()));
}

int run_cli(int argc, char** argv)
{
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  GlobalOptions options;
  // Known before anything is parsed, so that what can't be parsed is answered in JSON, too.
  options.json = asks_for_json(words);
  try {
    return act(words, options);
  } catch (const Error& error) {
    return fail(error, options);
  } catch (const std::bad_alloc&) {
    return fail(Error(ErrorKind::io, "out of memory"), options);
  } catch (const std::exception& error) {
    return fail(Error(ErrorKind::io, std::string("unexpected: ") + error.what()), options);
  }
}

}  // namespace mlrepro::cli
