// SPDX-License-Identifier: Apache-2.0
#include "storage/collection_plan.hpp"

#include <algorithm>

namespace mlrepro::storage {
namespace {

using model::PackFate;

constexpr const char* k_nameless = "no record names it, as after an interrupted command";
constexpr const char* k_only_base = "other content was stored as what differs from it";

bool is_object(RecordKind kind)
{
  return kind != RecordKind::piece;
}

// Former roots of one reason are one line of the summary.
void add_leftover(model::Collection& summary, const model::Leftover& leftover)
{
  if (leftover.objects == 0 && leftover.bytes == 0) {
    return;
  }
  summary.objects += leftover.objects;
  summary.bytes += leftover.bytes;
  auto& lines = summary.leftovers;
  const auto same = std::find_if(lines.begin(), lines.end(),
                                 [&](const auto& line) { return line.reason == leftover.reason; });
  if (same == lines.end()) {
    lines.push_back(leftover);
  } else {
    same->objects += leftover.objects;
    same->bytes += leftover.bytes;
  }
}

class Planner {
 public:
  Planner(CollectionPlan& plan, const ports::RecordedContent& recorded,
          const ports::CollectionRules& rules)
      : plan_(plan), recorded_(recorded), rules_(rules)
  {
  }

  // A pack that is left keeps what is unneeded in it, and with it what that is made of: other
  // packs may then be left, too.
  void settle()
  {
    const auto& packs = marks().list().packs();
    plan_.fates.assign(packs.size(), PackFate::rewrite);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < packs.size(); ++i) {
        if (plan_.fates[i] == PackFate::leave) {
          continue;
        }
        const model::PackUse use = use_of(i);
        plan_.fates[i] = is_untouchable(*packs[i]) ? PackFate::leave : rules_.fate_of_pack(use);
        if (plan_.fates[i] == PackFate::leave && use.unneeded > 0) {
          marks().keep_rest(*packs[i]);
          changed = true;
        }
      }
    }
  }

  void count()
  {
    std::vector<model::Leftover> leftovers(recorded_.former.size() + 2);
    for (std::size_t i = 0; i < recorded_.former.size(); ++i) {
      leftovers[i].reason = recorded_.former[i].reason;
    }
    leftovers[recorded_.former.size()].reason = k_nameless;
    leftovers.back().reason = k_only_base;
    const auto& packs = marks().list().packs();
    for (std::size_t i = 0; i < packs.size(); ++i) {
      plan_.summary.packs_removed += plan_.fates[i] == PackFate::remove ? 1U : 0U;
      plan_.summary.packs_rewritten += plan_.fates[i] == PackFate::rewrite ? 1U : 0U;
      for (std::uint32_t record = 0; record < packs[i]->footer().record_count(); ++record) {
        count_record(i, record, leftovers);
      }
    }
    for (model::Leftover& leftover : leftovers) {
      add_leftover(plan_.summary, leftover);
    }
    std::stable_sort(plan_.summary.leftovers.begin(), plan_.summary.leftovers.end(),
                     [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  }

 private:
  [[nodiscard]] ContentMarks& marks() const { return *plan_.marks; }

  // What a damaged footer says about a pack is not all that is in it.
  [[nodiscard]] bool is_untouchable(const Pack& pack) const
  {
    return pack.is_damaged() && !rules_.strict;
  }

  [[nodiscard]] model::PackUse use_of(std::size_t index) const
  {
    const Pack& pack = *marks().list().packs()[index];
    model::PackUse use;
    for (std::uint32_t i = 0; i < pack.footer().record_count(); ++i) {
      const RecordEntry record = pack.footer().record(i);
      const std::uint64_t bytes = pack.stored_bytes(record);
      if (fate_of_record(marks(), pack, i, rules_.strict) == Fate::drop) {
        ++use.unneeded;
        use.unneeded_bytes += bytes;
        use.must_change = use.must_change || rules_.strict;
      } else {
        ++use.needed;
        use.needed_bytes += bytes;
        use.must_change =
            use.must_change || (rules_.strict && !marks().has_needed_bases(pack, record.block));
      }
    }
    return use;
  }

  void count_record(std::size_t index, std::uint32_t number,
                    std::vector<model::Leftover>& leftovers) const
  {
    const Pack& pack = *marks().list().packs()[index];
    const RecordEntry record = pack.footer().record(number);
    const std::uint16_t mark = marks().mark(index, number);
    const std::uint64_t bytes = pack.stored_bytes(record);
    if (fate_of_record(marks(), pack, number, rules_.strict) != Fate::drop) {
      (mark == ContentMarks::k_stays ? plan_.summary.left_bytes : plan_.summary.needed_bytes) +=
          bytes;
      return;
    }
    const std::size_t nameless = recorded_.former.size();
    const std::size_t group = is_needed(mark)                               ? nameless + 1
                              : mark == 0 || mark > recorded_.former.size() ? nameless
                                                                            : mark - std::size_t{1};
    leftovers[group].objects += is_object(record.kind) ? 1U : 0U;
    leftovers[group].bytes += bytes;
  }

  CollectionPlan& plan_;
  const ports::RecordedContent& recorded_;
  const ports::CollectionRules& rules_;
};

}  // namespace

void add_round(model::Collection& result, const model::Collection& round)
{
  for (const model::Leftover& leftover : round.leftovers) {
    add_leftover(result, leftover);
  }
  result.packs_removed += round.packs_removed;
  result.packs_rewritten += round.packs_rewritten;
  result.rescued += round.rescued;
  result.packs_skipped = round.packs_skipped;
  result.left_bytes = round.left_bytes;
  result.needed_bytes = round.needed_bytes;
}

Fate fate_of_record(const ContentMarks& marks, const Pack& pack, std::uint32_t record, bool strict)
{
  const std::uint16_t mark = marks.mark(pack, record);
  if (!is_needed(mark) || (strict && mark != ContentMarks::k_content)) {
    return Fate::drop;
  }
  const bool as_piece =
      mark == ContentMarks::k_base && pack.footer().record(record).kind == RecordKind::blob;
  return as_piece ? Fate::keep_as_piece : Fate::keep;
}

CollectionPlan make_collection_plan(std::unique_ptr<ContentMarks> marks,
                                    const ports::RecordedContent& recorded,
                                    const ports::CollectionRules& rules)
{
  CollectionPlan plan;
  plan.marks = std::move(marks);
  for (std::size_t i = 0; i < recorded.former.size(); ++i) {
    plan.marks->explain(recorded.former[i], i);
  }
  Planner planner(plan, recorded, rules);
  planner.settle();
  planner.count();
  return plan;
}

}  // namespace mlrepro::storage
