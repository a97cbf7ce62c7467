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

std::string joined(const std::string& folder, const std::string& name)
{
  return folder.empty() ? name : folder + "/" + name;
}

// "region=north", as Hive and Spark write folders.
bool is_partition(const std::string& name)
{
  const std::size_t equals = name.find('=');
  return equals != std::string::npos && equals > 0 && equals + 1 < name.size();
}

// Markers and checksums that writers of folders leave beside the data.
bool is_hidden(const std::string& name)
{
  return name.starts_with('.') || name.starts_with('_');
}

class Finder {
 public:
  explicit Finder(versioning::LoadNode load) : load_(std::move(load)) {}

  void look(const std::string& path, const TreeEntry& entry, const std::string& name)
  {
    if (entry.type == EntryType::file) {
      if (const auto format = table_format(name)) {
        found_.push_back(
            {path, *format, false, entry.size, entry.digest, path.empty() ? name : path});
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
    const bool partitioned =
        std::any_of(children.begin(), children.end(), [](const TreeEntry& child) {
          return child.type == EntryType::folder && is_partition(child.name);
        });
    if (partitioned || table_format(name)) {
      if (const auto format = format_of_parts(load_, entry)) {
        found_.push_back(
            {path, *format, true, entry.size, entry.digest, path.empty() ? name : path});
        return;
      }
    }
    for (const TreeEntry& child : children) {
      look(joined(path, child.name), child, child.name);
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

std::vector<TableFile> find_tables(const tracking::Ports& ports, const TreeEntry& root,
                                   const std::string& name)
{
  Finder finder(versioning::loader(ports.data.objects));
  finder.look("", root, name.substr(name.rfind('/') + 1));
  return finder.take();
}

}  // namespace mlrepro::analysis
