// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/model/report.hpp"

namespace mlrepro::format {

// The document that a page shows, on one line (docs/reports.md). No '<', '>' or '&' is in it, and
// no U+2028 or U+2029: as JSON has escapes for them, it can stand in a script element.
std::string to_json(const model::Report& report);

// Error{external} where the program was built without the page.
void require_report_page();

// A page that needs nothing else: HTML with its style, its script and the document in it. Throws as
// require_report_page does.
std::string report_page(const model::Report& report);

// How every page begins, so that one can be told from a file of the user.
inline constexpr std::string_view k_report_page_start =
    "<!doctype html>\n<!-- mlrepro report -->\n";

}  // namespace mlrepro::format
