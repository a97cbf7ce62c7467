// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "git/api.hpp"

// Owners of what libgit2 allocates: each is freed by the function that belongs to its type.
namespace mlrepro::git {

template <auto free_function>
struct Deleter {
  template <typename Handle>
  void operator()(Handle* handle) const
  {
    (api().*free_function)(handle);
  }
};

using Repository = std::unique_ptr<git_repository, Deleter<&Api::repository_free>>;
using Index = std::unique_ptr<git_index, Deleter<&Api::index_free>>;
using StatusList = std::unique_ptr<git_status_list, Deleter<&Api::status_list_free>>;
using Reference = std::unique_ptr<git_reference, Deleter<&Api::reference_free>>;
using Object = std::unique_ptr<git_object, Deleter<&Api::object_free>>;
using Config = std::unique_ptr<git_config, Deleter<&Api::config_free>>;
using Blob = std::unique_ptr<git_blob, Deleter<&Api::blob_free>>;
using Tree = std::unique_ptr<git_tree, Deleter<&Api::tree_free>>;
using Patch = std::unique_ptr<git_patch, Deleter<&Api::patch_free>>;

// The array and the buffer themselves are ours; libgit2 owns what they hold.
using Strings = std::unique_ptr<git_strarray, Deleter<&Api::strarray_dispose>>;
using Buffer = std::unique_ptr<git_buf, Deleter<&Api::buf_dispose>>;

}  // namespace mlrepro::git
