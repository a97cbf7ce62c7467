// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/project.hpp"
#include "cli/text_table.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"

// What `list` of runs, snapshots and experiments share.
namespace mlrepro::cli {

struct ListOptions {
  std::string what = "runs";
  std::string filter;
  std::string sort;
  std::string experiment;
  std::string parent;
  std::string after;
  std::vector<std::string> columns;
  std::string group;  // a column
  std::string limit = "50";
  bool ascending = false;
  bool csv = false;
  bool watch = false;
};

struct Page {
  std::size_t offset = 0;
  std::size_t limit = 0;  // 0: all
};

Page page_of(const ListOptions& options);

// Cuts a list that was read from its first item on, and says where the next page begins.
template <typename Item>
std::optional<std::string> cut(std::vector<Item>& items, const Page& page)
{
  items.erase(items.begin(),
              items.begin() + static_cast<std::ptrdiff_t>(std::min(page.offset, items.size())));
  if (page.limit == 0 || items.size() <= page.limit) {
    return std::nullopt;
  }
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(page.limit), items.end());
  return std::to_string(page.offset + page.limit);
}

void tell_more(Project& project, const std::optional<std::string>& next);

// A page of runs, as the database has them, and where the next one begins.
struct RunPage {
  std::vector<model::Run> runs;
  std::optional<std::string> next;
};
RunPage load_page(const tracking::Ports& ports, const tracking::Place& place,
                  const ListOptions& options, const Page& page);

// Throws Error{usage} for a column that neither the shown runs nor others have.
void check_columns(const tracking::Ports& ports, const std::vector<std::string>& columns,
                   const std::vector<model::Run>& shown);

// The table, in groups where that was asked for.
std::string table_of(const std::vector<model::Run>& runs, const ListOptions& options, Style style);

int list_runs(const ListOptions& options, Project& project);

// Draws the table again whenever it has changed, until the user ends it.
int watch_runs(const ListOptions& options, Project& project);

}  // namespace mlrepro::cli
