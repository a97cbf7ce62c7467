// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::plan {

// The one query in a text: without white space around it and a semicolon at its end. Error{usage}
// when there is none, when a second statement follows, and when it begins with a word that queries
// do not begin with (SELECT, WITH, VALUES, TABLE, FROM), or has a part that writes (INTO but as a
// column's name or in UNPIVOT, and INSERT, UPDATE, DELETE or MERGE behind WITH). Comments, quotes
// of all kinds and dollar-quotes are understood, dialects are not: the source has the last word.
std::string single_query(std::string_view sql);

// For a query of single_query whose database is not known. Error{usage} for comments, quotes and
// blanks that databases read differently, behind which a statement could hide from single_query,
// and for words that begin a statement where no semicolon is needed.
void check_any_dialect(std::string_view sql);

// True when the query says in which order its rows come: ORDER BY outside of parentheses.
bool has_order(std::string_view sql);

// The query as it is kept. In literals, quoted names and comments, URLs are without credentials and
// 'key=value' words without the values of secret keys ("password=x" in a call of dblink,
// "password": "x" in JSON); so are arguments by a secret name (password => 'x'). Other text as it
// is.
std::string scrub_query(std::string_view sql);

// Whether credentials were taken out of a kept query in such a way that it can't be asked again;
// without those of its comments it can.
bool lacks_credentials(std::string_view sql);

}  // namespace mlrepro::plan
