// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::sqlite {

// What was imported, and what it was where it came from: a digest of all that was said of it.
// NULL in `state`: not all of it could be read.
inline constexpr const char* k_imports_schema = R"sql(
CREATE TABLE imported_runs (
  run INTEGER PRIMARY KEY REFERENCES runs(number) ON DELETE CASCADE,
  state TEXT
);
CREATE TABLE imported_logged_models (
  model INTEGER PRIMARY KEY REFERENCES logged_models(number) ON DELETE CASCADE,
  state TEXT
);
CREATE TABLE imported_registered_models (
  model INTEGER PRIMARY KEY REFERENCES registered_models(number) ON DELETE CASCADE,
  state TEXT
);
)sql";

}  // namespace mlrepro::sqlite
