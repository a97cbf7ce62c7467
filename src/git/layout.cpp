// SPDX-License-Identifier: Apache-2.0
#include "git/layout.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "mlrepro/model/ascii.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::git {
namespace {

// A '.git' file or a configuration larger than this is none.
constexpr std::size_t k_small_file = std::size_t{1} << 20;

struct FreeMemory {
  void operator()(char* memory) const { std::free(memory); }
};

std::string resolve(const std::string& path)
{
  const std::unique_ptr<char, FreeMemory> resolved(::realpath(path.c_str(), nullptr));
  return resolved ? std::string(resolved.get()) : std::string();
}

std::optional<struct stat> stat_of(const std::string& path)
{
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

bool is_folder(const std::string& path)
{
  const auto status = stat_of(path);
  return status && S_ISDIR(status->st_mode);
}

std::optional<std::string> read_small(const std::string& path)
{
  const posix::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    return std::nullopt;
  }
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t size = 0;
  while (text.size() < k_small_file &&
         (size = ::read(file.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return size < 0 ? std::nullopt : std::optional(text);
}

std::string_view trim(std::string_view text)
{
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string parent_of(const std::string& path)
{
  const std::size_t slash = path.find_last_of('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join(const std::string& folder, std::string_view path)
{
  return path.starts_with('/') ? std::string(path) : folder + "/" + std::string(path);
}

struct CoreSettings {
  bool bare = false;
  std::string worktree;  // as written
};

std::string unquote(std::string_view value)
{
  std::string result;
  bool quoted = false;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '\\' && at + 1 < value.size()) {
      result += value[++at];
    } else if ((c == '#' || c == ';') && !quoted) {
      break;
    } else {
      result += c;
    }
  }
  return std::string(trim(result));
}

// core.bare and core.worktree of one configuration file; what else it says does not move a tree.
void read_core_settings(const std::string& file, CoreSettings& settings)
{
  const std::string text = read_small(file).value_or("");
  bool in_core = false;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = trim(std::string_view(text).substr(start, end - start));
    start = end + 1;
    if (line.starts_with('[')) {
      const std::size_t close = std::min(line.find(']'), line.size());
      in_core = model::lower_case(trim(line.substr(1, close - 1))) == "core";
      line = trim(line.substr(std::min(close + 1, line.size())));
    }
    if (!in_core || line.empty()) {
      continue;
    }
    const std::size_t equals = line.find('=');
    const std::string key = model::lower_case(trim(line.substr(0, equals)));
    const std::string value =
        equals == std::string_view::npos ? "true" : unquote(trim(line.substr(equals + 1)));
    if (key == "bare") {
      const std::string word = model::lower_case(value);
      settings.bare = word == "true" || word == "yes" || word == "on" || word == "1";
    } else if (key == "worktree") {
      settings.worktree = value;
    }
  }
}

CoreSettings core_settings_of(const std::string& git_folder)
{
  CoreSettings settings;
  read_core_settings(git_folder + "/config", settings);
  read_core_settings(git_folder + "/config.worktree", settings);
  return settings;
}

std::string common_folder_of(const std::string& git_folder)
{
  const auto text = read_small(git_folder + "/commondir");
  const std::string common = text ? resolve(join(git_folder, trim(*text))) : std::string();
  return common.empty() ? git_folder : common;
}

bool is_git_folder(const std::string& path)
{
  struct stat head = {};
  const std::string common = common_folder_of(path);
  return ::lstat((path + "/HEAD").c_str(), &head) == 0 && is_folder(common + "/objects") &&
         is_folder(common + "/refs");
}

// The git folder of a working tree whose top is `place`; empty when it is none.
std::string git_folder_at(const std::string& place)
{
  const std::string path = (place == "/" ? std::string() : place) + "/.git";
  const auto status = stat_of(path);
  std::string folder;
  if (status && S_ISREG(status->st_mode)) {
    const std::string text = read_small(path).value_or("");
    constexpr std::string_view k_key = "gitdir:";
    if (text.starts_with(k_key)) {
      folder = resolve(join(place, trim(std::string_view(text).substr(k_key.size()))));
    }
  } else if (status && S_ISDIR(status->st_mode)) {
    folder = resolve(path);
  }
  return !folder.empty() && is_git_folder(folder) ? folder : std::string();
}

// Git never looks into these folders nor above them, unless the search starts there.
std::vector<std::string> ceilings()
{
  std::vector<std::string> result;
  const char* const variable = std::getenv("GIT_CEILING_DIRECTORIES");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (const std::string folder = resolve(std::string(rest.substr(0, end))); !folder.empty()) {
      result.push_back(folder);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result;
}

std::optional<Layout> layout_at(const std::string& place, const std::string& git_folder)
{
  Layout layout{place, git_folder, common_folder_of(git_folder)};
  if (layout.is_linked()) {
    return layout;
  }
  const CoreSettings settings = core_settings_of(git_folder);
  if (!settings.worktree.empty()) {
    layout.top = resolve(join(git_folder, settings.worktree));
    return layout.top.empty() ? std::nullopt : std::optional(layout);
  }
  return settings.bare ? std::nullopt : std::optional(layout);
}

}  // namespace

std::optional<Layout> find_layout(const std::string& folder)
{
  std::string place = resolve(folder);
  const auto start = stat_of(place);
  if (!start) {
    return std::nullopt;
  }
  const std::vector<std::string> limits = ceilings();
  while (true) {
    if (const std::string git_folder = git_folder_at(place); !git_folder.empty()) {
      return layout_at(place, git_folder);
    }
    const bool inside_dot_git = place.ends_with("/.git");
    if (!inside_dot_git && is_git_folder(place)) {
      return std::nullopt;  // a bare repository
    }
    const std::string above = parent_of(place);
    const auto status = stat_of(above);
    if (place == "/" || !status || status->st_dev != start->st_dev ||
        std::find(limits.begin(), limits.end(), above) != limits.end()) {
      return std::nullopt;
    }
    place = above;
  }
}

std::optional<std::string> main_top_of(const Layout& linked)
{
  const CoreSettings settings = core_settings_of(linked.common_folder);
  if (!settings.worktree.empty()) {
    const std::string top = resolve(join(linked.common_folder, settings.worktree));
    return top.empty() ? std::nullopt : std::optional(top);
  }
  if (settings.bare || !linked.common_folder.ends_with("/.git")) {
    return std::nullopt;
  }
  return parent_of(linked.common_folder);
}

}  // namespace mlrepro::git
