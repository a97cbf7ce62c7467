// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/ports/object_collector.hpp"
#include "storage/pack_set.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Collects the garbage of a LocalObjectStore. What is needed is marked and packs are written anew
// beside other processes; only to exchange packs the collector is alone for a moment, and looks
// once more at what became needed since (docs/format.md, "Removal").
class LocalCollector final : public ports::ObjectCollector {
 public:
  LocalCollector(std::string objects, std::string temporary, std::string trash);

  [[nodiscard]] model::Collection survey(const ports::RecordedContent& recorded,
                                         const ports::CollectionRules& rules) override;
  model::Collection collect(const std::function<ports::RecordedContent()>& read_records,
                            const ports::CollectionRules& rules) override;

 private:
  std::string objects_;
  std::string temporary_;
  std::string trash_;
  PackSet packs_;
  RecordReader reader_;
};

}  // namespace mlrepro::storage
