// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/verification.hpp"
#include "mlrepro/versioning/copies.hpp"

namespace mlrepro::versioning {

// A damaged object, and what is known of where it came from.
struct Lost {
  WantedObject wanted;
  model::Damage damage;
};

// Stores good copies of what is lost, and writes down in each damage what became of it. Only what
// reads back as it should counts as repaired. All of it becomes durable in one step; before that,
// nothing is changed. True when a folder is back, so that there is more to look at. Throws
// Error{io} when the store can't be written.
bool repair(const Ports& ports, ports::StoreCare& care, const std::vector<CopySource*>& copies,
            std::vector<Lost>& lost);

// What is wrong with an object, read to its end; absent when it is sound.
std::optional<std::string> problem_of(const Ports& ports, ports::ObjectKind kind,
                                      const model::Digest& digest, std::uint64_t& bytes);

// The same of an error that reading it gave.
std::string problem_text(const model::Error& error);

}  // namespace mlrepro::versioning
