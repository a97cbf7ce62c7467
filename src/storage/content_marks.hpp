// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "mlrepro/ports/object_collector.hpp"
#include "storage/pack_set.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Which records of a list of packs are needed, and by what. Records are marked from roots down:
// folders lead to what is in them, recipes to pieces, deltas to their bases.
class ContentMarks {
 public:
  enum Need : std::uint16_t {
    k_unneeded = 0,
    k_base = 0xfffd,     // only for what is stored as a difference from it
    k_stays = 0xfffe,    // unneeded, but its pack is left as it is
    k_content = 0xffff,  // something on record needs it
    // Below: one more than the number of a former root.
  };

  ContentMarks(std::shared_ptr<const PackList> list, const RecordReader& reader);

  // Content that records name, and everything that it needs; but for files and links in
  // `condemned`. Throws Error{corrupt} for a folder or a recipe that can't be read.
  void need(const std::vector<ports::ContentRoot>& roots, const std::set<model::Digest>& condemned);
  // Marks what is unneeded and was part of this.
  void explain(const ports::FormerRoot& former, std::size_t number);
  // What is unneeded in this pack stays, and what it is made of with it.
  void keep_rest(const Pack& pack);

  // The same for another list: packs in both keep their marks; what is in the others stays.
  [[nodiscard]] std::unique_ptr<ContentMarks> carried_to(
      std::shared_ptr<const PackList> list) const;

  [[nodiscard]] const PackList& list() const { return *list_; }
  // Of record `record` of the pack with this place in the list.
  [[nodiscard]] std::uint16_t mark(std::size_t pack, std::uint32_t record) const
  {
    return marks_[pack][record];
  }
  [[nodiscard]] std::uint16_t mark(const Pack& pack, std::uint32_t record) const
  {
    return marks_[list_->rank(pack)][record];
  }
  // Whether everything that a block is a difference from is needed itself.
  [[nodiscard]] bool has_needed_bases(const Pack& pack, std::uint32_t block) const;
  // What is needed and in none of the packs.
  [[nodiscard]] const std::set<model::Digest>& missing() const { return missing_; }

 private:
  struct Task {
    model::Digest key;
    Kinds kinds;
    std::uint16_t mark;
    bool folder;
  };
  void run(const std::set<model::Digest>* condemned);
  void visit(const Task& task);
  void follow_record(const Task& task, const RecordEntry& record);
  void follow_bases(const Pack& pack, const RecordEntry& record, std::uint16_t mark);

  std::shared_ptr<const PackList> list_;
  const RecordReader& reader_;
  std::vector<std::vector<std::uint16_t>> marks_;
  std::set<model::Digest> missing_;
  std::vector<Task> tasks_;
};

inline bool is_needed(std::uint16_t mark)
{
  return mark >= ContentMarks::k_base;
}

}  // namespace mlrepro::storage
