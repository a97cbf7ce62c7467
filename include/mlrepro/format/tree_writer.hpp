// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/manifest.hpp"

namespace mlrepro::format {

// Where a big folder is cut (docs/format.md, "Trees"). Part of the format: never changed.
inline constexpr std::size_t k_max_node_entries = 4096;
inline constexpr std::size_t k_min_part_entries = 256;

// Writes the nodes of one folder while its entries come in; holds at most k_max_node_entries of
// them. The same entries always give the same nodes.
class TreeWriter {
 public:
  // Stores or only names the bytes of one node.
  using Put = std::function<model::Digest(const std::string& bytes)>;

  explicit TreeWriter(Put put) : put_(std::move(put)) {}

  // In ascending order of the names.
  void add(model::TreeEntry entry);
  // The folder, without a name.
  model::TreeEntry finish();
  [[nodiscard]] bool empty() const { return total_.entries == 0; }

 private:
  void add_to_part(model::TreeEntry entry);
  void cut_leaf();
  std::vector<model::TreePart> join_parts(const std::vector<model::TreePart>& parts,
                                          unsigned level);

  Put put_;
  std::vector<model::TreeEntry> pending_;
  std::vector<model::TreePart> parts_;
  model::TreePart total_;
  bool split_ = false;
};

}  // namespace mlrepro::format
