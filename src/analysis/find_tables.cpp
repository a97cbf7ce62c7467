// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "analysis/table_parts.hpp"
#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/ascii.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::analysis {
namespace {

using model::EntryType;
using model::TreeEntry;

constexpr std::array<std::pair<std::string_view, TableFormat>, 6> k_endings = {{
    {".csv", TableFormat::csv},
    {".tsv", TableFormat::tsv},
    {".jsonl", TableFormat::json_lines},
    {".ndjson", TableFormat::json_lines},
    {".parquet", TableFormat::parquet},
    {".pq", TableFormat::parquet},
}};

std::string path_below(const std::string& folder, const std::string& name)
{
  return folder.empty() ? name : folder + "/" + name;
}

// Markers and checksums that writers of folders leave beside the data.
bool is_hidden(const std::string& name)
{
  return name.starts_with('.') || name.starts_with('_');
}

class TableFinder {
 public:
  explicit TableFinder(versioning::LoadNode load) : load_(std::move(load)) {}

  void look(const std::string& path, const TreeEntry& entry, const std::string& name)
  {
    if (entry.type == EntryType::file) {
      if (auto table = table_of_file(path, entry, name)) {
        found_.push_back(std::move(*table));
      }
    } else if (entry.type == EntryType::folder) {
      look_into(path, entry, name);
    }
  }

  std::vector<TableFile> take() { return std::move(found_); }

 private:
  void look_into(const std::string& path, const TreeEntry& entry, const std::string& name)
  {
    std::vector<TreeEntry> children;
    versioning::TreeCursor cursor(load_, entry.digest);
    while (const TreeEntry* child = cursor.next()) {
      children.push_back(*child);
    }
    const bool partitioned = std::any_of(children.begin(), children.end(), is_partition);
    if (auto table = table_of_folder(load_, path, entry, name, partitioned)) {
      found_.push_back(std::move(*table));
      return;
    }
    for (const TreeEntry& child : children) {
      look(path_below(path, child.name), child, child.name);
    }
  }

  versioning::LoadNode load_;
  std::vector<TableFile> found_;
};

}  // namespace

std::optional<TableFormat> table_format(const std::string& name)
{
  std::string plain = model::lower_case(name);
  const std::size_t dot = plain.rfind('.');
  const bool packed =
      dot != std::string::npos && (plain.substr(dot) == ".gz" || plain.substr(dot) == ".zst");
  plain.resize(packed ? dot : plain.size());
  for (const auto& [ending, format] : k_endings) {
    if (plain.size() > ending.size() && plain.ends_with(ending)) {
      return packed && format == TableFormat::parquet ? std::nullopt : std::optional(format);
    }
  }
  return std::nullopt;
}

std::vector<std::string> table_parts(const versioning::LoadNode& load, const TreeEntry& folder)
{
  std::vector<std::string> paths;
  versioning::walk_tree(load, folder, [&](const std::string& path, const TreeEntry& entry) {
    const bool hidden = !path.empty() && is_hidden(entry.name);
    if (!hidden && entry.type == EntryType::file && table_format(entry.name)) {
      paths.push_back(path);
    }
    return !hidden;
  });
  return paths;
}

bool is_part_path(const std::string& path)
{
  std::size_t start = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', start)) {
    if (is_hidden(path.substr(start, slash - start))) {
      return false;
    }
    start = slash + 1;
  }
  const std::string name = path.substr(start);
  return !is_hidden(name) && table_format(name);
}

bool is_partition(const TreeEntry& entry)
{
  const std::size_t equals = entry.name.find('=');
  return entry.type == EntryType::folder && equals != std::string::npos && equals > 0 &&
         equals + 1 < entry.name.size();
}

std::optional<TableFile> table_of_file(const std::string& path, const TreeEntry& file,
                                       const std::string& name)
{
  const auto format = table_format(name);
  return format ? std::optional(TableFile{path, *format, false, file.size, file.digest,
                                          path.empty() ? name : path})
                : std::nullopt;
}

namespace {

// Of all those files; absent where they have several, or where there is no file.
std::optional<TableFormat> format_of_parts(const versioning::LoadNode& load,
                                           const TreeEntry& folder)
{
  std::optional<TableFormat> format;
  for (const std::string& path : table_parts(load, folder)) {
    const auto own = table_format(path);
    if (format && own != format) {
      return std::nullopt;
    }
    format = own;
  }
  return format;
}

}  // namespace

std::optional<TableFile> table_of_folder(const versioning::LoadNode& load, const std::string& path,
                                         const TreeEntry& folder, const std::string& name,
                                         bool partitioned)
{
  const auto format =
      partitioned || table_format(name) ? format_of_parts(load, folder) : std::nullopt;
  return format ? std::optional(TableFile{path, *format, true, folder.size, folder.digest,
                                          path.empty() ? name : path})
                : std::nullopt;
}

std::vector<TableFile> find_tables(const tracking::Ports& ports, const TreeEntry& root,
                                   const std::string& name)
{
  TableFinder finder(versioning::loader(ports.data.objects));
  finder.look("", root, name.substr(name.rfind('/') + 1));
  return finder.take();
}

}  // namespace mlrepro::analysis
