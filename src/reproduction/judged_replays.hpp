// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/plan/judge.hpp"
#include "mlrepro/reproduction/reproduce.hpp"
#include "reproduction/replay.hpp"

namespace mlrepro::reproduction {

// The replays of one run, looked into as they come.
class JudgedReplays {
 public:
  // Both outlive it.
  JudgedReplays(const tracking::Ports& ports, const ReproduceRequest& request);

  // False: it did not end as the record did, so that no other replay would help.
  bool add(Replayed replay);
  // Puts the verdict on record, too. There is at least one replay.
  model::Reproduction conclude(model::Timestamp started);

 private:
  [[nodiscard]] std::vector<model::OutputCheck> outputs_of(const model::Run& recorded,
                                                           const model::Run& replay) const;

  const tracking::Ports& ports_;
  const ReproduceRequest& request_;
  plan::JudgeRequest judged_;
};

}  // namespace mlrepro::reproduction
