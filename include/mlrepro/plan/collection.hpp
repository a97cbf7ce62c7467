// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/model/collection.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::plan {

enum class Thoroughness {
  worthwhile,  // a big pack is rewritten only when enough of it is unneeded
  complete,    // nothing unneeded stays
};

// Rewriting copies what is needed: a big pack has to give back at least a tenth of its size.
model::PackFate fate_of_pack(const model::PackUse& use, Thoroughness thoroughness);

// Whether what was put into the trash then has been there for `grace_ms`.
bool is_expired(model::Timestamp trashed, model::Timestamp now, std::int64_t grace_ms);

}  // namespace mlrepro::plan
