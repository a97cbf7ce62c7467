// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// One snap('reference') of a query.
struct SnapCall {
  std::string reference;
  std::string view;  // the name that stands in its place, in quotes there

  bool operator==(const SnapCall&) const = default;
};

struct QueryText {
  std::string sql;              // one statement, with names of views in place of the calls
  std::vector<SnapCall> snaps;  // each reference once, in the order in which they come
  std::set<std::string> words;  // every name in it, those without quotes in lower case
};

// Reads the calls of snap() out of SQL, never in texts, comments or quoted names. Error{usage} for
// anything but one statement that only reads, and for a call of snap() with other than one text.
QueryText parse_query(std::string_view sql);

}  // namespace mlrepro::plan
