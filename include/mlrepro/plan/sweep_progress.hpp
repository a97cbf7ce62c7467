// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mlrepro/model/run.hpp"

namespace mlrepro::plan {

enum class ItemState {
  waiting,  // never started, or nothing is on record of it
  running,  // says the record
  finished,
  failed,       // by itself; run again only when asked for
  interrupted,  // ended from outside or lost; run again when the sweep goes on
};

// How far one of a sweep's runs has come.
struct ItemProgress {
  ItemState state = ItemState::waiting;
  std::size_t attempts = 0;
  std::optional<model::RunId> run = {};  // of the last attempt
};

ItemState state_of(const model::Run& run);

// By number from 1, at index 0 and on. `runs` are those whose parent is the sweep, in any order;
// replays among them do not count.
std::vector<ItemProgress> sweep_progress(std::uint64_t size, const std::vector<model::Run>& runs);

// What a shell makes of the end of a run: its exit code, 128 + n after signal n, 124 after its time
// limit is not on record and counts as the signal that ended it.
int exit_code_of(const model::Run& run);

}  // namespace mlrepro::plan
