// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "mlrepro/ports/object_collector.hpp"
#include "storage/pack_set.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Folders of a store.
struct SweepPlaces {
  std::string objects;
  std::string temporary;
  std::string trash;
};

// What goes of what nobody has used since a time.
std::function<bool(model::Timestamp)> expiry(const ports::CollectionRules& rules);

// Removes what `read_records` does not name; as ObjectCollector::collect says.
model::Collection sweep(const SweepPlaces& places, PackSet& packs, const RecordReader& reader,
                        const ports::CollectionRules& rules,
                        const std::function<ports::RecordedContent()>& read_records);

}  // namespace mlrepro::storage
