// SPDX-License-Identifier: Apache-2.0
#include "storage/local_store_optimizer.hpp"

#include <algorithm>
#include <array>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/pack_rewriter.hpp"
#include "storage/recompression.hpp"
#include "storage/store_locks.hpp"

namespace mlrepro::storage {
namespace {

using PackPtr = std::shared_ptr<const Pack>;

constexpr std::uint64_t k_small_pack = std::uint64_t{16} * 1024 * 1024;
constexpr std::uint64_t k_joined_bytes = std::uint64_t{512} * 1024 * 1024;
// A big pack of which less than this share can gain is not worth writing again.
constexpr std::uint64_t k_least_share = 20;

std::unique_ptr<StoreLock> keep_others_from_merging(const std::string& objects,
                                                    std::chrono::milliseconds patience)
{
  try {
    return StoreLock::take_alone(objects + "/merge.lock", patience);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::locked) {
      throw;
    }
    throw model::Error(model::ErrorKind::locked, "store: another process is exchanging packs",
                       "try again when it is done");
  }
}

class Choice {
 public:
  explicit Choice(int level) : level_(level) {}

  void consider(const PackPtr& pack, model::Optimization& result)
  {
    if (pack->is_damaged()) {
      ++result.packs_skipped;
      return;
    }
    try {
      const std::uint64_t gains = compressible_bytes(*pack, level_);
      if (pack->bytes() < k_small_pack) {
        join(pack, gains, result);
      } else if (gains * k_least_share >= pack->bytes()) {
        units_.push_back({pack});
      } else {
        ++result.packs_left;
      }
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
      ++result.packs_skipped;
    }
  }

  std::vector<std::vector<PackPtr>> finish(model::Optimization& result)
  {
    for (Joined& joined : joined_) {
      close(joined, result);
    }
    return std::move(units_);
  }

 private:
  struct Joined {
    std::vector<PackPtr> packs;
    std::uint64_t bytes = 0;
    std::uint64_t gains = 0;
  };

  void join(const PackPtr& pack, std::uint64_t gains, model::Optimization& result)
  {
    Joined& joined = joined_[static_cast<std::size_t>(pack->footer().pack_class())];
    if (joined.bytes + pack->bytes() > k_joined_bytes) {
      close(joined, result);
    }
    joined.packs.push_back(pack);
    joined.bytes += pack->bytes();
    joined.gains += gains;
  }

  void close(Joined& joined, model::Optimization& result)
  {
    if (joined.packs.size() > 1 || joined.gains > 0) {
      units_.push_back(std::move(joined.packs));
    } else {
      result.packs_left += joined.packs.size();
    }
    joined = {};
  }

  int level_;
  std::array<Joined, 2> joined_;
  std::vector<std::vector<PackPtr>> units_;
};

std::uint64_t bytes_of(const std::vector<PackPtr>& packs)
{
  std::uint64_t bytes = 0;
  for (const PackPtr& pack : packs) {
    bytes += pack->bytes();
  }
  return bytes;
}

}  // namespace

LocalStoreOptimizer::LocalStoreOptimizer(std::string objects, std::string temporary,
                                         unsigned threads)
    : objects_(std::move(objects)),
      temporary_(std::move(temporary)),
      threads_(threads),
      packs_(objects_ + "/packs"),
      reader_(packs_)
{
}

// The new pack holds every record of the old ones, so that readers and writers may go on.
bool LocalStoreOptimizer::exchange(const Packs& old, SealedPack pack)
{
  pack.sync();
  const auto keeping = StoreLock::take_shared_in_turn(objects_ + "/lock");
  const auto now = packs_.rescan();
  const bool all_there = std::all_of(old.begin(), old.end(), [&](const PackPtr& candidate) {
    return now->rank(*candidate) < now->packs().size();
  });
  if (!all_there) {
    return false;
  }
  replace_packs(packs_, old, std::move(pack));
  return true;
}

void LocalStoreOptimizer::rewrite(Packs packs, int level, ports::Reporter& reporter,
                                  model::Optimization& result)
{
  const Recompression how{level, threads_,
                          [&](std::uint64_t bytes) { reporter.advance(0, bytes); }};
  // What is to be destroyed must not be in a file that nobody knows yet: who removes content waits
  // for this pack, and has its turn before the next.
  const auto nobody_collects = StoreLock::take_shared_in_turn(objects_ + "/collect.lock");
  while (!packs.empty()) {
    Recompressed made = recompress(packs, how, reader_, temporary_);
    if (made.unreadable) {
      // It stays as it is, for 'verify' to name what is damaged and another copy to heal it.
      std::erase(packs, made.unreadable);
      ++result.packs_skipped;
      continue;
    }
    const std::uint64_t before = bytes_of(packs);
    const std::uint64_t after = made.pack->pack()->bytes();
    if (exchange(packs, std::move(*made.pack))) {
      result.packs_rewritten += packs.size();
      result.bytes_after = result.bytes_after - before + after;
    } else {
      result.packs_skipped += packs.size();
    }
    return;
  }
}

model::Optimization LocalStoreOptimizer::optimize(const ports::OptimizeRules& rules,
                                                  ports::Reporter& reporter)
{
  const auto merging = keep_others_from_merging(objects_, rules.patience);
  posix::make_folders(temporary_, 0700);
  Packs packs = packs_.rescan()->packs();
  // What was written together stays together.
  std::sort(packs.begin(), packs.end(),
            [](const PackPtr& a, const PackPtr& b) { return a->modified_ns() < b->modified_ns(); });
  model::Optimization result;
  result.level = rules.level;
  result.bytes_before = bytes_of(packs);
  result.bytes_after = result.bytes_before;
  Choice choice(rules.level);
  for (const PackPtr& pack : packs) {
    choice.consider(pack, result);
  }
  const auto units = choice.finish(result);
  std::uint64_t total = 0;
  for (const Packs& unit : units) {
    total += bytes_of(unit);
  }
  reporter.begin("compressing", total);
  for (const Packs& unit : units) {
    rewrite(unit, rules.level, reporter, result);
  }
  reporter.end();
  return result;
}

}  // namespace mlrepro::storage
