// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/ports/object_collector.hpp"
#include "storage/known_trees.hpp"
#include "storage/pack_set.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Everything that roots lead to: folders to what is in them, big files to their pieces. Each object
// is looked at once, however many roots have it.
class ContentClosure {
 public:
  // All outlive it.
  ContentClosure(PackSet& packs, const RecordReader& reader) : packs_(packs), reader_(reader) {}

  // Content that is passed over, and not missed.
  void forbid(const std::set<model::Digest>& content);
  // Folders that are not looked into, and not missed either.
  void know(KnownTrees whole) { known_ = std::move(whole); }
  // Records that are as good as missing, by what is wrong with them.
  void distrust(std::unordered_map<model::Digest, std::string> records)
  {
    distrusted_ = std::move(records);
  }
  // Adds the records of these; where something is missing, none of them, and the answer says what.
  std::optional<std::string> add(const std::vector<ports::ContentRoot>& roots);
  // In the order in which they were found.
  [[nodiscard]] const std::vector<RecordLocation>& records() const { return records_; }
  // Forbidden content that was met.
  [[nodiscard]] const std::set<model::Digest>& passed_over() const { return passed_over_; }

 private:
  enum class State { whole, incomplete };

  State visit(const model::Digest& digest, Kinds kinds);
  State visit_new(const model::Digest& digest, Kinds kinds);
  State visit_folder(const model::Digest& digest);
  State visit_pieces(const model::Digest& file);
  State miss(const std::string& what);
  [[nodiscard]] std::optional<RecordLocation> find(const model::Digest& key, Kinds kinds);
  void take_back(std::size_t from);

  PackSet& packs_;
  const RecordReader& reader_;
  std::set<model::Digest> forbidden_;
  std::set<model::Digest> passed_over_;
  KnownTrees known_;
  std::unordered_map<model::Digest, std::string> distrusted_;
  std::unordered_map<model::Digest, State> objects_;
  std::unordered_map<model::Digest, bool> pieces_;  // whether it is there
  std::vector<RecordLocation> records_;
  std::optional<std::string> missing_;
  int depth_ = 0;  // of folders that are being looked at
};

}  // namespace mlrepro::storage
