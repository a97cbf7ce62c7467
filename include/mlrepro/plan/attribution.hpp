// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace mlrepro::plan {

// Which of `factors` a mixture takes from the second of two runs: bit i stands for factor i.
using Mixture = std::uint32_t;

// The largest number of factors that all mixtures of are taken: 32 values.
inline constexpr std::size_t k_most_factors = 5;

// Of factors i < j: how much more, or less, both do together than each does alone.
struct Interaction {
  std::size_t first = 0;
  std::size_t second = 0;
  double value = 0;
};

struct Attribution {
  // Shapley values (L. S. Shapley, A Value for n-Person Games, 1953): each factor's mean effect
  // over all orders in which the factors can be exchanged. They sum up to value(all) - value(none).
  std::vector<double> contributions;
  // Shapley interaction indices of all pairs (M. Grabisch, M. Roubens, 1999).
  std::vector<Interaction> interactions;
};

// `value` is asked for every mixture of the factors, 1 to k_most_factors of them.
Attribution attribute(std::size_t factors, const std::function<double(Mixture)>& value);

}  // namespace mlrepro::plan
