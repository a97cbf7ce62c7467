// SPDX-License-Identifier: Apache-2.0
#include "cli/table_profiles.hpp"

#include <optional>
#include <utility>

#include "cli/lines_below.hpp"
#include "cli/render_tables.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::cli {
namespace {

std::vector<analysis::ProfileResult> results_of(ProfilingSession& session,
                                                const StoredContent& content)
{
  return session.profiler.profile_all(content.root, content.snapshot,
                                      plan::base_name(content.path));
}

// Warns of what could not be read.
std::vector<model::TableProfile> profiles_in(std::vector<analysis::ProfileResult> results,
                                             Project& project)
{
  std::vector<model::TableProfile> tables;
  for (analysis::ProfileResult& result : results) {
    if (result.profile) {
      tables.push_back(std::move(*result.profile));
    } else {
      project.reporter().warn(result.problem);
    }
  }
  return tables;
}

// A page is made of what there still is: content that was damaged or forgotten is told and left
// out.
template <typename Take>
analysis::ProfiledData for_page(Project& project, const StoredContent& content, Take take)
{
  try {
    return {"snapshot", content.path, take()};
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::corrupt && error.kind() != model::ErrorKind::not_found) {
      throw;
    }
    project.reporter().warn("the tables of '" + content.path +
                            "' can't be read: " + error.message());
    return {"snapshot", content.path, {}};
  }
}

}  // namespace

ProfilingSession::ProfilingSession(Project& project)
    : scratch(project),
      profiler(table_ports(project, scratch), scratch.limits(), project.profiles(), {})
{
}

std::vector<model::TableProfile> profile_content(Project& project, const StoredContent& content,
                                                 Unreadable unreadable)
{
  ProfilingSession session(project);
  auto results = results_of(session, content);
  if (unreadable == Unreadable::fail && results.size() == 1 && !results.front().profile) {
    throw model::Error(model::ErrorKind::usage, results.front().problem);
  }
  if (results.empty()) {
    project.reporter().note("no table in '" + content.path +
                            "': tables are .csv, .tsv, .jsonl and .parquet files");
  }
  return profiles_in(std::move(results), project);
}

std::vector<model::TableProfile> known_profiles(Project& project, const StoredContent& content)
{
  return analysis::known_profiles(project.open_store(), project.profiles(), content.root,
                                  plan::base_name(content.path), {});
}

analysis::ProfiledData profiles_for_page(Project& project, const StoredContent& content)
{
  return for_page(project, content, [&] {
    return project.profiles().empty()
               ? analysis::KnownProfiles{}
               : analysis::find_profiles(project.open_store(), project.profiles(), content.root,
                                         plan::base_name(content.path), {});
  });
}

std::vector<analysis::ProfiledData> profiles_for_page(Project& project, const model::Run& run,
                                                      Profiles profiles)
{
  std::vector<analysis::ProfiledData> found;
  if (profiles == Profiles::known && project.profiles().empty()) {
    return found;
  }
  std::optional<ProfilingSession> session;
  const auto add = [&](const char* role, const model::RunData& data) {
    const auto snapshot =
        data.snapshot && data.stored
            ? ports::find_snapshot(project.open_store().data.snapshots, *data.snapshot)
            : std::nullopt;
    if (!snapshot) {
      return;
    }
    const StoredContent content{snapshot->root, *data.snapshot, data.path};
    if (profiles == Profiles::known) {
      found.push_back(profiles_for_page(project, content));
    } else {
      found.push_back(for_page(project, content, [&] {
        if (!session) {
          session.emplace(project);
        }
        return analysis::KnownProfiles{profiles_in(results_of(*session, content), project), 0};
      }));
    }
    found.back().role = role;
  };
  for (const model::RunData& input : run.inputs) {
    add("input", input);
  }
  for (const model::RunData& output : run.outputs) {
    add("output", output);
  }
  return found;
}

std::string profiles_text(const std::vector<model::TableProfile>& tables, Style style)
{
  const Bars bars = writes_utf8() ? Bars::blocks : Bars::ascii;
  std::string text;
  for (const model::TableProfile& table : tables) {
    text += "\n" + render_profile(table, bars, style, output_width());
  }
  return text;
}

}  // namespace mlrepro::cli
