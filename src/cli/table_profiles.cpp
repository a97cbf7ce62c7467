// SPDX-License-Identifier: Apache-2.0
#include "cli/table_profiles.hpp"

#include "cli/render_tables.hpp"
#include "cli/table_scratch.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/analysis/profile.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::cli {

std::vector<model::TableProfile> profile_content(Project& project, const StoredContent& content,
                                                 Unreadable unreadable)
{
  tracking::Ports& ports = project.open_store();
  const TableScratch scratch(project);
  analysis::Profiler profiler({ports, project.table_engine(), scratch.data()}, scratch.limits(),
                              project.profiles(), {});
  std::vector<model::TableProfile> tables;
  const auto results =
      profiler.profile_all(content.root, content.snapshot, plan::base_name(content.path));
  for (const analysis::ProfileResult& result : results) {
    if (result.profile) {
      tables.push_back(*result.profile);
    } else if (unreadable == Unreadable::fail && results.size() == 1) {
      throw model::Error(model::ErrorKind::usage, result.problem);
    } else {
      project.reporter().warn(result.problem);
    }
  }
  if (results.empty()) {
    project.reporter().note("no table in '" + content.path +
                            "': tables are .csv, .tsv, .jsonl and .parquet files");
  }
  return tables;
}

std::vector<model::TableProfile> known_profiles(Project& project, const StoredContent& content)
{
  return analysis::known_profiles(project.open_store(), project.profiles(), content.root,
                                  plan::base_name(content.path), {});
}

std::string profiles_text(const std::vector<model::TableProfile>& tables, Style style)
{
  const Bars bars = writes_utf8() ? Bars::blocks : Bars::ascii;
  std::string text;
  for (const model::TableProfile& table : tables) {
    text += "\n" + render_profile(table, bars, style);
  }
  return text;
}

}  // namespace mlrepro::cli
