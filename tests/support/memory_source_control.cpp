// SPDX-License-Identifier: Apache-2.0
#include "support/memory_source_control.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::testing {
namespace {

std::optional<std::string> find(const std::map<std::string, std::string>& files,
                                const std::string& path)
{
  const auto found = files.find(path);
  return found != files.end() ? std::optional(found->second) : std::nullopt;
}

// Forty digits that depend on the content, as Git's ids do.
std::string id_of(const std::string& content)
{
  std::string digits = std::to_string(std::hash<std::string>{}(content));
  digits.resize(40, '0');
  return digits;
}

std::vector<std::string_view> lines_of(std::string_view text)
{
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

void append_lines(std::string& text, char sign, const std::vector<std::string_view>& lines,
                  std::size_t from, std::size_t to)
{
  for (std::size_t at = from; at < to; ++at) {
    text += sign;
    text += lines[at];
    text += lines[at].ends_with('\n') ? "" : "\n\\ No newline at end of file\n";
  }
}

}  // namespace

void MemorySourceControl::stage(const std::string& path)
{
  if (const auto content = find(working_, path)) {
    staged_[path] = *content;
  } else {
    staged_.erase(path);
  }
}

void MemorySourceControl::commit()
{
  committed_ = staged_;
  std::string all;
  for (const auto& [path, content] : committed_) {
    all += path + '\0' + content + '\0';
  }
  commit_ = id_of(all);
}

std::optional<std::string> MemorySourceControl::find_top(const std::string& folder) const
{
  return model::is_within(folder, top_) ? std::optional(top_) : std::nullopt;
}

std::optional<std::string> MemorySourceControl::find_main_top(const std::string& folder) const
{
  return find_top(folder) && !main_top.empty() ? std::optional(main_top) : std::nullopt;
}

std::string MemorySourceControl::state_of(const std::string& path) const
{
  const auto head = find(committed_, path);
  const auto index = find(staged_, path);
  const auto work = find(working_, path);
  std::string state;
  if (head != index) {
    state = !head ? "staged-added" : !index ? "staged-deleted" : "staged-modified";
  }
  std::string layer;
  if (!index) {
    layer = work && ignored_.count(path) == 0 ? "untracked" : "";
  } else if (index != work) {
    layer = work ? "modified" : "deleted";
  }
  return state + (state.empty() || layer.empty() ? "" : "+") + layer;
}

std::optional<ports::WorkingCopy> MemorySourceControl::inspect(const std::string& folder) const
{
  if (!find_top(folder)) {
    return std::nullopt;
  }
  if (!failure.empty()) {
    throw model::Error(model::ErrorKind::external, failure, "type 'git fsck'");
  }
  ports::WorkingCopy copy = extra;
  copy.top = top_;
  copy.state.in_git = true;
  copy.state.commit = commit_;
  std::set<std::string, decltype(&model::path_less)> paths(&model::path_less);
  for (const Files* files : {&committed_, &staged_, &working_}) {
    for (const auto& [path, content] : *files) {
      paths.insert(path);
    }
  }
  for (const std::string& path : paths) {
    const std::string state = state_of(path);
    const auto index = find(staged_, path);
    const auto work = find(working_, path);
    if (!state.empty()) {
      copy.state.changes.push_back({path, state, std::nullopt});
    }
    if (work && (index || ignored_.count(path) == 0)) {
      copy.files.push_back(path);
    }
    if (work && !index && ignored_.count(path) == 0) {
      copy.untracked.push_back(path);
    }
    if (index && index != find(committed_, path) && index != work) {
      copy.staged.push_back({path, id_of(*index)});
    }
  }
  copy.state.dirty = !copy.state.changes.empty();
  return copy;
}

std::string MemorySourceControl::read_staged(const std::string& folder,
                                             const std::string& blob) const
{
  for (const auto& [path, content] : staged_) {
    if (find_top(folder) && id_of(content) == blob) {
      return content;
    }
  }
  throw model::Error(model::ErrorKind::external, "read staged object '" + blob + "': not there");
}

std::optional<std::string> MemorySourceControl::find_commit(const std::string& folder,
                                                            const std::string& revision) const
{
  if (!find_top(folder) || commit_.empty() || (revision != "HEAD" && revision != commit_)) {
    return std::nullopt;
  }
  return commit_;
}

void MemorySourceControl::for_each_committed(const std::string& folder, const std::string& commit,
                                             const ports::CommittedFileVisitor& visit) const
{
  if (find_commit(folder, commit)) {
    for (const auto& [path, content] : committed_) {
      visit({path, false, false, content});
    }
  }
}

ports::TextPatch MemorySourceControl::compare_text(const std::string& path, std::string_view before,
                                                   std::string_view after) const
{
  ports::TextPatch patch;
  if (before == after) {
    return patch;
  }
  patch.binary =
      before.find('\0') != std::string_view::npos || after.find('\0') != std::string_view::npos;
  if (patch.binary) {
    return patch;
  }
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  std::size_t head = 0;
  while (head < shorter && old_lines[head] == new_lines[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail])
    ++tail;
  const std::size_t old_end = old_lines.size() - tail;
  const std::size_t new_end = new_lines.size() - tail;
  patch.removed_lines = static_cast<std::int64_t>(old_end - head);
  patch.added_lines = static_cast<std::int64_t>(new_end - head);
  const auto range = [&](std::size_t end) {
    return std::to_string(end > head ? head + 1 : head) + "," + std::to_string(end - head);
  };
  patch.text = "--- a/" + path + "\n+++ b/" + path + "\n@@ -" + range(old_end) + " +" +
               range(new_end) + " @@\n";
  append_lines(patch.text, '-', old_lines, head, old_end);
  append_lines(patch.text, '+', new_lines, head, new_end);
  return patch;
}

}  // namespace mlrepro::testing
