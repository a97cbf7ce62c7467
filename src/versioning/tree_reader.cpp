// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/tree_reader.hpp"

#include <utility>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::versioning {
namespace {

constexpr const char* k_damage_hint = "run 'mlrepro verify' to see what else is damaged";

void walk_folder(const LoadNode& load, const model::Digest& folder, const std::string& path,
                 const VisitEntry& visit)
{
  std::optional<TreeCursor> cursor;
  const auto next = [&]() -> const model::TreeEntry* {
    try {
      if (!cursor) {
        cursor.emplace(load, folder);
      }
      return cursor->next();
    } catch (const model::Error& error) {
      throw model::Error(
          error.kind(),
          "folder '" + (path.empty() ? std::string(".") : path) + "': " + error.message(),
          k_damage_hint);
    }
  };
  while (const model::TreeEntry* entry = next()) {
    const std::string child = path.empty() ? entry->name : path + "/" + entry->name;
    const bool folder_entry = entry->type == model::EntryType::folder;
    const model::Digest digest = entry->digest;
    if (visit(child, *entry) && folder_entry) {
      walk_folder(load, digest, child, visit);
    }
  }
}

}  // namespace

model::TreeNode load_node(const ports::ObjectStore& objects, const model::Digest& digest)
{
  return format::decode_tree(ports::load_recorded(objects, ports::ObjectKind::tree, digest));
}

LoadNode loader(const ports::ObjectStore& objects)
{
  return [&objects](const model::Digest& digest) { return load_node(objects, digest); };
}

TreeCursor::TreeCursor(LoadNode load, const model::Digest& folder) : load_(std::move(load))
{
  levels_.push_back({load_(folder), 0});
}

const model::TreeEntry* TreeCursor::peek(std::string_view from)
{
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.position < level.node.entries.size()) {
      return &level.node.entries[level.position];
    }
    const auto& parts = level.node.parts;
    while (level.position + 1 < parts.size() && parts[level.position + 1].first_name <= from) {
      ++level.position;
    }
    if (level.position >= parts.size()) {
      levels_.pop_back();
      continue;
    }
    const model::TreePart& part = parts[level.position++];
    model::TreeNode node = load_(part.digest);
    const std::string* first = !node.entries.empty() ? &node.entries.front().name
                               : !node.parts.empty() ? &node.parts.front().first_name
                                                     : nullptr;
    if (first == nullptr || *first != part.first_name) {
      throw model::Error(model::ErrorKind::corrupt, "folder node " +
                                                        part.digest.hex().substr(0, 12) +
                                                        ": is not the part that it stands for");
    }
    levels_.push_back({std::move(node), 0});
  }
  return nullptr;
}

const model::TreeEntry* TreeCursor::next()
{
  const model::TreeEntry* entry = peek({});
  if (entry != nullptr) {
    ++levels_.back().position;
  }
  return entry;
}

const model::TreeEntry* TreeCursor::find(std::string_view name)
{
  const model::TreeEntry* entry = peek(name);
  while (entry != nullptr && entry->name < name) {
    ++levels_.back().position;
    entry = peek(name);
  }
  return entry != nullptr && entry->name == name ? entry : nullptr;
}

void walk_tree(const LoadNode& load, const model::TreeEntry& root, const VisitEntry& visit)
{
  if (visit("", root) && root.type == model::EntryType::folder) {
    walk_folder(load, root.digest, "", visit);
  }
}

std::optional<model::TreeEntry> find_entry(const LoadNode& load, const model::TreeEntry& root,
                                           const std::string& path)
{
  model::TreeEntry entry = root;
  const model::RepoPath parsed = model::RepoPath::parse(path);
  for (const std::string_view name : parsed.components()) {
    if (entry.type != model::EntryType::folder) {
      return std::nullopt;
    }
    TreeCursor cursor(load, entry.digest);
    const model::TreeEntry* found = cursor.find(name);
    if (found == nullptr) {
      return std::nullopt;
    }
    entry = *found;
  }
  return entry;
}

std::string load_blob(const ports::ObjectStore& objects, const model::Digest& digest)
{
  return ports::load_recorded(objects, ports::ObjectKind::blob, digest);
}

}  // namespace mlrepro::versioning
