// SPDX-License-Identifier: Apache-2.0
#include "storage/sweep.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"
#include "storage/collection_plan.hpp"
#include "storage/linked_files.hpp"
#include "storage/pack_batch.hpp"
#include "storage/pack_names.hpp"
#include "storage/store_locks.hpp"
#include "storage/trash.hpp"

namespace mlrepro::storage {
namespace {

using model::PackFate;
using ports::CollectionRules;
using ports::RecordedContent;
using PackPtr = std::shared_ptr<const Pack>;

// What is written anew before the store is locked and packs are exchanged: bounds the room that
// takes on the disk.
constexpr std::uint64_t k_round_bytes = std::uint64_t{1024} * 1024 * 1024;

std::int64_t size_of(const Pack& pack)
{
  return static_cast<std::int64_t>(pack.bytes());
}

// One pack that goes, and what takes its place.
struct Exchange {
  PackPtr old;
  std::optional<SealedPack> kept;
  std::optional<SealedPack> dropped;  // for the trash, where only a part of the pack goes
};

class Sweep {
 public:
  Sweep(SweepPlaces places, PackSet& packs, const RecordReader& reader,
        const CollectionRules& rules, const std::function<RecordedContent()>& read_records)
      : places_(std::move(places)),
        packs_(packs),
        reader_(reader),
        rules_(rules),
        read_records_(read_records),
        trash_(places_.trash)
  {
  }

  model::Collection run()
  {
    const auto collecting =
        StoreLock::take_alone(places_.objects + "/collect.lock", rules_.patience);
    posix::make_folders(places_.temporary, 0700);
    if (rules_.strict) {
      alone_ = take_store();
    }
    mark();
    exchange_all();
    model::Collection result = plan_.summary;
    // What is kept of a rewritten block is stored plainly: what it was a difference from may be
    // free now. Every round drops records, so there is a last one.
    while (std::exchange(rewritten_, false) && !rules_.strict) {
      mark();
      exchange_all();
      add_round(result, plan_.summary);
    }
    alone_.reset();
    const std::uint64_t emptied = trash_.empty(expiry(rules_));
    result.applied = true;
    result.emptied_bytes = emptied;
    const LinkedFiles linked(places_.objects + "/linked", places_.temporary);
    // Under its name in the store, destroyed content would still be there for all.
    result.linked_bytes =
        rules_.strict ? linked.remove_all() : linked.remove_unused(expiry(rules_));
    const std::int64_t freed = freed_ + static_cast<std::int64_t>(emptied + result.linked_bytes);
    result.freed_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(freed, 0));
    for (const Trash::Batch& batch : trash_.batches()) {
      result.trash_bytes += batch.bytes;
    }
    return result;
  }

 private:
  [[nodiscard]] std::unique_ptr<StoreLock> take_store() const
  {
    return StoreLock::take_alone(places_.objects + "/lock", rules_.patience);
  }

  // Content that is needed and only in the trash comes back first: a record may have been restored
  // from a copy of the database.
  void mark()
  {
    std::uint64_t rescued = 0;
    while (true) {
      const RecordedContent recorded = read_records_();
      auto marks = std::make_unique<ContentMarks>(packs_.rescan(), reader_);
      std::optional<model::Error> trouble;
      try {
        marks->need(recorded.needed, recorded.condemned);
      } catch (const model::Error& error) {
        trouble = error;
      }
      if (const std::uint64_t found = rescue(marks->missing())) {
        rescued += found;
        continue;
      }
      if (trouble) {
        throw model::Error(*trouble);
      }
      plan_ = make_collection_plan(std::move(marks), recorded, rules_);
      plan_.summary.rescued = rescued;
      return;
    }
  }

  std::uint64_t rescue(const std::set<model::Digest>& missing)
  {
    const auto found = missing.empty() ? std::vector<std::string>() : trash_.packs_with(missing);
    for (const std::string& path : found) {
      const std::string name = path.substr(path.rfind('/') + 1);
      move_pack(path, packs_.folder() + "/" + name);
    }
    if (!found.empty()) {
      posix::sync_folder(packs_.folder());
    }
    return found.size();
  }

  void exchange_all()
  {
    const auto& packs = plan_.marks->list().packs();
    std::vector<PackPtr> round;
    for (std::size_t i = 0; i < packs.size(); ++i) {
      if (plan_.fates[i] == PackFate::remove) {
        round.push_back(packs[i]);
      }
    }
    if (!rules_.strict) {
      exchange(std::exchange(round, {}));
    }
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < packs.size(); ++i) {
      if (plan_.fates[i] != PackFate::rewrite) {
        continue;
      }
      round.push_back(packs[i]);
      bytes += packs[i]->bytes();
      if (bytes >= k_round_bytes && !rules_.strict) {
        exchange(std::exchange(round, {}));
        bytes = 0;
      }
    }
    exchange(round);
  }

  void exchange(const std::vector<PackPtr>& round)
  {
    std::vector<Exchange> exchanges;
    for (const PackPtr& pack : round) {
      if (auto prepared = prepare(pack)) {
        exchanges.push_back(std::move(*prepared));
      }
    }
    if (exchanges.empty()) {
      return;
    }
    const auto alone = rules_.strict ? nullptr : take_store();
    if (!rules_.strict) {
      drop_outdated(exchanges);
    }
    publish(exchanges);
  }

  [[nodiscard]] Fate fate_of(const ContentMarks& marks, const Pack& pack,
                             std::uint32_t record) const
  {
    return fate_of_record(marks, pack, record, rules_.strict);
  }

