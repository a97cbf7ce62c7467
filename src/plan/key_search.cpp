// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/key_search.hpp"

#include <algorithm>
#include <unordered_set>

namespace mlrepro::plan {
namespace {

// Looking at a set takes as long as its sample is large; beyond this many, wide tables would take
// longer than reading them.
constexpr std::size_t k_max_looks = 20'000;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t cell)
{
  hash = (hash ^ cell) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 32);
}

bool is_unique(const std::vector<HashedRow>& sample, const ColumnSet& columns)
{
  std::unordered_set<std::uint64_t> seen;
  seen.reserve(sample.size());
  return std::all_of(sample.begin(), sample.end(), [&](const HashedRow& row) {
    std::uint64_t hash = 0;
    for (const std::size_t column : columns) {
      hash = mixed(hash, row[column]);
    }
    return seen.insert(hash).second;
  });
}

// The next choice of as many of `count` things, in the order of a dictionary; false after the last.
bool next_choice(std::vector<std::size_t>& choice, std::size_t count)
{
  for (std::size_t i = choice.size(); i-- > 0;) {
    if (choice[i] + (choice.size() - i) < count) {
      ++choice[i];
      for (std::size_t j = i + 1; j < choice.size(); ++j) {
        choice[j] = choice[j - 1] + 1;
      }
      return true;
    }
  }
  return false;
}

}  // namespace

bool may_be_key(ColumnKind kind)
{
  return kind == ColumnKind::integer || kind == ColumnKind::huge || is_time(kind) ||
         kind == ColumnKind::text || kind == ColumnKind::truth;
}

std::vector<ColumnSet> key_candidates(const std::vector<HashedRow>& sample_a,
                                      const std::vector<HashedRow>& sample_b,
                                      const ColumnSet& eligible)
{
  std::vector<ColumnSet> found;
  std::size_t looks = 0;
  for (std::size_t size = 1; size <= std::min(k_max_key_columns, eligible.size()); ++size) {
    std::vector<std::size_t> choice(size);
    for (std::size_t i = 0; i < size; ++i) {
      choice[i] = i;
    }
    do {
      ColumnSet columns;
      for (const std::size_t place : choice) {
        columns.push_back(eligible[place]);
      }
      if (is_unique(sample_a, columns) && is_unique(sample_b, columns)) {
        found.push_back(std::move(columns));
      }
      if (found.size() == k_max_key_candidates || ++looks == k_max_looks) {
        return found;
      }
    } while (next_choice(choice, eligible.size()));
  }
  return found;
}

}  // namespace mlrepro::plan
