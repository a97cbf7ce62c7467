// SPDX-License-Identifier: Apache-2.0
#include "git/commit_files.hpp"

#include <array>

#include "git/library.hpp"

namespace mlrepro::git {
namespace {

// The object that a revision leads to when tags are followed; null when there is none.
Object peel(git_repository* repository, const std::string& revision, git_object_t type)
{
  git_object* found = nullptr;
  if (api().revparse_single(&found, repository, revision.c_str()) < 0) {
    return nullptr;
  }
  const Object owner(found);
  git_object* peeled = nullptr;
  return Object(api().object_peel(&peeled, found, type) < 0 ? nullptr : peeled);
}

void walk(git_repository* repository, const git_oid* id, const std::string& prefix,
          const ports::CommittedFileVisitor& visit)
{
  git_tree* found = nullptr;
  check(api().tree_lookup(&found, repository, id), "read folder '" + prefix + "' of a commit");
  const Tree tree(found);
  const std::size_t count = api().tree_entrycount(found);
  for (std::size_t at = 0; at < count; ++at) {
    const git_tree_entry* entry = api().tree_entry_byindex(found, at);
    const std::string path = prefix + api().tree_entry_name(entry);
    switch (api().tree_entry_filemode(entry)) {
      case GIT_FILEMODE_TREE:
        walk(repository, api().tree_entry_id(entry), path + "/", visit);
        break;
      case GIT_FILEMODE_BLOB:
      case GIT_FILEMODE_BLOB_EXECUTABLE:
      case GIT_FILEMODE_LINK:
        visit({path, api().tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE,
               api().tree_entry_filemode(entry) == GIT_FILEMODE_LINK,
               read_blob(repository, *api().tree_entry_id(entry),
                         "read '" + path + "' of a commit")});
        break;
      default:  // a submodule's commit
        break;
    }
  }
}

}  // namespace

std::string read_blob(git_repository* repository, const git_oid& id, const std::string& what)
{
  git_blob* found = nullptr;
  check(api().blob_lookup(&found, repository, &id), what);
  const Blob owner(found);
  return {static_cast<const char*>(api().blob_rawcontent(found)),
          static_cast<std::size_t>(api().blob_rawsize(found))};
}

std::optional<std::string> find_commit(git_repository* repository, const std::string& revision)
{
  const Object commit = peel(repository, revision, GIT_OBJECT_COMMIT);
  if (!commit) {
    return std::nullopt;
  }
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  api().oid_tostr(text.data(), text.size(), api().object_id(commit.get()));
  return std::string(text.data());
}

void for_each_committed(git_repository* repository, const std::string& commit,
                        const ports::CommittedFileVisitor& visit)
{
  const Object tree = peel(repository, commit, GIT_OBJECT_TREE);
  if (!tree) {
    throw last_error("read commit '" + commit + "'");
  }
  walk(repository, api().object_id(tree.get()), "", visit);
}

}  // namespace mlrepro::git
