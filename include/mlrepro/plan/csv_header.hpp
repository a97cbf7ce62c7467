// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// Whether the quotes in a beginning of CSV are all closed, so that a record may end here.
bool is_whole_record(std::string_view text);

// What separates the cells of a header: of comma, semicolon, tab and bar the one that is there most
// often outside quotes, the first of them where none is.
char csv_delimiter(std::string_view header);

// The names in a header, quoted as in RFC 4180. A column without a name gets "column" and its
// place, counted from 0. Error{usage} for text behind a closing quote, for a zero byte in a name
// and for two columns of the same name, also where only the case differs.
std::vector<std::string> csv_columns(std::string_view header, char delimiter);

}  // namespace mlrepro::plan
