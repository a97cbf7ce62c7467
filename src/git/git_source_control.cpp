// SPDX-License-Identifier: Apache-2.0
#include "git/git_source_control.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "git/commit_files.hpp"
#include "git/compare_text.hpp"
#include "git/library.hpp"
#include "git/open_repository.hpp"
#include "git/remote_url.hpp"
#include "git/working_tree.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "posix/quiet_thread.hpp"

namespace mlrepro::git {
namespace {

using model::Error;
using model::ErrorKind;

// Empty where HEAD is detached; before the first commit, the branch that it will make.
std::string branch_of(git_repository* repository, const std::string& top)
{
  git_reference* reference = nullptr;
  check(api().reference_lookup(&reference, repository, "HEAD"), "read HEAD of '" + top + "'");
  const Reference head(reference);
  const char* const target = api().reference_symbolic_target(head.get());
  const std::string_view name = target != nullptr ? target : "";
  constexpr std::string_view k_branches = "refs/heads/";
  return std::string(name.starts_with(k_branches) ? name.substr(k_branches.size()) : name);
}

std::string configured_url(git_config* config, const std::string& remote)
{
  const char* url = nullptr;
  const std::string key = "remote." + remote + ".url";
  return api().config_get_string(&url, config, key.c_str()) == 0 && url != nullptr ? url : "";
}

// As configured, before any url.<base>.insteadOf, which is of this machine. Unreadable: empty.
std::string remote_url_of(git_repository* repository)
{
  git_config* config = nullptr;
  if (api().repository_config(&config, repository) < 0) {
    return {};
  }
  const Config live(config);
  git_config* snapshot = nullptr;
  if (api().config_snapshot(&snapshot, live.get()) < 0) {
    return {};
  }
  const Config settings(snapshot);
  std::string url = configured_url(settings.get(), "origin");
  git_strarray names{};
  if (url.empty() && api().remote_list(&names, repository) == 0) {
    const Strings owner(&names);
    for (std::size_t at = 0; at < names.count && url.empty(); ++at) {
      url = configured_url(settings.get(), names.strings[at]);
    }
  }
  return without_credentials(url);
}

void sort_paths(std::vector<std::string>& paths)
{
  std::sort(paths.begin(), paths.end(), model::path_less);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
}

template <typename Item>
void sort_by_path(std::vector<Item>& items)
{
  std::sort(items.begin(), items.end(),
            [](const Item& a, const Item& b) { return model::path_less(a.path, b.path); });
}

Layout require_layout(const std::string& folder)
{
  auto layout = find_layout(folder);
  if (!layout) {
    throw Error(ErrorKind::not_found, "folder '" + folder + "': not in a Git repository");
  }
  return std::move(*layout);
}

}  // namespace

GitSourceControl::GitSourceControl() = default;

GitSourceControl::~GitSourceControl()
{
  if (early_.joinable()) {
    early_.join();
  }
}

void GitSourceControl::start_early() const
{
  const std::lock_guard guard(starting_);
  if (library_ || early_.joinable()) {
    return;
  }
  try {
    early_ = posix::start_quiet_thread([this] {
      try {
        library_ = std::make_unique<Library>();
      } catch (const Error&) {
        // Whoever needs it tries again, and tells.
      }
    });
  } catch (const std::system_error&) {
    // No more threads: then it is loaded when it is needed.
  }
}

void GitSourceControl::start_library() const
{
  const std::lock_guard guard(starting_);
  if (early_.joinable()) {
    early_.join();
  }
  if (!library_) {
    library_ = std::make_unique<Library>();
  }
}

std::optional<std::string> GitSourceControl::find_top(const std::string& folder) const
{
  auto layout = find_layout(folder);
  return layout ? std::optional(std::move(layout->top)) : std::nullopt;
}

std::optional<std::string> GitSourceControl::find_main_top(const std::string& folder) const
{
  const auto layout = find_layout(folder);
  return layout && layout->is_linked() ? main_top_of(*layout) : std::nullopt;
}

std::optional<ports::WorkingCopy> GitSourceControl::inspect(const std::string& folder) const
{
  const auto layout = find_layout(folder);
  if (!layout) {
    return std::nullopt;
  }
  start_library();
  const Repository repository = open_repository(*layout);
  ports::WorkingCopy copy;
  copy.top = layout->top;
  copy.state.in_git = true;
  copy.state.commit = head_commit(repository.get(), copy.top);
  copy.state.branch = branch_of(repository.get(), copy.top);
  copy.state.remote_url = remote_url_of(repository.get());
  WorkingTree tree = read_working_tree(repository.get(), copy.top);
  copy.state.dirty = !tree.changes.empty();
  copy.state.changes = std::move(tree.changes);
  copy.state.submodules = std::move(tree.submodules);
  copy.state.omitted = std::move(tree.omitted);
  copy.files = std::move(tree.files);
  copy.untracked = std::move(tree.untracked);
  copy.staged = std::move(tree.staged);
  sort_by_path(copy.state.changes);
  sort_by_path(copy.state.submodules);
  sort_by_path(copy.state.omitted);
  sort_by_path(copy.staged);
  sort_paths(copy.files);
  sort_paths(copy.untracked);
  return copy;
}

std::string GitSourceControl::read_staged(const std::string& folder, const std::string& blob) const
{
  const Layout layout = require_layout(folder);
  start_library();
  const Repository repository = open_repository(layout);
  const std::string what = "read staged object '" + blob + "' of '" + layout.top + "'";
  git_oid id{};
  check(api().oid_fromstr(&id, blob.c_str()), what);
  return read_blob(repository.get(), id, what);
}

std::optional<std::string> GitSourceControl::find_commit(const std::string& folder,
                                                         const std::string& revision) const
{
  const auto layout = find_layout(folder);
  if (!layout) {
    return std::nullopt;
  }
  start_library();
  return git::find_commit(open_repository(*layout).get(), revision);
}

void GitSourceControl::for_each_committed(const std::string& folder, const std::string& commit,
                                          const ports::CommittedFileVisitor& visit) const
{
  const Layout layout = require_layout(folder);
  start_library();
  git::for_each_committed(open_repository(layout).get(), commit, visit);
}

ports::TextPatch GitSourceControl::compare_text(const std::string& path, std::string_view before,
                                                std::string_view after) const
{
  start_library();
  return git::compare_text(path, before, after);
}

}  // namespace mlrepro::git
