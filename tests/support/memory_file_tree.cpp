// SPDX-License-Identifier: Apache-2.0
#include "support/memory_file_tree.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "support/memory_restoration.hpp"

namespace mlrepro::testing {
namespace {

using model::Error;
using model::ErrorKind;
using ports::FileType;
using ports::FollowLinks;

constexpr int k_max_links = 40;

// Pushed last to first, so that the next component is at the back.
void push_components(std::vector<std::string>& pending, std::string_view path)
{
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  pending.insert(pending.end(), parts.rbegin(), parts.rend());
}

std::pair<std::string, std::string> split(std::string path)
{
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    throw Error(ErrorKind::usage, "path '" + path + "': not absolute");
  }
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

ports::FileStat stat_of(const MemoryNode& node)
{
  ports::FileStat stat;
  stat.type = node.type;
  stat.executable = node.type == FileType::file && node.executable;
  stat.size = node.type == FileType::folder ? 0 : node.content.size();
  stat.mtime_ns = node.mtime_ns;
  stat.ctime_ns = node.ctime_ns;
  stat.inode = node.inode;
  stat.device = 1;
  return stat;
}

void collect(const MemoryNode& folder, const std::string& prefix, std::vector<std::string>& paths)
{
  for (const auto& [name, node] : folder.children) {
    paths.push_back(prefix + name);
    collect(*node, prefix + name + "/", paths);
  }
}

}  // namespace

class MemoryOpenFile final : public ports::OpenFile {
 public:
  MemoryOpenFile(const MemoryFileTree& tree, std::string path, std::shared_ptr<MemoryNode> node)
      : tree_(tree), path_(std::move(path)), node_(std::move(node))
  {
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    tree_.before_read(path_, offset_);
    const std::size_t start = std::min<std::size_t>(offset_, node_->content.size());
    const std::size_t size = std::min(buffer.size(), node_->content.size() - start);
    std::memcpy(buffer.data(), node_->content.data() + start, size);
    offset_ += size;
    return size;
  }

  [[nodiscard]] ports::FileStat stat() const override { return stat_of(*node_); }

 private:
  const MemoryFileTree& tree_;
  std::string path_;
  std::shared_ptr<MemoryNode> node_;
  std::size_t offset_ = 0;
};

class MemoryOpenFolder final : public ports::OpenFolder {
 public:
  MemoryOpenFolder(const MemoryFileTree& tree, std::string path, std::vector<std::string> names)
      : tree_(tree),
        path_(std::move(path)),
        names_(std::move(names)),
        views_(names_.begin(), names_.end())
  {
  }

  [[nodiscard]] const std::vector<std::string_view>& names() const override { return views_; }
  [[nodiscard]] std::optional<ports::FileStat> stat(std::string_view name) const override
  {
    return tree_.stat(full(name), FollowLinks::no);
  }
  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(std::string_view name) const override
  {
    return tree_.open(full(name));
  }
  [[nodiscard]] std::string read_link(std::string_view name) const override
  {
    return tree_.read_link(full(name));
  }

 private:
  [[nodiscard]] std::string full(std::string_view name) const
  {
    return path_ + "/" + std::string(name);
  }

  const MemoryFileTree& tree_;
  std::string path_;
  std::vector<std::string> names_;
  std::vector<std::string_view> views_;
};

MemoryFileTree::MemoryFileTree() : root_(make_node(FileType::folder)) {}

MemoryFileTree::NodePtr MemoryFileTree::make_node(FileType type) const
{
  auto node = std::make_shared<MemoryNode>();
  node->type = type;
  node->inode = next_inode_++;
  touch(*node);
  return node;
}

void MemoryFileTree::touch(MemoryNode& node) const
{
  now_ns_ += 1'000'000;
  node.mtime_ns = now_ns_;
  node.ctime_ns = now_ns_;
}

MemoryFileTree::Place MemoryFileTree::locate(const std::string& path, FollowLinks follow) const
{
  std::vector<std::string> pending;
  push_components(pending, path);
  std::vector<std::pair<std::string, NodePtr>> walked;
  int links = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    if (name == "..") {
      if (!walked.empty()) {
        walked.pop_back();
      }
      continue;
    }
    const NodePtr& folder = walked.empty() ? root_ : walked.back().second;
    const auto child = folder->children.find(name);
    if (child == folder->children.end()) {
      return {};
    }
    const NodePtr node = child->second;
    if (node->type == FileType::symlink && (!pending.empty() || follow == FollowLinks::yes)) {
      if (++links > k_max_links) {
        throw Error(ErrorKind::io, "open '" + path + "': too many levels of symbolic links");
      }
      if (node->content.starts_with('/')) {
        walked.clear();
      }
      push_components(pending, node->content);
    } else {
      walked.emplace_back(name, node);
    }
  }
  Place place{walked.empty() ? root_ : walked.back().second, {}};
  for (const auto& [name, node] : walked) {
    place.path += "/" + name;
  }
  if (place.path.empty()) {
    place.path = "/";
  }
  return place;
}

MemoryFileTree::NodePtr MemoryFileTree::require(const std::string& path, FollowLinks follow) const
{
  NodePtr node = locate(path, follow).node;
  if (!node) {
    throw Error(ErrorKind::not_found, "open '" + path + "': no such file or directory");
  }
  return node;
}

MemoryFileTree::NodePtr MemoryFileTree::make_folders(const std::string& path)
{
  if (NodePtr found = locate(path, FollowLinks::yes).node) {
    if (found->type != FileType::folder) {
      throw Error(ErrorKind::conflict, "make folder '" + path + "': file exists");
    }
    return found;
  }
  return put(path, make_node(FileType::folder));
}

