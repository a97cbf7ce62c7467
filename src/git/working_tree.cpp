// SPDX-License-Identifier: Apache-2.0
#include "git/working_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "git/library.hpp"
#include "git/open_repository.hpp"

namespace mlrepro::git {
namespace {

constexpr unsigned k_index_side = GIT_STATUS_INDEX_NEW | GIT_STATUS_INDEX_MODIFIED |
                                  GIT_STATUS_INDEX_DELETED | GIT_STATUS_INDEX_RENAMED |
                                  GIT_STATUS_INDEX_TYPECHANGE;

struct Word {
  unsigned status;
  std::string_view word;
};

// In the order in which the layers are joined (model/code_state.hpp).
constexpr std::array<Word, 11> k_words = {{
    {GIT_STATUS_CONFLICTED, "conflicted"},
    {GIT_STATUS_INDEX_NEW, "staged-added"},
    {GIT_STATUS_INDEX_MODIFIED, "staged-modified"},
    {GIT_STATUS_INDEX_DELETED, "staged-deleted"},
    {GIT_STATUS_INDEX_RENAMED, "staged-renamed"},
    {GIT_STATUS_INDEX_TYPECHANGE, "staged-typechange"},
    {GIT_STATUS_WT_NEW, "untracked"},
    {GIT_STATUS_WT_MODIFIED, "modified"},
    {GIT_STATUS_WT_DELETED, "deleted"},
    {GIT_STATUS_WT_RENAMED, "renamed"},
    {GIT_STATUS_WT_TYPECHANGE, "typechange"},
}};

std::string words_of(unsigned status)
{
  std::string state;
  for (const Word& word : k_words) {
    if ((status & word.status) != 0) {
      state += state.empty() ? "" : "+";
      state += word.word;
    }
  }
  return state;
}

std::string hex(const git_oid& id)
{
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  api().oid_tostr(text.data(), text.size(), &id);
  return text.data();
}

bool same(const git_oid& a, const git_oid& b)
{
  return std::equal(std::begin(a.id), std::end(a.id), std::begin(b.id));
}

StatusList read_status(git_repository* repository, const std::string& top)
{
  git_status_options options{};
  options.version = GIT_STATUS_OPTIONS_VERSION;
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  // Renames are left as deleted + added: finding them reads every new file. The index is not
  // refreshed, since that would write it.
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                  GIT_STATUS_OPT_NO_REFRESH | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH;
  git_status_list* list = nullptr;
  check(api().status_list_new(&list, repository, &options),
        "compare '" + top + "' with its commit");
  return StatusList(list);
}

class Reader {
 public:
  Reader(git_repository* repository, std::string top)
      : repository_(repository), top_(std::move(top)), status_(read_status(repository, top_))
  {
    git_index* index = nullptr;
    check(api().repository_index(&index, repository_), "read the index of '" + top_ + "'");
    index_.reset(index);
  }

  WorkingTree read()
  {
    const std::size_t count = api().status_list_entrycount(status_.get());
    for (std::size_t at = 0; at < count; ++at) {
      const git_status_entry* entry = api().status_byindex(status_.get(), at);
      states_.emplace(path_of(*entry), entry);
    }
    read_index();
    for (std::size_t at = 0; at < count; ++at) {
      add_status(*api().status_byindex(status_.get(), at));
    }
    return std::move(tree_);
  }

 private:
  static std::string_view path_of(const git_status_entry& entry)
  {
    const git_diff_delta* delta =
        entry.head_to_index != nullptr ? entry.head_to_index : entry.index_to_workdir;
    return delta->old_file.path != nullptr ? delta->old_file.path : delta->new_file.path;
  }

  [[nodiscard]] unsigned status_of(std::string_view path) const
  {
    const auto found = states_.find(path);
    return found != states_.end() ? unsigned{found->second->status} : unsigned{GIT_STATUS_CURRENT};
  }

  // What a commit could hold: a file or a link.
  [[nodiscard]] bool holds_content(const std::string& path) const
  {
    struct stat status = {};
    return ::lstat((top_ + "/" + path).c_str(), &status) == 0 &&
           (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode));
  }

