// SPDX-License-Identifier: Apache-2.0
#include "storage/content_closure.hpp"

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/previous_version.hpp"

namespace mlrepro::storage {
namespace {

constexpr Kinds k_files = Kinds(RecordKind::blob) | RecordKind::recipe;
constexpr Kinds k_folders = RecordKind::tree;
// No path of a file system is as deep; somebody's bundle may be.
constexpr int k_max_depth = 4096;

}  // namespace

void ContentClosure::forbid(const std::set<model::Digest>& content)
{
  forbidden_.insert(content.begin(), content.end());
}

std::optional<std::string> ContentClosure::add(const std::vector<ports::ContentRoot>& roots)
{
  const std::size_t before = records_.size();
  missing_.reset();
  bool whole = true;
  for (const ports::ContentRoot& root : roots) {
    const Kinds kinds = root.folder ? k_folders : k_files | k_folders;
    whole = visit(root.digest, kinds) == State::whole && whole;
  }
  if (whole) {
    return std::nullopt;
  }
  take_back(before);
  return missing_.value_or("something that it needs is missing");
}

void ContentClosure::take_back(std::size_t from)
{
  for (std::size_t i = from; i < records_.size(); ++i) {
    const RecordEntry& record = records_[i].record;
    if (record.kind == RecordKind::piece) {
      pieces_.erase(record.key);
    } else {
      objects_.erase(record.key);
    }
  }
  records_.resize(from);
}

ContentClosure::State ContentClosure::miss(const std::string& what)
{
  if (!missing_) {
    missing_ = what;
  }
  return State::incomplete;
}

std::optional<RecordLocation> ContentClosure::find(const model::Digest& key, Kinds kinds)
{
  if (const auto wrong = distrusted_.find(key); wrong != distrusted_.end()) {
    (void)miss(wrong->second);
    return std::nullopt;
  }
  return packs_.list()->find_whole(key, kinds);
}

ContentClosure::State ContentClosure::visit(const model::Digest& digest, Kinds kinds)
{
  if (kinds.has(RecordKind::blob) && forbidden_.contains(digest)) {
    passed_over_.insert(digest);
    return State::whole;
  }
  if (kinds.has(RecordKind::tree) && known_.contains(digest)) {
    return State::whole;
  }
  const auto known = objects_.find(digest);
  if (known != objects_.end()) {
    return known->second == State::whole ? State::whole
                                         : miss("object '" + digest.hex() + "' is not whole");
  }
  const State state = visit_new(digest, kinds);
  objects_[digest] = state;
  return state;
}

ContentClosure::State ContentClosure::visit_new(const model::Digest& digest, Kinds kinds)
{
  const auto found = find(digest, kinds);
  if (!found) {
    return miss("object '" + digest.hex() + "' is missing");
  }
  State state = State::whole;
  if (found->record.kind == RecordKind::tree) {
    state = visit_folder(digest);
  } else if (found->record.kind == RecordKind::recipe) {
    state = visit_pieces(digest);
  }
  records_.push_back(*found);  // after what it leads to
  return state;
}

ContentClosure::State ContentClosure::visit_folder(const model::Digest& digest)
{
  if (depth_ >= k_max_depth) {
    return miss("folder '" + digest.hex() + "' lies too deep");
  }
  model::TreeNode node;
  try {
    const LoadedRecord loaded = reader_.load(digest, RecordKind::tree, Check::digest);
    const auto* text = reinterpret_cast<const char*>(loaded.content.data());
    node = format::decode_tree({text, loaded.content.size()});
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return miss("folder '" + digest.hex() + "' can't be read: " + error.message());
  }
  ++depth_;
  State state = State::whole;
  const auto take = [&](const model::Digest& below, Kinds kinds) {
    state = visit(below, kinds) == State::whole ? state : State::incomplete;
  };
  for (const model::TreeEntry& entry : node.entries) {
    take(entry.digest, entry.type == model::EntryType::folder ? k_folders : k_files);
  }
  for (const model::TreePart& part : node.parts) {
    take(part.digest, k_folders);
  }
  --depth_;
  return state;
}

ContentClosure::State ContentClosure::visit_pieces(const model::Digest& file)
{
  PieceList made_of;
  try {
    made_of = load_pieces(reader_, file);
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return miss("file '" + file.hex() + "' can't be read: " + error.message());
  }
  State state = State::whole;
  for (const auto* refs : {&made_of.parts, &made_of.pieces}) {
    for (const PieceRef& ref : *refs) {
      const auto [piece, is_new] = pieces_.try_emplace(ref.key, true);
      if (is_new) {
        const auto found = find(ref.key, RecordKind::piece);
        piece->second = found.has_value();
        if (found) {
          records_.push_back(*found);
        }
      }
      if (!piece->second) {
        state = miss("file '" + file.hex() + "' lacks a piece");
      }
    }
  }
  return state;
}

}  // namespace mlrepro::storage
