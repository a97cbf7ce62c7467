// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "mlrepro/analysis/report.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/plan/drift.hpp"

namespace mlrepro::analysis {
namespace {

constexpr std::size_t k_cells = 20;

std::string name_of(const ProfiledData& data, const model::TableProfile& table)
{
  return table.path.empty() ? data.path : data.path + "/" + table.path;
}

model::ReportTable drawn(const model::TableProfile& profile)
{
  model::ReportTable table{profile, {}};
  for (const model::ColumnProfile& column : profile.columns) {
    table.pictures.push_back(plan::draw_column(column, profile, k_cells));
  }
  return table;
}

}  // namespace

void add_profiles(const std::vector<ProfiledData>& data, const ReportLimits& limits,
                  model::Report& report)
{
  std::size_t room = limits.profiled_columns;
  std::size_t unknown = 0;
  std::size_t dropped = 0;
  for (const ProfiledData& item : data) {
    unknown += item.profiles.unknown;
    model::ReportTables tables{item.role, item.path, {}};
    for (const model::TableProfile& profile : item.profiles.tables) {
      if (room == 0) {
        ++dropped;
        continue;
      }
      model::TableProfile shown = profile;
      shown.columns.resize(std::min(shown.columns.size(), room));
      room -= shown.columns.size();
      if (shown.columns.size() < profile.columns.size()) {
        report.notes.push_back(
            "Of table '" + name_of(item, profile) +
            "': " + format::counted(profile.columns.size() - shown.columns.size(), "column") +
            " left out: 'mlrepro show REF --profile --json' has those of a snapshot or RUN:PATH.");
      }
      tables.tables.push_back(drawn(shown));
    }
    if (!tables.tables.empty()) {
      report.sides.front().tables.push_back(std::move(tables));
    }
  }
  if (dropped > 0) {
    report.notes.push_back("Profiles of " + format::counted(dropped, "table") +
                           " left out: there are " +
                           format::counted(limits.profiled_columns, "column") + " already.");
  }
  if (unknown > 0) {
    report.notes.push_back("Of " + format::counted(unknown, "table") +
                           " no profile is known; 'mlrepro show --profile --html' takes them.");
  }
}

}  // namespace mlrepro::analysis
