// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/file_access.hpp"

namespace mlrepro::plan {

// A folder or file whose content is the run's business.
struct AccessRoot {
  std::string path;  // absolute, as processes name it
  std::string name;  // absolute, as the record knows it: another one where `path` has no links
};

// Says of a path what becomes of an access to it (docs/tracing.md, "What counts").
class AccessRules {
 public:
  // `left_out` are absolute folders that never count, such as the store.
  AccessRules(std::vector<AccessRoot> roots, std::vector<std::string> left_out);

  // Of an absolute path without "." and "..".
  [[nodiscard]] model::Sighting look(std::string_view path) const;

 private:
  std::vector<AccessRoot> roots_;  // deeper ones first
  std::vector<std::string> left_out_;
};

// Whether a name is one that data has ("train.csv", "x.npy", "model.pt.gz"): such a file is an
// input even where the code snapshot has it too.
bool looks_like_data(std::string_view path);

}  // namespace mlrepro::plan
