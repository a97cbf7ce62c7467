// SPDX-License-Identifier: Apache-2.0
#include "storage/content_marks.hpp"

#include <algorithm>
#include <map>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/previous_version.hpp"

namespace mlrepro::storage {
namespace {

constexpr Kinds k_blobs = Kinds(RecordKind::blob) | RecordKind::recipe;
constexpr Kinds k_bases = Kinds(RecordKind::blob) | RecordKind::piece;
constexpr Kinds k_nodes = RecordKind::tree;
constexpr Kinds k_any_object = k_blobs | RecordKind::tree;

bool is_unreadable(const model::Error& error)
{
  return error.kind() == model::ErrorKind::not_found || error.kind() == model::ErrorKind::corrupt;
}

[[noreturn]] void throw_unknown_needs(const model::Digest& key, const std::string& why)
{
  throw model::Error(
      model::ErrorKind::corrupt,
      "object '" + key.hex() + "' can't be read, so that what it needs is not known: " + why,
      "'mlrepro verify' says which runs and snapshots it touches; forget them, or restore the "
      "store from a copy");
}

}  // namespace

ContentMarks::ContentMarks(std::shared_ptr<const PackList> list, const RecordReader& reader)
    : list_(std::move(list)), reader_(reader)
{
  for (const auto& pack : list_->packs()) {
    marks_.emplace_back(pack->footer().record_count(), k_unneeded);
  }
}

void ContentMarks::need(const std::vector<ports::ContentRoot>& roots,
                        const std::set<model::Digest>& condemned)
{
  for (const ports::ContentRoot& root : roots) {
    tasks_.push_back({root.digest, root.folder ? k_nodes : k_any_object, k_content, root.folder});
    run(&condemned);
  }
}

void ContentMarks::explain(const ports::FormerRoot& former, std::size_t number)
{
  const auto mark = static_cast<std::uint16_t>(std::min<std::size_t>(number + 1, k_base - 1));
  tasks_.push_back({former.root.digest, k_any_object, mark, false});
  run(nullptr);
}

void ContentMarks::keep_rest(const Pack& pack)
{
  const std::size_t index = list_->rank(pack);
  for (std::uint32_t i = 0; i < pack.footer().record_count(); ++i) {
    if (is_needed(marks_[index][i])) {
      continue;
    }
    const RecordEntry record = pack.footer().record(i);
    marks_[index][i] = k_stays;
    follow_bases(pack, record, k_stays);
    follow_record({record.key, record.kind, k_stays, false}, record);
  }
  run(nullptr);
}

std::unique_ptr<ContentMarks> ContentMarks::carried_to(std::shared_ptr<const PackList> list) const
{
  auto carried = std::make_unique<ContentMarks>(std::move(list), reader_);
  std::map<std::uint64_t, std::size_t> known;
  for (std::size_t i = 0; i < list_->packs().size(); ++i) {
    known.emplace(list_->packs()[i]->serial(), i);
  }
  std::vector<std::shared_ptr<const Pack>> fresh;
  for (std::size_t i = 0; i < carried->list_->packs().size(); ++i) {
    const auto& pack = carried->list_->packs()[i];
    if (const auto at = known.find(pack->serial()); at != known.end()) {
      carried->marks_[i] = marks_[at->second];
    } else {
      fresh.push_back(pack);
    }
  }
  for (const auto& pack : fresh) {
    carried->keep_rest(*pack);
  }
  return carried;
}

bool ContentMarks::has_needed_bases(const Pack& pack, std::uint32_t block) const
{
  const auto bases = pack.footer().bases_of(block);
  return std::all_of(bases.begin(), bases.end(), [&](const model::Digest& key) {
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      const FooterView& footer = list_->packs()[i]->footer();
      const auto [first, after] = footer.range_of(key);
      for (std::uint32_t record = first; record < after; ++record) {
        if (k_bases.has(footer.record(record).kind) && marks_[i][record] == k_content) {
          return true;
        }
      }
    }
    return false;
  });
}

void ContentMarks::run(const std::set<model::Digest>* condemned)
{
  while (!tasks_.empty()) {
    const Task task = tasks_.back();
    tasks_.pop_back();
    const bool object = task.kinds.has(RecordKind::recipe);  // not a piece or a base
    if (object && condemned != nullptr && condemned->contains(task.key)) {
      continue;
    }
    visit(task);
  }
}

void ContentMarks::visit(const Task& task)
{
  bool found = false;
  std::optional<RecordEntry> raised;
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const Pack& pack = *list_->packs()[i];
    const auto [first, after] = pack.footer().range_of(task.key);
    for (std::uint32_t number = first; number < after; ++number) {
      const RecordEntry record = pack.footer().record(number);
      if (!task.kinds.has(record.kind)) {
        continue;
      }
      found = true;
      std::uint16_t& mark = marks_[i][number];
      if (is_needed(task.mark) ? mark < task.mark : mark == k_unneeded) {
        mark = task.mark;
        raised = record;
        follow_bases(pack, record, task.mark);
      }
    }
  }
  if (raised) {
    follow_record(task, *raised);
  }
  if (!found && task.mark >= k_base && task.mark != k_stays) {
    missing_.insert(task.key);
    if (task.folder) {
      throw_unknown_needs(task.key, "it is missing");
    }
  }
}

void ContentMarks::follow_bases(const Pack& pack, const RecordEntry& record, std::uint16_t mark)
{
  const std::uint16_t base_mark = is_needed(mark) ? std::uint16_t{k_base} : mark;
  for (const model::Digest& base : pack.footer().bases_of(record.block)) {
    tasks_.push_back({base, k_bases, base_mark, false});
  }
}

void ContentMarks::follow_record(const Task& task, const RecordEntry& record)
{
  try {
    if (record.kind == RecordKind::recipe) {
      const PieceList made_of = load_pieces(reader_, record.key);
      for (const auto* refs : {&made_of.parts, &made_of.pieces}) {
        for (const PieceRef& ref : *refs) {
          tasks_.push_back({ref.key, RecordKind::piece, task.mark, false});
        }
      }
    } else if (record.kind == RecordKind::tree) {
      const LoadedRecord loaded = reader_.load(record.key, RecordKind::tree, Check::digest);
      const auto* text = reinterpret_cast<const char*>(loaded.content.data());
      const model::TreeNode node = format::decode_tree({text, loaded.content.size()});
      for (const model::TreeEntry& entry : node.entries) {
        const bool folder = entry.type == model::EntryType::folder;
        tasks_.push_back({entry.digest, folder ? k_nodes : k_blobs, task.mark, folder});
      }
      for (const model::TreePart& part : node.parts) {
        tasks_.push_back({part.digest, k_nodes, task.mark, true});
      }
    }
  } catch (const model::Error& error) {
    if (!is_unreadable(error)) {
      throw;
    }
    if (task.mark == k_content) {
      throw_unknown_needs(record.key, error.message());
    }
  }
}

}  // namespace mlrepro::storage
