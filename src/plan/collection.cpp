// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/collection.hpp"

namespace mlrepro::plan {
namespace {

constexpr std::uint64_t k_small_pack = std::uint64_t{16} * 1024 * 1024;
constexpr std::uint64_t k_worthwhile_share = 10;  // one part in so many

}  // namespace

model::PackFate fate_of_pack(const model::PackUse& use, Thoroughness thoroughness)
{
  if (use.needed == 0) {
    return model::PackFate::remove;
  }
  if (use.must_change) {
    return model::PackFate::rewrite;
  }
  if (use.unneeded == 0) {
    return model::PackFate::leave;
  }
  const std::uint64_t bytes = use.needed_bytes + use.unneeded_bytes;
  const bool worthwhile = bytes < k_small_pack || use.unneeded_bytes >= bytes / k_worthwhile_share;
  return worthwhile || thoroughness == Thoroughness::complete ? model::PackFate::rewrite
                                                              : model::PackFate::leave;
}

bool is_expired(model::Timestamp trashed, model::Timestamp now, std::int64_t grace_ms)
{
  return now.ms - trashed.ms >= grace_ms;
}

}  // namespace mlrepro::plan
