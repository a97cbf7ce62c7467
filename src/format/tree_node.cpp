// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/tree_node.hpp"

#include <cstring>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::format {
namespace {

using model::EntryType;
using model::TreeEntry;

// On disk; never renumber.
constexpr unsigned k_file = 0;
constexpr unsigned k_folder = 1;
constexpr unsigned k_symlink = 2;
constexpr unsigned k_executable_bit = 4;

void put_varint(std::string& out, std::uint64_t value)
{
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7fU) | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void put_entry(std::string& out, const TreeEntry& entry)
{
  unsigned kind = k_file;
  if (entry.type == EntryType::folder) {
    kind = k_folder;
  } else if (entry.type == EntryType::symlink) {
    kind = k_symlink;
  }
  out += static_cast<char>(kind | (entry.executable ? k_executable_bit : 0U));
  put_varint(out, entry.size);
  put_varint(out, entry.files);
  out.append(reinterpret_cast<const char*>(entry.digest.bytes().data()), model::Digest::k_size);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }

  [[noreturn]] void refuse(const std::string& why) const
  {
    throw model::Error(model::ErrorKind::corrupt,
                       "folder node, byte " + std::to_string(position_) + ": " + why);
  }

  std::uint8_t byte() { return static_cast<std::uint8_t>(take(1)[0]); }

  std::uint64_t varint()
  {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t part = byte();
      if (shift == 63 && part > 1) {
        refuse("number too large");
      }
      value |= static_cast<std::uint64_t>(part & 0x7fU) << shift;
      if ((part & 0x80U) == 0) {
        if (part == 0 && shift > 0) {
          refuse("number with a needless byte");
        }
        return value;
      }
    }
    refuse("number too long");
  }

  std::string_view take(std::uint64_t size)
  {
    if (size > bytes_.size() - position_) {
      refuse("ends early");
    }
    const std::string_view taken = bytes_.substr(position_, size);
    position_ += size;
    return taken;
  }

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;
};

TreeEntry take_entry(Reader& reader)
{
  TreeEntry entry;
  const unsigned kind = reader.byte();
  switch (kind & ~k_executable_bit) {
    case k_file:
      entry.type = EntryType::file;
      break;
    case k_folder:
      entry.type = EntryType::folder;
      break;
    case k_symlink:
      entry.type = EntryType::symlink;
      break;
    default:
      reader.refuse("unknown entry type " + std::to_string(kind));
  }
  entry.executable = (kind & k_executable_bit) != 0;
  if (entry.executable && entry.type != EntryType::file) {
    reader.refuse("only a file can be executable");
  }
  entry.size = reader.varint();
  entry.files = reader.varint();
  model::Digest::Bytes digest{};
  std::memcpy(digest.data(), reader.take(digest.size()).data(), digest.size());
  entry.digest = model::Digest(digest);
  return entry;
}

}  // namespace

std::string encode_tree(const model::TreeNode& node)
{
  std::string out;
  put_varint(out, node.entries.size());
  for (const TreeEntry& entry : node.entries) {
    put_varint(out, entry.name.size());
    out += entry.name;
    put_entry(out, entry);
  }
  return out;
}

model::TreeNode decode_tree(std::string_view bytes)
{
  Reader reader(bytes);
  model::TreeNode node;
  const std::uint64_t count = reader.varint();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view name = reader.take(reader.varint());
    if (!model::RepoPath::is_valid_component(name)) {
      reader.refuse("bad name");
    }
    if (!node.entries.empty() && !(node.entries.back().name < name)) {
      reader.refuse("names out of order");
    }
    TreeEntry entry = take_entry(reader);
    entry.name = name;
    node.entries.push_back(std::move(entry));
  }
  if (!reader.at_end()) {
    reader.refuse("bytes behind the last entry");
  }
  return node;
}

std::string encode_root(const TreeEntry& root)
{
  std::string out;
  put_entry(out, root);
  return out;
}

}  // namespace mlrepro::format
