// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/explanation.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::reproduction {

// Two runs as the parts that can be exchanged between them. The configuration is the command line
// with what belongs to it, and the values in parameter files: these lie in the code, and go with
// the configuration all the same.
class Mixing {
 public:
  // Throws Error{not_found} where a parameter file is not in the code.
  Mixing(const tracking::Ports& ports, const model::Run& a, const model::Run& b);

  // In which the two differ; what can't change numbers does not count.
  [[nodiscard]] const std::vector<model::Factor>& factors() const { return factors_; }
  // Whether the environments differ, so that each has to be made.
  [[nodiscard]] bool needs_rebuild() const;
  // A run to be replayed, with these factors from b and the others from a. What is made for it is
  // in the store when this returns.
  [[nodiscard]] model::Run mix(const std::vector<model::Factor>& from_b) const;
  // Names what a mixture consists of: equal texts give equal replays.
  [[nodiscard]] std::string identity(const model::Run& mixture) const;

 private:
  void find_factors();
  [[nodiscard]] bool code_differs() const;
  [[nodiscard]] model::Digest code_with_parameters(const model::Run& code,
                                                   const model::Run& parameters) const;

  const tracking::Ports& ports_;
  const model::Run& a_;
  const model::Run& b_;
  std::vector<model::Factor> factors_;
};

}  // namespace mlrepro::reproduction
