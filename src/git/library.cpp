// SPDX-License-Identifier: Apache-2.0
#include "git/library.hpp"

#include <array>
#include <string_view>

#include "git/api.hpp"

namespace mlrepro::git {
namespace {

struct Advice {
  std::string_view cause;  // a part of libgit2's message
  std::string_view hint;
};

constexpr std::array<Advice, 6> k_advice = {{
    {"unsupported extension",
     "libgit2 does not know this repository format; mlrepro can't record "
     "its code, 'git config --local --get-regexp extensions' shows why"},
    {"unsupported repository version", "the repository was made by a Git newer than libgit2 knows"},
    {"'link'", "type 'git update-index --no-split-index'"},
    {"'sdir'", "type 'git sparse-checkout reapply --no-sparse-index'"},
    {"ermission denied", "check who owns it and its permissions with 'ls -ld'"},
    {"config", "type 'git config --list --show-origin' to find the line"},
}};

thread_local bool t_is_starting = false;

std::string hint_for(std::string_view cause)
{
  for (const Advice& advice : k_advice) {
    if (cause.find(advice.cause) != std::string_view::npos) {
      return std::string(advice.hint);
    }
  }
  return "'git status' and 'git fsck' may tell more";
}

}  // namespace

Library::Library()
{
  const Api& loaded = api();
  t_is_starting = true;
  const int users = loaded.libgit2_init();
  t_is_starting = false;
  check(users, "start libgit2");
  // Git refuses repositories of other owners because it would run their hooks and filters. Nothing
  // is run here, only read, and containers and shared disks own files as somebody else all the
  // time.
  api().libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  // Extensions that change how a repository is written or fetched; a reader of the working tree,
  // the index and HEAD may ignore them ("worktreeconfig" is read by open_repository).
  std::array<const char*, 4> extensions = {"partialclone", "worktreeconfig", "preciousobjects",
                                           "relativeworktrees"};
  api().libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
}

bool Library::is_starting()
{
  return t_is_starting;
}

Library::~Library()
{
  api().libgit2_shutdown();
}

model::Error last_error(const std::string& what)
{
  const git_error* error = api().error_last();
  const std::string cause = error != nullptr && error->message != nullptr && *error->message != '\0'
                                ? error->message
                                : "libgit2 gave no reason";
  return {model::ErrorKind::external, what + ": " + cause, hint_for(cause)};
}

void check(int code, const std::string& what)
{
  if (code < 0) {
    throw last_error(what);
  }
}

}  // namespace mlrepro::git
