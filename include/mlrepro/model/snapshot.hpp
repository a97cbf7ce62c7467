// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/query_result.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::model {

enum class Stored { content, identity_only };

// An immutable version of a file or folder. The id is the SHA-256 of the encoded root entry
// (docs/format.md), so equal content has an equal id wherever it lies. One Snapshot value is one
// dated entry in a dataset's line.
struct Snapshot {
  Digest id;
  std::string name;  // the dataset's name; empty: the path names it
  std::string path;  // relative to the top of the project, or absolute when outside
  Timestamp created_at;
  TreeEntry root;
  std::uint64_t stored_bytes = 0;  // what its content takes in the store
  std::uint64_t new_bytes = 0;     // what taking it added to the store
  Stored stored = Stored::content;
  std::string source_kind = "path";  // "path" or the kind of a query's source
  std::optional<std::string> source_uri;
  std::optional<std::string> source_query;
  std::optional<RunId> run = {};  // whose input or output this entry is; absent: taken by itself
  std::optional<Timestamp> forgotten = {};  // when some of its content was destroyed
  std::optional<QueryResult> result = {};   // of a query
};

}  // namespace mlrepro::model
