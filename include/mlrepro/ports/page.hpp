// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mlrepro::ports {

enum class Lifecycle { active, deleted, all };

// A search in MLflow's language (docs/mlflow.md). What makes no sense is Error{usage}, in that
// protocol's words.
struct SearchRequest {
  std::vector<std::int64_t> experiments;  // of runs and logged models: those of other ones never
  std::string filter;
  std::vector<std::string> order;
  Lifecycle lifecycle = Lifecycle::active;
  std::size_t limit = 0;
  std::string after;  // `next` of the page before; Error{usage} when it is none of this search
};

template <typename Item>
struct Page {
  std::vector<Item> items;
  std::string next;  // empty: it was the last
};

}  // namespace mlrepro::ports
