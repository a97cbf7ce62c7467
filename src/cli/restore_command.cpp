// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/versioning/restore.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct RestoreOptions {
  std::string reference;
  std::vector<std::string> paths;
  std::string to;
  bool force = false;
  bool exact = false;
  std::string link = "auto";
};

struct Source {
  model::TreeEntry root;
  std::string target;
};

versioning::Link parse_link(const std::string& word)
{
  const std::map<std::string, versioning::Link> links = {{"auto", versioning::Link::automatic},
                                                         {"copy", versioning::Link::copy},
                                                         {"reflink", versioning::Link::reflink},
                                                         {"hardlink", versioning::Link::hardlink}};
  const auto found = links.find(word);
  if (found == links.end()) {
    std::vector<std::string> words;
    for (const auto& [name, link] : links) {
      words.push_back(name);
    }
    throw Error(ErrorKind::usage, "--link '" + word + "': not auto, reflink, hardlink or copy",
                plan::did_you_mean(word, words));
  }
  return found->second;
}

// A run without a path means its code, which must not land on the working tree unasked.
Source find_source(const RestoreOptions& options, Project& project, tracking::Ports& ports)
{
  const std::string to = options.to.empty() ? "" : plan::join_path(project.place().cwd, options.to);
  const tracking::Target target = tracking::resolve(ports, project.place(), options.reference);
  if (target.run && !target.data) {
    if (!target.run->code.digest) {
      throw Error(ErrorKind::not_found, "run " + target.run->name + ": its code was not recorded");
    }
    if (to.empty()) {
      throw Error(ErrorKind::usage,
                  "run " + target.run->name + ": restoring its code needs --to DIR",
                  "or name one of its inputs or outputs: " + options.reference + ":PATH");
    }
    Source source;
    source.root.type = model::EntryType::folder;
    source.root.digest = *target.run->code.digest;
    source.target = to;
    return source;
  }
  const auto content = tracking::resolve_content(ports, project.place(), options.reference);
  if (!content.stored) {
    throw Error(ErrorKind::not_found,
                "reference '" + options.reference +
                    "': only its identity is recorded, its content is not in the store");
  }
  return {content.root, to.empty() ? plan::absolute_path(project.place().top, content.path) : to};
}

int restore(const RestoreOptions& options, Project& project)
{
  if (options.exact && !options.paths.empty()) {
    throw Error(ErrorKind::usage,
                "--exact: removes all that is not restored, so no part can be named");
  }
  const versioning::Link link = parse_link(options.link);
  tracking::Ports& ports = project.open_store();
  const Source source = find_source(options, project, ports);
  const auto existing = options.force ? ports::Existing::replace : ports::Existing::refuse;
  const auto others = options.exact ? ports::Others::remove : ports::Others::keep;
  const auto result = versioning::restore(ports.data, source.root,
                                          {source.target, options.paths, existing, others, link});
  if (project.options().json) {
    print(format::restored_to_json(result.target,
                                   {result.files, result.bytes, result.kept, result.linked}));
  } else {
    std::string text = printable(plan::recorded_path(project.place().cwd, result.target)) + "  ";
    text += result.files == 0 ? "nothing to write"
                              : files_text(result.files, result.bytes) + " written";
    text += result.linked == 0 ? "" : ", " + std::to_string(result.linked) + " linked";
    text += result.kept == 0 ? "" : ", " + std::to_string(result.kept) + " already right";
    print(text + "\n");
  }
  return 0;
}

}  // namespace

void register_restore(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* command =
      app.add_subcommand("restore", "Bring back a snapshot, a run's data or a run's code");
  command
      ->add_option("REF", options->reference,
                   "A snapshot, RUN:PATH, a pointer file, or a run for its code")
      ->required();
  command->add_option("PATH", options->paths, "Only these parts of it");
  command->add_option("--to", options->to, "Restore to here (default: to where it was)")
      ->type_name("DIR");
  command->add_flag("--force", options->force, "Overwrite files that have other content");
  command->add_flag("--exact", options->exact,
                    "Also remove what the snapshot does not have, without asking");
  command
      ->add_option(
          "--link", options->link,
          "How files come to their content: copy, reflink, hardlink (read-only, shared with "
          "the store), or auto: a copy, as reflink where that is to be had (default)")
      ->type_name("HOW");
  set_help(*command,
           {"All of it appears, verified, or nothing does. What is there already and right is left "
            "alone, what is "
            "not part of it stays, but for --exact. A run's code never goes over your working "
            "tree: it needs --to.",
            {"mlrepro restore data.snap", "mlrepro restore data.snap 2021/sales.csv --force",
             "mlrepro restore data.snap --to /scratch/job-7 --link hardlink",
             "mlrepro restore @2:data/sales.csv --to old-sales.csv",
             "mlrepro restore brave-otter train.py --to code-of-otter"},
            store_codes({{ExitCode::conflict,
                          "conflict: a file with other content is in the way, see --force"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return restore(*options, project); };
  });
}

}  // namespace mlrepro::cli
