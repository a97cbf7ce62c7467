// SPDX-License-Identifier: Apache-2.0
#include "git/open_repository.hpp"

#include <sys/stat.h>

#include "git/library.hpp"

namespace mlrepro::git {
namespace {

bool exists(const std::string& path)
{
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

// With extensions.worktreeConfig (set by 'git sparse-checkout') Git reads one file more, which
// libgit2 1.5 does not know of.
void add_worktree_config(git_repository* repository)
{
  const std::string path = std::string(api().repository_path(repository)) + "config.worktree";
  if (!exists(path)) {
    return;
  }
  git_config* config = nullptr;
  check(api().repository_config(&config, repository), "read '" + path + "'");
  const Config owner(config);
  int enabled = 0;
  if (api().config_get_bool(&enabled, config, "extensions.worktreeconfig") == 0 && enabled != 0) {
    check(api().config_add_file_ondisk(config, path.c_str(), GIT_CONFIG_LEVEL_APP, repository, 0),
          "read '" + path + "'");
  }
}

}  // namespace

Repository open_repository(const Layout& layout)
{
  // With core.worktree the '.git' may lie anywhere but in the working tree.
  const std::string& place = exists(layout.top + "/.git") ? layout.top : layout.git_folder;
  const std::string what = "read the Git repository of '" + layout.top + "'";
  git_repository* opened = nullptr;
  check(api().repository_open_ext(&opened, place.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr),
        what);
  Repository repository(opened);
  if (api().repository_is_bare(opened) != 0 || api().repository_workdir(opened) == nullptr) {
    throw model::Error(model::ErrorKind::external, what + ": it has no working tree",
                       "type 'git -C " + layout.top + " config core.bare' to see why");
  }
  add_worktree_config(opened);
  return repository;
}

}  // namespace mlrepro::git