MemoryFileTree::NodePtr MemoryFileTree::put(const std::string& path, const NodePtr& node)
{
  const auto [parent, name] = split(path);
  const NodePtr folder = make_folders(parent);
  folder->children[name] = node;
  touch(*folder);
  return node;
}

void MemoryFileTree::add_folder(const std::string& path)
{
  make_folders(path);
}

void MemoryFileTree::add_file(const std::string& path, std::string content, bool executable)
{
  NodePtr node = locate(path, FollowLinks::no).node;
  if (!node || node->type != FileType::file) {
    node = put(path, make_node(FileType::file));
  }
  node->content = std::move(content);
  node->executable = executable;
  touch(*node);
}

void MemoryFileTree::add_symlink(const std::string& path, std::string target)
{
  put(path, make_node(FileType::symlink))->content = std::move(target);
}

void MemoryFileTree::add_other(const std::string& path)
{
  put(path, make_node(FileType::other));
}

void MemoryFileTree::remove(const std::string& path)
{
  const auto [parent, name] = split(path);
  const NodePtr folder = require(parent, FollowLinks::yes);
  folder->children.erase(name);
  touch(*folder);
}

void MemoryFileTree::set_unreadable(const std::string& path, bool unreadable)
{
  require(path, FollowLinks::no)->unreadable = unreadable;
}

void MemoryFileTree::set_mtime(const std::string& path, std::int64_t mtime_ns)
{
  const NodePtr node = require(path, FollowLinks::no);
  touch(*node);
  node->mtime_ns = mtime_ns;
}

bool MemoryFileTree::exists(const std::string& path) const
{
  return locate(path, FollowLinks::no).node != nullptr;
}

std::string MemoryFileTree::content(const std::string& path) const
{
  return require(path, FollowLinks::no)->content;
}

std::vector<std::string> MemoryFileTree::paths(const std::string& folder) const
{
  std::vector<std::string> paths;
  collect(*require(folder, FollowLinks::yes), "", paths);
  return paths;
}

std::optional<ports::FileStat> MemoryFileTree::stat(const std::string& path,
                                                    FollowLinks follow) const
{
  ++counters_.stats;
  const NodePtr node = locate(path, follow).node;
  return node ? std::optional(stat_of(*node)) : std::nullopt;
}

std::unique_ptr<ports::OpenFolder> MemoryFileTree::open_folder(const std::string& path) const
{
  ++counters_.lists;
  const NodePtr node = require(path, FollowLinks::yes);
  if (node->type != FileType::folder) {
    throw Error(ErrorKind::not_found, "open folder '" + path + "': not a directory");
  }
  if (node->unreadable) {
    throw Error(ErrorKind::io, "open folder '" + path + "': permission denied");
  }
  std::vector<std::string> names;
  for (const auto& [name, child] : node->children) {
    names.push_back(name);
  }
  return std::make_unique<MemoryOpenFolder>(*this, path, std::move(names));
}

std::unique_ptr<ports::OpenFile> MemoryFileTree::open(const std::string& path) const
{
  const NodePtr node = require(path, FollowLinks::no);
  if (node->type != FileType::file || node->unreadable) {
    throw Error(ErrorKind::io, "open '" + path + "': " +
                                   (node->unreadable ? "permission denied" : "not a regular file"));
  }
  ++counters_.opens;
  return std::make_unique<MemoryOpenFile>(*this, path, node);
}

std::string MemoryFileTree::read_link(const std::string& path) const
{
  const NodePtr node = require(path, FollowLinks::no);
  if (node->type != FileType::symlink) {
    throw Error(ErrorKind::io, "read link '" + path + "': not a link");
  }
  return node->content;
}

std::string MemoryFileTree::resolve(const std::string& path) const
{
  if (const Place place = locate(path, FollowLinks::yes); place.node) {
    return place.path;
  }
  const auto [parent, name] = split(path);
  if (name == ".." || name == ".") {
    throw Error(ErrorKind::not_found, "resolve '" + path + "': no such file or directory");
  }
  const std::string folder = resolve(parent);
  const std::string here = folder == "/" ? folder + name : folder + "/" + name;
  const Place link = locate(here, FollowLinks::no);
  if (link.node) {  // dangling: what it points at does not exist yet
    return resolve(link.node->content.starts_with('/') ? link.node->content
                                                       : folder + "/" + link.node->content);
  }
  return here;
}

std::unique_ptr<ports::Restoration> MemoryFileTree::begin_restore(
    const ports::RestorationTarget& target)
{
  ports::RestorationTarget resolved = target;
  resolved.path = resolve(target.path);
  return std::make_unique<MemoryRestoration>(*this, resolved);
}

void MemoryFileTree::write_file(const std::string& path, std::string_view content)
{
  const auto [parent, name] = split(path);
  const NodePtr folder = require(parent, FollowLinks::yes);
  const NodePtr old = locate(path, FollowLinks::no).node;
  if (old && old->type == FileType::folder) {
    throw Error(ErrorKind::io, "write '" + path + "': is a directory");
  }
  before_write(path);
  const NodePtr node = make_node(FileType::file);
  node->content = content;
  node->executable = old && old->executable;
  folder->children[name] = node;
}

void MemoryFileTree::before_read(const std::string& path, std::uint64_t offset) const
{
  ++counters_.reads;
  if (read_hook_) {
    read_hook_(path, offset);
  }
  if (failing_read_ > 0 && --failing_read_ == 0) {
    throw Error(ErrorKind::io, "read '" + path + "': input/output error");
  }
}

void MemoryFileTree::before_write(const std::string& path)
{
  if (failing_write_ > 0 && --failing_write_ == 0) {
    throw Error(ErrorKind::io, "write '" + path + "': no space left on device", "free some space");
  }
}

}  // namespace mlrepro::testing
