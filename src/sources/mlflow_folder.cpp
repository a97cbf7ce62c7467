// SPDX-License-Identifier: Apache-2.0
#include "sources/mlflow_folder.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;
using model::TroubleSink;
using ports::FileType;

// A dataset's profile may have 16 MB, and YAML quotes it.
constexpr std::size_t k_longest_text = 64UL << 20U;
constexpr std::size_t k_longest_line = 64UL << 10U;
constexpr std::size_t k_buffer_bytes = 64UL << 10U;
constexpr std::size_t k_deepest_name = 100;

const char* name_of_type(FileType type)
{
  return type == FileType::symlink ? "a link that is not followed" : "no file and no folder";
}

// How many lines of a file make no sense, and the first of them.
struct BadLines {
  std::uint64_t count = 0;
  std::uint64_t first = 0;
  std::string text;

  void add(std::uint64_t number, std::string_view line)
  {
    constexpr std::size_t k_shown = 60;
    if (++count == 1) {
      first = number;
      text = format::json_text(line.substr(0, k_shown));
    }
  }
};

}  // namespace

// A folder that is not there is empty.
std::vector<ports::ContainedEntry> MlflowFolder::entries(const std::string& folder,
                                                         const std::string& kind,
                                                         const TroubleSink& troubles) const
{
  try {
    return tree_.list(folder).value_or(std::vector<ports::ContainedEntry>());
  } catch (const Error& error) {
    troubles({kind, folder, error.message()});
    return {};
  }
}

std::vector<std::string> MlflowFolder::folders(const std::string& folder, const std::string& kind,
                                               const TroubleSink& troubles) const
{
  std::vector<std::string> names;
  for (const ports::ContainedEntry& entry : entries(folder, kind, troubles)) {
    if (entry.type == FileType::folder) {
      names.push_back(entry.name);
    } else if (entry.type == FileType::symlink) {
      troubles({kind, (folder.empty() ? "" : folder + "/") + entry.name, name_of_type(entry.type)});
    }
  }
  return names;
}

bool MlflowFolder::has_file(const std::string& folder, const std::string& name) const
{
  const auto inside = tree_.list(folder);
  return inside && std::any_of(inside->begin(), inside->end(), [&](const auto& entry) {
           return entry.name == name && entry.type == FileType::file;
         });
}

void MlflowFolder::add_files(const std::string& folder, const std::string& prefix,
                             std::vector<NamedFile>& found, const std::string& kind,
                             const TroubleSink& troubles) const
{
  for (const ports::ContainedEntry& entry : entries(folder, kind, troubles)) {
    const std::string path = folder + "/" + entry.name;
    if (entry.type == FileType::file) {
      found.push_back({prefix + entry.name, entry.size});
    } else if (entry.type != FileType::folder) {
      troubles({kind, path, name_of_type(entry.type)});
    } else if (std::count(path.begin(), path.end(), '/') > std::ptrdiff_t{k_deepest_name}) {
      troubles({kind, path, "folders within folders without end"});
    } else {
      add_files(path, prefix + entry.name + "/", found, kind, troubles);
    }
  }
}

std::vector<NamedFile> MlflowFolder::files(const std::string& folder, const std::string& kind,
                                           const TroubleSink& troubles) const
{
  std::vector<NamedFile> found;
  add_files(folder, "", found, kind, troubles);
  return found;
}

std::map<std::string, std::string> MlflowFolder::values(const std::string& folder,
                                                        const std::string& kind,
                                                        const TroubleSink& troubles) const
{
  std::map<std::string, std::string> found;
  for (const NamedFile& file : files(folder, kind, troubles)) {
    const std::string path = folder + "/" + file.key;
    try {
      std::string text = read(path);
      if (!format::is_utf8(text)) {
        throw Error(ErrorKind::corrupt, "it is not UTF-8");
      }
      found.emplace(file.key, std::move(text));
    } catch (const Error& error) {
      troubles({kind, path, error.message()});
    }
  }
  return found;
}

std::optional<format::MlflowMeta> MlflowFolder::meta(const std::string& folder,
                                                     const std::string& kind,
                                                     const TroubleSink& troubles) const
{
  const std::string path = folder + "/" + k_meta;
  try {
    return format::MlflowMeta::parse(path, read(path));
  } catch (const Error& error) {
    const bool missing = error.kind() == ErrorKind::not_found;
    troubles({kind, folder, missing ? "it has no meta.yaml" : error.message(),
              !missing || has_records(folder)});
    return std::nullopt;
  }
}

// Where artifacts lie in the same folder as records, there are folders of runs that are nothing
// but artifacts.
bool MlflowFolder::has_records(const std::string& folder) const
{
  constexpr std::array<std::string_view, 3> k_marks = {"meta.yaml", "params", "metrics"};
  const auto is_mark = [&](const ports::ContainedEntry& entry) {
    return std::find(k_marks.begin(), k_marks.end(), entry.name) != k_marks.end();
  };
  const auto ignore = [](const model::ImportTrouble&) {};
  const auto inside = entries(folder, "", ignore);
  return std::any_of(inside.begin(), inside.end(), [&](const ports::ContainedEntry& entry) {
    const auto below = entries(folder + "/" + entry.name, "", ignore);
    return is_mark(entry) || std::any_of(below.begin(), below.end(), is_mark);
  });
}

std::string MlflowFolder::read(const std::string& path) const
{
  const auto source = tree_.open(path);
  std::string text;
  std::array<std::byte, k_buffer_bytes> buffer{};
  while (const std::size_t size = source->read(buffer)) {
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
    if (text.size() > k_longest_text) {
      throw Error(ErrorKind::corrupt, "it is longer than " + format::human_bytes(k_longest_text));
    }
  }
  return text;
}

void MlflowFolder::lines(const std::string& path, const std::string& kind,
                         const std::function<bool(std::string_view)>& visit,
                         const TroubleSink& troubles) const
{
  BadLines bad;
  try {
    const auto source = tree_.open(path);
    std::string rest;
    std::uint64_t number = 0;
    std::array<std::byte, k_buffer_bytes> buffer{};
    while (const std::size_t size = source->read(buffer)) {
      rest.append(reinterpret_cast<const char*>(buffer.data()), size);
      std::size_t start = 0;
      for (std::size_t end = rest.find('\n'); end != std::string::npos;
           end = rest.find('\n', start)) {
        const std::string_view line = std::string_view(rest).substr(start, end - start);
        ++number;
        if (!visit(line)) {
          bad.add(number, line);
        }
        start = end + 1;
      }
      rest.erase(0, start);
      if (rest.size() > k_longest_line) {
        throw Error(ErrorKind::corrupt, "line " + std::to_string(number + 1) + " has no end");
      }
    }
    if (!rest.empty()) {
      troubles({kind, path,
                "its last line was not written to its end: '" +
                    format::json_text(rest.substr(0, 60)) + "'"});
    }
  } catch (const Error& error) {
    troubles({kind, path, error.message()});
  }
  if (bad.count > 0) {
    troubles({kind, path,
              format::counted(bad.count, "line") + " without sense; line " +
                  std::to_string(bad.first) + " is '" + bad.text + "'"});
  }
}

}  // namespace mlrepro::sources