  void read_index()
  {
    const std::size_t count = api().index_entrycount(index_.get());
    tree_.files.reserve(count + states_.size());
    std::string_view last;
    for (std::size_t at = 0; at < count; ++at) {
      const git_index_entry& entry = *api().index_get_byindex(index_.get(), at);
      const std::string_view path = entry.path;
      if (path == last) {
        continue;  // another side of a conflict
      }
      last = path;
      if (entry.mode == GIT_FILEMODE_COMMIT) {
        add_submodule(entry);
      } else {
        add_tracked(entry);
      }
    }
  }

  void add_tracked(const git_index_entry& entry)
  {
    const unsigned status = status_of(entry.path);
    const bool assumed = (entry.flags & GIT_INDEX_ENTRY_VALID) != 0;
    const bool sparse = (entry.flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
    if (assumed || sparse) {
      add_unwatched(entry, sparse);
    } else if ((status & GIT_STATUS_WT_DELETED) == 0 &&
               ((status & (GIT_STATUS_WT_TYPECHANGE | GIT_STATUS_CONFLICTED)) == 0 ||
                holds_content(entry.path))) {
      tree_.files.emplace_back(entry.path);
    }
  }

  // A file that Git was told not to look at. Git calls it clean; for a record of what ran, its
  // content counts. Absent, it is either outside a sparse checkout or really deleted.
  void add_unwatched(const git_index_entry& entry, bool sparse)
  {
    unsigned seen = GIT_STATUS_CURRENT;
    if (holds_content(entry.path)) {
      tree_.files.emplace_back(entry.path);
      seen = working_id(entry.path) == hex(entry.id) ? seen : unsigned{GIT_STATUS_WT_MODIFIED};
    } else if (!sparse) {
      seen = GIT_STATUS_WT_DELETED;
    }
    const unsigned staged = status_of(entry.path) & k_index_side;
    told_.emplace(entry.path);
    if ((staged | seen) != GIT_STATUS_CURRENT) {
      tree_.changes.push_back({entry.path, words_of(staged | seen), std::nullopt});
    }
  }

  // The object id that the file would get if it were added now; empty when it can't be read.
  [[nodiscard]] std::string working_id(const std::string& path) const
  {
    git_oid id{};
    const std::string full = top_ + "/" + path;
    struct stat status = {};
    if (::lstat(full.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        api().repository_hashfile(&id, repository_, full.c_str(), GIT_OBJECT_BLOB, path.c_str()) <
            0) {
      return {};
    }
    return hex(id);
  }

  void add_submodule(const git_index_entry& entry)
  {
    const std::string path = entry.path;
    const auto nested = find_layout_at(path);
    std::string layer;
    model::Submodule submodule{path, "", false};
    if (nested) {
      submodule.commit = add_nested(*nested, path, submodule.dirty);
      layer = submodule.dirty || submodule.commit != hex(entry.id) ? "submodule" : "";
    } else if ((status_of(path) & GIT_STATUS_WT_DELETED) != 0) {
      layer = "deleted";
    }
    const std::string staged = words_of(status_of(path) & k_index_side);
    told_.emplace(entry.path);
    tree_.submodules.push_back(std::move(submodule));
    if (!staged.empty() || !layer.empty()) {
      const std::string_view joint = staged.empty() || layer.empty() ? "" : "+";
      tree_.changes.push_back({path, staged + std::string(joint) + layer, std::nullopt});
    }
  }

  [[nodiscard]] std::optional<Layout> find_layout_at(const std::string& path) const
  {
    auto layout = find_layout(top_ + "/" + path);
    return layout && layout->top == top_ + "/" + path ? layout : std::nullopt;
  }

  // Returns the commit that is checked out there.
  std::string add_nested(const Layout& layout, const std::string& path, bool& dirty)
  {
    try {
      const Repository repository = open_repository(layout);
      std::string commit = head_commit(repository.get(), layout.top);
      WorkingTree nested = read_working_tree(repository.get(), layout.top);
      dirty = !nested.changes.empty();
      const auto append = [&path](std::vector<std::string>& to, std::vector<std::string>& from) {
        for (const std::string& name : from) {
          to.push_back(path + "/" + name);
        }
      };
      append(tree_.files, nested.files);
      append(tree_.untracked, nested.untracked);
      for (model::Submodule& inner : nested.submodules) {
        tree_.submodules.push_back({path + "/" + inner.path, std::move(inner.commit), inner.dirty});
      }
      for (model::Omission& inner : nested.omitted) {
        tree_.omitted.push_back({path + "/" + inner.path, std::move(inner.reason)});
      }
      return commit;
    } catch (const model::Error& error) {
      tree_.omitted.push_back({path, error.message()});
      return {};
    }
  }

  void add_status(const git_status_entry& entry)
  {
    std::string path(path_of(entry));
    if (told_.count(path) != 0) {
      return;
    }
    if ((entry.status & GIT_STATUS_WT_NEW) != 0 && path.ends_with('/')) {
      path.pop_back();
      add_untracked_folder(path);
      return;
    }
    if ((entry.status & GIT_STATUS_WT_NEW) != 0) {
      tree_.files.push_back(path);
      tree_.untracked.push_back(path);
    }
    add_staged(entry, path);
    unsigned status = entry.status;
    if ((status & GIT_STATUS_INDEX_DELETED) != 0) {
      status |= status_of(path + "/") & GIT_STATUS_WT_NEW;  // a repository took its place
    }
    if (std::string state = words_of(status); !state.empty()) {
      tree_.changes.push_back({std::move(path), std::move(state), std::nullopt});
    }
  }

  // A folder stands for itself only where it is a repository; Git tracks nothing in it, so all of
  // its files are untracked here.
  void add_untracked_folder(const std::string& path)
  {
    if (const auto nested = find_layout_at(path)) {
      model::Submodule submodule{path, "", false};
      const std::size_t first = tree_.files.size();
      const std::size_t known = tree_.untracked.size();
      submodule.commit = add_nested(*nested, path, submodule.dirty);
      tree_.untracked.resize(known);
      tree_.untracked.insert(tree_.untracked.end(),
                             tree_.files.begin() + static_cast<std::ptrdiff_t>(first),
                             tree_.files.end());
      tree_.submodules.push_back(std::move(submodule));
    } else {
      tree_.omitted.push_back({path, "neither readable as a folder nor as a repository"});
    }
    if ((status_of(path) & GIT_STATUS_INDEX_DELETED) == 0) {
      tree_.changes.push_back({path, "untracked", std::nullopt});
    }
  }

  void add_staged(const git_status_entry& entry, const std::string& path)
  {
    constexpr unsigned k_content =
        GIT_STATUS_INDEX_NEW | GIT_STATUS_INDEX_MODIFIED | GIT_STATUS_INDEX_TYPECHANGE;
    constexpr unsigned k_working =
        GIT_STATUS_WT_MODIFIED | GIT_STATUS_WT_DELETED | GIT_STATUS_WT_TYPECHANGE;
    if ((entry.status & k_content) == 0 || (entry.status & k_working) == 0) {
      return;
    }
    const git_oid& committed = entry.head_to_index->old_file.id;
    const git_oid& staged = entry.index_to_workdir->old_file.id;
    const bool is_link = entry.index_to_workdir->old_file.mode == GIT_FILEMODE_LINK;
    const bool only_modes =
        (entry.status & GIT_STATUS_WT_MODIFIED) != 0 && !is_link && working_id(path) == hex(staged);
    if (same(committed, staged) || only_modes || is_promised(path)) {
      return;
    }
    tree_.staged.push_back({path, hex(staged)});
  }

  // 'git add --intent-to-add' stages a name and no content.
  [[nodiscard]] bool is_promised(const std::string& path) const
  {
    const git_index_entry* entry = api().index_get_bypath(index_.get(), path.c_str(), 0);
    return entry != nullptr && (entry->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD) != 0;
  }

  git_repository* repository_;
  std::string top_;
  StatusList status_;
  Index index_;
  std::unordered_map<std::string_view, const git_status_entry*> states_;
  // Index entries whose changes are already told, apart from what the status says of them.
  std::unordered_set<std::string_view> told_;
  WorkingTree tree_;
};

}  // namespace

WorkingTree read_working_tree(git_repository* repository, const std::string& top)
{
  return Reader(repository, top).read();
}

std::string head_commit(git_repository* repository, const std::string& top)
{
  git_reference* reference = nullptr;
  const std::string what = "read HEAD of '" + top + "'";
  const int code = api().repository_head(&reference, repository);
  if (code == GIT_EUNBORNBRANCH) {
    return {};
  }
  check(code, what);
  const Reference head(reference);
  git_object* object = nullptr;
  check(api().reference_peel(&object, head.get(), GIT_OBJECT_COMMIT), what);
  const Object commit(object);
  return hex(*api().object_id(commit.get()));
}

}  // namespace mlrepro::git