  std::optional<Exchange> prepare(const PackPtr& pack)
  {
    Exchange exchange{pack, std::nullopt, std::nullopt};
    const std::size_t place = plan_.marks->list().rank(*pack);
    if (plan_.fates[place] == PackFate::remove) {
      return exchange;
    }
    try {
      exchange.kept = rewrite(pack, [this](const Pack& in, std::uint32_t record) {
        return fate_of(*plan_.marks, in, record);
      });
    } catch (const model::Error& error) {
      // Damage stays where it is, for 'verify' to name it and another copy to heal it.
      if (!is_about_content(error) || rules_.strict) {
        throw;
      }
      ++plan_.summary.packs_skipped;
      --plan_.summary.packs_rewritten;
      return std::nullopt;
    }
    if (rules_.use_trash && !rules_.strict) {
      prepare_trash(exchange);
    }
    return exchange;
  }

  void prepare_trash(Exchange& exchange)
  {
    try {
      exchange.dropped = rewrite(exchange.old, [this](const Pack& in, std::uint32_t record) {
        return fate_of(*plan_.marks, in, record) == Fate::keep ? Fate::drop : Fate::keep;
      });
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
    }
  }

  std::optional<SealedPack> rewrite(const PackPtr& pack, Judge judge)
  {
    Rewriting rewriting{std::move(judge)};
    if (rules_.strict) {
      rewriting.can_copy = [this](const Pack& in, std::uint32_t block) {
        return plan_.marks->has_needed_bases(in, block);
      };
    }
    auto sealed = rewrite_packs({pack}, rewriting, reader_, places_.temporary);
    if (sealed) {
      sealed->sync();
    }
    return sealed;
  }

  // While nobody else can name content: what became needed since the marking, and packs that
  // others merged meanwhile, are left for another time.
  void drop_outdated(std::vector<Exchange>& exchanges)
  {
    const RecordedContent recorded = read_records_();
    const auto now = plan_.marks->carried_to(packs_.rescan());
    now->need(recorded.needed, recorded.condemned);
    for (bool changed = true; changed;) {
      changed = std::erase_if(exchanges, [&](const Exchange& exchange) {
                  const bool outdated = is_outdated(exchange, *now);
                  plan_.summary.packs_skipped += outdated ? 1U : 0U;
                  return outdated;
                }) > 0;
    }
  }

  bool is_outdated(const Exchange& exchange, ContentMarks& now) const
  {
    const Pack& pack = *exchange.old;
    if (now.list().rank(pack) == now.list().packs().size()) {
      return true;
    }
    for (std::uint32_t i = 0; i < pack.footer().record_count(); ++i) {
      if (fate_of(*plan_.marks, pack, i) != fate_of(now, pack, i)) {
        now.keep_rest(pack);
        return true;
      }
    }
    return false;
  }

  void publish(std::vector<Exchange>& exchanges)
  {
    std::vector<SealedPack> kept;
    std::vector<SealedPack> dropped;
    std::set<std::string> fresh;
    for (Exchange& exchange : exchanges) {
      if (exchange.kept) {
        freed_ -= size_of(*exchange.kept->pack());
        fresh.insert(pack_path(packs_.folder(), exchange.kept->id()));
        kept.push_back(std::move(*exchange.kept));
        rewritten_ = true;
      }
      if (exchange.dropped) {
        freed_ -= size_of(*exchange.dropped->pack());
        dropped.push_back(std::move(*exchange.dropped));
      }
    }
    publish_packs(kept, packs_.folder());
    publish_packs(dropped, trash_.folder_for(rules_.now));
    bool moved = false;
    for (const Exchange& exchange : exchanges) {
      freed_ += size_of(*exchange.old);
      const std::string& path = exchange.old->path();
      if (fresh.contains(path)) {
        continue;
      }
      const bool whole = !exchange.kept &&
                         plan_.fates[plan_.marks->list().rank(*exchange.old)] == PackFate::remove;
      if (whole && rules_.use_trash && !rules_.strict) {
        const std::string folder = trash_.folder_for(rules_.now);
        posix::make_folders(folder, 0700);
        move_pack(path, folder + path.substr(path.rfind('/')));
        freed_ -= size_of(*exchange.old);
        moved = true;
      } else if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        posix::throw_errno("remove pack '" + path + "'");
      }
    }
    if (moved) {
      posix::sync_folder(trash_.folder_for(rules_.now));
      posix::sync_folder(places_.trash);
    }
    posix::sync_folder(packs_.folder());
    (void)packs_.rescan();
  }

  static void move_pack(const std::string& from, const std::string& to)
  {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      posix::throw_errno("move pack '" + from + "' to '" + to + "'");
    }
  }

  SweepPlaces places_;
  PackSet& packs_;
  const RecordReader& reader_;
  const CollectionRules& rules_;
  const std::function<RecordedContent()>& read_records_;
  Trash trash_;
  std::unique_ptr<StoreLock> alone_;
  CollectionPlan plan_;
  bool rewritten_ = false;  // a pack, since the last marking
  std::int64_t freed_ = 0;  // below 0 when the trash takes more than it was in the packs
};

}  // namespace

// What goes of what nobody has used since a time.
std::function<bool(model::Timestamp)> expiry(const CollectionRules& rules)
{
  const bool everything = rules.strict || !rules.use_trash;
  return everything ? [](model::Timestamp) { return true; } : rules.is_expired;
}

model::Collection sweep(const SweepPlaces& places, PackSet& packs, const RecordReader& reader,
                        const CollectionRules& rules,
                        const std::function<RecordedContent()>& read_records)
{
  return Sweep(places, packs, reader, rules, read_records).run();
}

}  // namespace mlrepro::storage
