// SPDX-License-Identifier: Apache-2.0
#include "support/memory_restoration.hpp"

#include <array>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::testing {
namespace {

using model::Error;
using model::ErrorKind;
using ports::FileType;

std::string word_for(FileType type)
{
  switch (type) {
    case FileType::folder:
      return "folder";
    case FileType::symlink:
      return "link";
    case FileType::other:
      return "special file";
    case FileType::file:
      break;
  }
  return "file";
}

// Everything that stays of an old folder gets its name in the new one too.
void keep_the_rest(const MemoryNode& old, MemoryNode& fresh, const std::string& path)
{
  for (const auto& [name, node] : old.children) {
    const auto [item, absent] = fresh.children.emplace(name, node);
    if (absent || node->type != FileType::folder) {
      continue;
    }
    if (item->second->type != FileType::folder) {
      throw Error(ErrorKind::conflict, "'" + path + "/" + name +
                                           "' is a folder, to be replaced by a " +
                                           word_for(item->second->type));
    }
    keep_the_rest(*node, *item->second, path + "/" + name);
  }
}

}  // namespace

MemoryRestoration::MemoryRestoration(MemoryFileTree& tree, const ports::RestorationTarget& target)
    : tree_(tree),
      target_(target.path),
      existing_(target.existing),
      others_(target.others),
      old_(tree.locate(target_, ports::FollowLinks::no).node)
{
}

// Never through a link: what lies behind one is not part of the target.
MemoryRestoration::NodePtr MemoryRestoration::old_at(std::string_view path) const
{
  NodePtr node = old_;
  const model::RepoPath parsed = model::RepoPath::parse(path);
  for (const std::string_view name : parsed.components()) {
    if (!node || node->type != FileType::folder) {
      return nullptr;
    }
    const auto child = node->children.find(std::string(name));
    node = child == node->children.end() ? nullptr : child->second;
  }
  return node;
}

void MemoryRestoration::place(std::string_view path, const NodePtr& node)
{
  const model::RepoPath parsed = model::RepoPath::parse(path);
  if (parsed.is_root()) {
    root_ = node;
    return;
  }
  NodePtr folder = root_;
  const model::RepoPath parent = parsed.parent();
  for (const std::string_view name : parent.components()) {
    folder = folder && folder->children.contains(std::string(name))
                 ? folder->children[std::string(name)]
                 : nullptr;
  }
  if (!folder || folder->type != FileType::folder ||
      !folder->children.emplace(parsed.name(), node).second) {
    usable_ = false;
    throw Error(ErrorKind::usage, "restore '" + parsed.str() + "': no folder to put it in");
  }
}

void MemoryRestoration::add_folder(std::string_view path)
{
  place(path, tree_.make_node(FileType::folder));
  const NodePtr old = old_at(path);
  differs_ = differs_ || !old || old->type != FileType::folder;
  if (old && old->type != FileType::folder) {
    overwritten_.emplace_back(path);
  }
}

void MemoryRestoration::add_symlink(std::string_view path, std::string_view target)
{
  const NodePtr node = tree_.make_node(FileType::symlink);
  node->content = target;
  place(path, node);
  const NodePtr old = old_at(path);
  if (old && old->type == FileType::symlink && old->content == target) {
    return;
  }
  differs_ = true;
  if (old) {
    overwritten_.emplace_back(path);
  }
}

void MemoryRestoration::add_file(std::string_view path, bool executable, ports::ByteSource& content)
{
  const NodePtr node = tree_.make_node(FileType::file);
  node->executable = executable;
  place(path, node);
  differs_ = true;
  if (old_at(path)) {
    overwritten_.emplace_back(path);
  }
  usable_ = false;
  std::array<std::byte, 4096> buffer{};
  while (const std::size_t size = content.read(buffer)) {
    tree_.before_write(target_ + "/" + std::string(path));
    node->content.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
  usable_ = true;
}

MemoryRestoration::NodePtr MemoryRestoration::require_old_file(std::string_view path)
{
  NodePtr old = old_at(path);
  if (!old || old->type != FileType::file) {
    usable_ = false;
    throw Error(ErrorKind::not_found,
                "keep '" + target_ + "/" + std::string(path) + "': no such file");
  }
  return old;
}

void MemoryRestoration::keep_file(std::string_view path, bool executable)
{
  const NodePtr old = require_old_file(path);
  if (old->executable == executable) {
    place(path, old);
    return;
  }
  place(path, copy_of(*old, executable));
  differs_ = true;
  overwritten_.emplace_back(path);
}

MemoryRestoration::NodePtr MemoryRestoration::copy_of(const MemoryNode& node, bool executable) const
{
  NodePtr copy = tree_.make_node(FileType::file);
  copy->content = node.content;
  copy->executable = executable;
  return copy;
}

void MemoryRestoration::copy_kept_file(std::string_view path, bool executable)
{
  place(path, copy_of(*require_old_file(path), executable));
  differs_ = true;
}

ports::LinkOutcome MemoryRestoration::add_link(std::string_view path,
                                               const ports::LinkSource& source)
{
  const NodePtr node = tree_.locate(source.path, ports::FollowLinks::no).node;
  if (!node) {
    return ports::LinkOutcome::gone;
  }
  place(path, source.kind == ports::LinkKind::hardlink ? node : copy_of(*node, source.executable));
  differs_ = true;
  if (old_at(path) && !source.same_content) {
    overwritten_.emplace_back(path);
  }
  return ports::LinkOutcome::linked;
}

void MemoryRestoration::check_target() const
{
  if (!usable_ || !root_) {
    throw Error(ErrorKind::io, "restore '" + target_ + "': it is not complete");
  }
  const bool is_folder = root_->type == FileType::folder;
  const NodePtr now = tree_.locate(target_, ports::FollowLinks::no).node;
  if (!old_ && now) {
    throw Error(ErrorKind::conflict, "'" + target_ + "' appeared while it was being restored");
  }
  if (old_ && (is_folder != (old_->type == FileType::folder) || old_->type == FileType::other)) {
    throw Error(ErrorKind::conflict, "'" + target_ + "' is a " + word_for(old_->type) +
                                         ", to be replaced by a " + word_for(root_->type));
  }
  if (existing_ == ports::Existing::refuse && !overwritten_.empty()) {
    throw Error(ErrorKind::conflict,
                "'" + target_ + "': would overwrite '" + overwritten_.front() + "'");
  }
}

void MemoryRestoration::publish()
{
  check_target();
  if (old_ && !differs_ && others_ == ports::Others::keep) {
    return;
  }
  if (old_ && others_ == ports::Others::keep && root_->type == FileType::folder) {
    keep_the_rest(*old_, *root_, target_);
  }
  tree_.put(target_, root_);
}

}  // namespace mlrepro::testing
