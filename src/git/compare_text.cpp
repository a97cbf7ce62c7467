// SPDX-License-Identifier: Apache-2.0
#include "git/compare_text.hpp"

#include "git/handles.hpp"
#include "git/library.hpp"

namespace mlrepro::git {
namespace {

// libgit2 takes a null pointer for a file that is not there, which is not what an empty view means.
const char* start_of(std::string_view text)
{
  return text.data() != nullptr ? text.data() : "";
}

Patch make_patch(const std::string& path, std::string_view before, std::string_view after)
{
  git_diff_options options{};
  options.version = GIT_DIFF_OPTIONS_VERSION;
  options.ignore_submodules = GIT_SUBMODULE_IGNORE_UNSPECIFIED;
  options.context_lines = 3;
  git_patch* patch = nullptr;
  check(api().patch_from_buffers(&patch, start_of(before), before.size(), path.c_str(),
                                 start_of(after), after.size(), path.c_str(), &options),
        "compare '" + path + "'");
  return Patch(patch);
}

// Without the lines that only Git's own tools read ("diff --git", "index").
std::string unified_part(std::string_view text)
{
  const std::size_t start = text.starts_with("--- ") ? 0 : text.find("\n--- ");
  return start == std::string_view::npos ? std::string()
                                         : std::string(text.substr(start == 0 ? 0 : start + 1));
}

}  // namespace

ports::TextPatch compare_text(const std::string& path, std::string_view before,
                              std::string_view after)
{
  ports::TextPatch result;
  if (before == after) {
    return result;
  }
  const Patch patch = make_patch(path, before, after);
  result.binary = (api().patch_get_delta(patch.get())->flags & GIT_DIFF_FLAG_BINARY) != 0;
  if (result.binary) {
    return result;
  }
  std::size_t added = 0;
  std::size_t removed = 0;
  check(api().patch_line_stats(nullptr, &added, &removed, patch.get()),
        "count lines of '" + path + "'");
  result.added_lines = static_cast<std::int64_t>(added);
  result.removed_lines = static_cast<std::int64_t>(removed);
  git_buf memory{};
  const Buffer text(&memory);
  check(api().patch_to_buf(&memory, patch.get()), "write the difference of '" + path + "'");
  result.text = unified_part({memory.ptr, memory.size});
  return result;
}

}  // namespace mlrepro::git
