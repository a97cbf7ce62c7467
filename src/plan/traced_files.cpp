// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/traced_files.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::plan {
namespace {

using model::FileAccess;
using AccessKind = FileAccess::Kind;

std::string folder_of(const std::string& path)
{
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_installed(const std::string& path, const std::string& prefix)
{
  constexpr std::array<std::string_view, 10> k_parts{"/bin", "/lib",       "/lib64", "/libexec",
                                                     "/etc", "/share",     "/ssl",   "/include",
                                                     "/var", "/pyvenv.cfg"};
  return std::any_of(k_parts.begin(), k_parts.end(), [&](std::string_view part) {
    return model::is_within(path, (prefix == "/" ? "" : prefix) + std::string(part));
  });
}

class Replay {
 public:
  void play(const FileAccess& access)
  {
    switch (access.kind) {
      case AccessKind::execute:
        executed_.insert(access.path);
        note_prefix(access.path);
        read(access);
        break;
      case AccessKind::read:
        note_environment(access.path);
        read(access);
        break;
      case AccessKind::write:
        write(access, false);
        break;
      case AccessKind::link:
        write(access, true);
        break;
      case AccessKind::rename:
        move(access.path, access.to);
        break;
      case AccessKind::exchange:
        exchange(access.path, access.to);
        break;
      case AccessKind::remove:
        remove(access);
        break;
      case AccessKind::connect:
        remotes_.insert(access.path);
        break;
      case AccessKind::blind:
        blind_.insert(access.path);
        break;
    }
  }

  TracedFiles finish(const std::vector<std::string>& roots)
  {
    roots_ = roots;
    TracedFiles found;
    found.remotes.assign(remotes_.begin(), remotes_.end());
    found.blind.assign(blind_.begin(), blind_.end());
    const auto is_inside = [&](const std::string& path) {
      return std::any_of(roots.begin(), roots.end(),
                         [&](const std::string& root) { return model::is_within(path, root); });
    };
    for (const std::string& prefix : prefixes_) {
      if (is_inside(prefix) && !in_environment(prefix)) {
        found.prefixes.push_back(prefix);
      }
    }
    for (auto& [path, file] : files_) {
      if ((file.read || file.written) && !in_environment(path)) {
        file.path = path;
        const bool inside = is_inside(path);
        if (inside || !is_of_a_program(path)) {
          (inside ? found.inside : found.outside).push_back(std::move(file));
        }
      }
    }
    return found;
  }

 private:
  // A virtual environment's interpreter reads this first of all.
  void note_environment(const std::string& path)
  {
    if (path.ends_with("/pyvenv.cfg")) {
      environments_.insert(folder_of(path));
    }
  }

  void note_prefix(const std::string& program)
  {
    const std::string folder = folder_of(program);
    if (folder.ends_with("/bin") && folder.size() > 4) {
      prefixes_.insert(folder_of(folder));
    }
  }

  void read(const FileAccess& access)
  {
    TracedFile& file = files_[access.path];
    if (!file.written && !file.read) {
      file.read = access.before;
    }
  }

  TracedFile& write(const FileAccess& access, bool is_link)
  {
    TracedFile& file = files_[access.path];
    if (!file.written) {
      file.before = access.before;
    }
    file.written = true;
    file.is_link = is_link;
    return file;
  }

  // What the run made and nobody had before leaves nothing behind.
  void remove(const FileAccess& access)
  {
    const auto file = files_.find(access.path);
    if (file != files_.end() && file->second.written && !file->second.before &&
        !file->second.read) {
      files_.erase(file);
      return;
    }
    if (access.before) {
      write(access, false);
    }
  }

  void move(const std::string& from, const std::string& to)
  {
    auto moved = take(from);
    const bool known = !moved.empty();
    for (auto& [path, file] : moved) {
      arrive(to + path.substr(from.size()), file);
      if (file.read || file.before) {  // a file of before the run, which is gone from there
        file.written = true;
        file.is_link = false;
        files_[path] = std::move(file);
      }
    }
    if (!known) {
      arrive(to, {});
    }
  }

  void exchange(const std::string& a, const std::string& b)
  {
    auto from_a = take(a);
    auto from_b = take(b);
    from_a.try_emplace(a);
    from_b.try_emplace(b);
    for (auto& [path, file] : from_a) {
      arrive(b + path.substr(a.size()), file);
    }
    for (auto& [path, file] : from_b) {
      arrive(a + path.substr(b.size()), file);
    }
  }

  // `path` now has what the run put there; what was read under that name before stays known.
  void arrive(const std::string& path, const TracedFile& source)
  {
    TracedFile& file = files_[path];
    file.written = true;
    file.is_link = source.is_link;
  }

  std::map<std::string, TracedFile> take(const std::string& path)
  {
    std::map<std::string, TracedFile> taken;
    for (auto file = files_.lower_bound(path);
         file != files_.end() && file->first.starts_with(path);) {
      if (model::is_within(file->first, path)) {
        taken.insert(files_.extract(file++));
      } else {
        ++file;
      }
    }
    return taken;
  }

  [[nodiscard]] bool in_environment(const std::string& path) const
  {
    return std::any_of(environments_.begin(), environments_.end(), [&](const std::string& folder) {
      // The project itself may be one: then only what was installed is.
      const bool holds_a_root =
          std::any_of(roots_.begin(), roots_.end(),
                      [&](const std::string& root) { return model::is_within(root, folder); });
      return holds_a_root ? is_installed(path, folder) : model::is_within(path, folder);
    });
  }

  // Outside of the project a folder that programs come from is an installation of something.
  [[nodiscard]] bool is_of_a_program(const std::string& path) const
  {
    return executed_.contains(path) ||
           std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](const std::string& prefix) { return is_installed(path, prefix); });
  }

  std::vector<std::string> roots_;
  std::map<std::string, TracedFile> files_;
  std::set<std::string> executed_;
  std::set<std::string> environments_;
  std::set<std::string> prefixes_;
  std::set<std::string> remotes_;
  std::set<std::string> blind_;
};

}  // namespace

TracedFiles find_traced_files(std::span<const FileAccess> accesses,
                              const std::vector<std::string>& inside_roots)
{
  Replay replay;
  for (const FileAccess& access : accesses) {
    replay.play(access);
  }
  return replay.finish(inside_roots);
}

}  // namespace mlrepro::plan
