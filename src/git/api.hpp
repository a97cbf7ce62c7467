// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git2.h>

namespace mlrepro::git {

// Every function of libgit2 that mlrepro calls.
// A list, which clang-format takes for an expression.
// clang-format off
#define MLREPRO_GIT_FUNCTIONS(X) \
  X(blob_free) X(blob_lookup) X(blob_rawcontent) X(blob_rawsize) X(buf_dispose) \
  X(config_add_file_ondisk) X(config_free) X(config_get_bool) X(config_get_string) \
  X(config_snapshot) X(error_last) X(index_entrycount) X(index_free) X(index_get_byindex) \
  X(index_get_bypath) X(libgit2_init) X(libgit2_opts) X(libgit2_shutdown) X(object_free) \
  X(object_id) X(object_peel) X(oid_fromstr) X(oid_tostr) X(patch_free) X(patch_from_buffers) \
  X(patch_get_delta) X(patch_line_stats) X(patch_to_buf) X(reference_free) X(reference_lookup) \
  X(reference_peel) X(reference_symbolic_target) X(remote_list) X(repository_config) \
  X(repository_free) X(repository_hashfile) X(repository_head) X(repository_index) \
  X(repository_is_bare) X(repository_open_ext) X(repository_path) X(repository_workdir) X(revparse_single) \
  X(status_byindex) X(status_list_entrycount) X(status_list_free) X(status_list_new) \
  X(strarray_dispose) X(tree_entry_byindex) X(tree_entry_filemode) X(tree_entry_id) \
  X(tree_entry_name) X(tree_entrycount) X(tree_free) X(tree_lookup)
// clang-format on

struct Api {
// A declarator takes no parentheses.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define MLREPRO_GIT_MEMBER(name) decltype(&::git_##name) name = nullptr;
  MLREPRO_GIT_FUNCTIONS(MLREPRO_GIT_MEMBER)
#undef MLREPRO_GIT_MEMBER
};

// libgit2, loaded into the process by the first call: with the libraries that it needs (TLS, SSH,
// Kerberos) that takes as long as a whole 'mlrepro log', which never calls it. Throws
// Error{external} where the library is not installed. It stays loaded.
const Api& api();

}  // namespace mlrepro::git
