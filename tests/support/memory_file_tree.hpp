// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::testing {

// A file, folder, link or pipe; two names of one node are hard links.
struct MemoryNode {
  ports::FileType type = ports::FileType::file;
  bool executable = false;
  bool unreadable = false;
  std::string content;  // of a link: its target
  std::map<std::string, std::shared_ptr<MemoryNode>> children;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
};

// A file tree in memory that counts, and fails or changes under its reader when told to. Starts
// with an empty "/". Must outlive the files and restorations that it hands out.
class MemoryFileTree final : public ports::FileTree {
 public:
  struct Counters {
    std::uint64_t stats = 0;
    std::uint64_t lists = 0;
    std::uint64_t opens = 0;
    std::uint64_t reads = 0;
  };
  // Called before each read, with the path that was opened and the position; may change the tree.
  using ReadHook = std::function<void(const std::string& path, std::uint64_t offset)>;

  MemoryFileTree();

  // Make what the path names, with the folders above it. An existing file is written in place:
  // it keeps its inode and gets new times.
  void add_folder(const std::string& path);
  void add_file(const std::string& path, std::string content, bool executable = false);
  void add_symlink(const std::string& path, std::string target);
  void add_other(const std::string& path);  // a pipe, socket or device
  void remove(const std::string& path);
  void set_unreadable(const std::string& path, bool unreadable = true);
  void set_mtime(const std::string& path, std::int64_t mtime_ns);

  // The nth read from now on, counted from 1, throws Error{io}.
  void fail_read(std::uint64_t nth) { failing_read_ = nth; }
  // The nth write from now on throws Error{io} as a full disk does; every piece of content that
  // a restoration copies, and every write_file, is one.
  void fail_write(std::uint64_t nth) { failing_write_ = nth; }
  void on_read(ReadHook hook) { read_hook_ = std::move(hook); }

  [[nodiscard]] bool exists(const std::string& path) const;
  // Of a file, or the target of a link. Throws Error{not_found}.
  [[nodiscard]] std::string content(const std::string& path) const;
  // Every path below the folder, relative to it, in order.
  [[nodiscard]] std::vector<std::string> paths(const std::string& folder) const;
  [[nodiscard]] const Counters& counters() const { return counters_; }
  void reset_counters() { counters_ = {}; }

  [[nodiscard]] std::optional<ports::FileStat> stat(const std::string& path,
                                                    ports::FollowLinks follow) const override;
  [[nodiscard]] std::unique_ptr<ports::OpenFolder> open_folder(
      const std::string& path) const override;
  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(const std::string& path) const override;
  [[nodiscard]] std::string read_link(const std::string& path) const override;
  [[nodiscard]] std::string resolve(const std::string& path) const override;
  std::unique_ptr<ports::Restoration> begin_restore(
      const ports::RestorationTarget& target) override;
  void write_file(const std::string& path, std::string_view content) override;

 private:
  friend class MemoryOpenFile;
  friend class MemoryOpenFolder;
  friend class MemoryRestoration;
  using NodePtr = std::shared_ptr<MemoryNode>;

  struct Place {
    NodePtr node;      // null: nothing there
    std::string path;  // free of links
  };
  [[nodiscard]] Place locate(const std::string& path, ports::FollowLinks follow) const;
  [[nodiscard]] NodePtr require(const std::string& path, ports::FollowLinks follow) const;
  NodePtr make_folders(const std::string& path);
  [[nodiscard]] NodePtr make_node(ports::FileType type) const;
  NodePtr put(const std::string& path, const NodePtr& node);
  void touch(MemoryNode& node) const;
  void before_read(const std::string& path, std::uint64_t offset) const;
  void before_write(const std::string& path);

  NodePtr root_;
  ReadHook read_hook_;
  mutable Counters counters_;
  mutable std::uint64_t failing_read_ = 0;
  std::uint64_t failing_write_ = 0;
  mutable std::int64_t now_ns_ = 1'000'000'000'000;
  mutable std::uint64_t next_inode_ = 1;
};

}  // namespace mlrepro::testing
