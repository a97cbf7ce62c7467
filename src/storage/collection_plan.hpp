// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "mlrepro/ports/object_collector.hpp"
#include "storage/content_marks.hpp"
#include "storage/pack_rewriter.hpp"

namespace mlrepro::storage {

// What becomes of each pack of a list.
struct CollectionPlan {
  std::unique_ptr<ContentMarks> marks;
  std::vector<model::PackFate> fates;  // in the order of the list
  model::Collection summary;
};

CollectionPlan make_collection_plan(std::unique_ptr<ContentMarks> marks,
                                    const ports::RecordedContent& recorded,
                                    const ports::CollectionRules& rules);

// Adds what a later round removed to the result; how things stand is what it found last.
void add_round(model::Collection& result, const model::Collection& round);

// What becomes of a record when its pack is rewritten.
Fate fate_of_record(const ContentMarks& marks, const Pack& pack, std::uint32_t record, bool strict);

}  // namespace mlrepro::storage
