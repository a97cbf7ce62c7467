// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/tree_writer.hpp"

#include <cstdint>
#include <iterator>

#include "mlrepro/format/tree_node.hpp"

namespace mlrepro::format {
namespace {

// On average a part ends after so many names beyond the smallest: 2^10.
constexpr unsigned k_cut_bits = 10;

// FNV-1a with the finaliser of MurmurHash3, so that the low bits depend on every byte.
std::uint64_t name_hash(std::string_view name)
{
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  }
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33U);
}

// Levels above the leaves look at other bits: at the leaves' cuts the lowest are all zero.
bool is_cut(std::string_view name, unsigned level)
{
  return ((name_hash(name) >> (k_cut_bits * (level % 6U))) & ((1U << k_cut_bits) - 1U)) == 0;
}

void add_to(model::TreePart& sum, const model::TreePart& part)
{
  sum.entries += part.entries;
  sum.size += part.size;
  sum.files += part.files;
}

model::TreePart sum_of(const std::vector<model::TreeEntry>& entries)
{
  model::TreePart part;
  part.first_name = entries.front().name;
  part.entries = entries.size();
  for (const model::TreeEntry& entry : entries) {
    part.size += entry.size;
    part.files += entry.files;
  }
  return part;
}

}  // namespace

void TreeWriter::add(model::TreeEntry entry)
{
  total_.entries += 1;
  total_.size += entry.size;
  total_.files += entry.files;
  if (split_) {
    add_to_part(std::move(entry));
    return;
  }
  pending_.push_back(std::move(entry));
  // Only now it is known that the folder is a big one.
  if (pending_.size() > k_max_node_entries) {
    split_ = true;
    std::vector<model::TreeEntry> held;
    held.swap(pending_);
    for (model::TreeEntry& item : held) {
      add_to_part(std::move(item));
    }
  }
}

void TreeWriter::add_to_part(model::TreeEntry entry)
{
  pending_.push_back(std::move(entry));
  if (pending_.size() == k_max_node_entries ||
      (pending_.size() >= k_min_part_entries && is_cut(pending_.back().name, 0))) {
    cut_leaf();
  }
}

void TreeWriter::cut_leaf()
{
  model::TreePart part = sum_of(pending_);
  model::TreeNode node;
  node.entries.swap(pending_);
  part.digest = put_(encode_tree(node));
  parts_.push_back(std::move(part));
}

std::vector<model::TreePart> TreeWriter::join_parts(const std::vector<model::TreePart>& parts,
                                                    unsigned level)
{
  std::vector<model::TreePart> joined;
  for (std::size_t begin = 0; begin < parts.size();) {
    std::size_t end = begin + 1;
    while (end < parts.size() && end - begin < k_max_node_entries &&
           (end - begin < k_min_part_entries || !is_cut(parts[end].first_name, level))) {
      ++end;
    }
    model::TreeNode node;
    node.parts.assign(parts.begin() + static_cast<std::ptrdiff_t>(begin),
                      parts.begin() + static_cast<std::ptrdiff_t>(end));
    model::TreePart sum;
    sum.first_name = node.parts.front().first_name;
    for (const model::TreePart& part : node.parts) {
      add_to(sum, part);
    }
    sum.digest = put_(encode_tree(node));
    joined.push_back(std::move(sum));
    begin = end;
  }
  return joined;
}

model::TreeEntry TreeWriter::finish()
{
  model::TreeEntry folder;
  folder.type = model::EntryType::folder;
  folder.size = total_.size;
  folder.files = total_.files;
  if (!split_) {
    model::TreeNode node;
    node.entries.swap(pending_);
    folder.digest = put_(encode_tree(node));
    return folder;
  }
  if (!pending_.empty()) {
    cut_leaf();
  }
  for (unsigned level = 1; parts_.size() > k_max_node_entries; ++level) {
    parts_ = join_parts(parts_, level);
  }
  model::TreeNode node;
  node.parts.swap(parts_);
  folder.digest = put_(encode_tree(node));
  return folder;
}

}  // namespace mlrepro::format
