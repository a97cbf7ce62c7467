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

void put_name(std::string& out, const std::string& name)
{
  put_varint(out, name.size());
  out += name;
}

void put_digest(std::string& out, const model::Digest& digest)
{
  out.append(reinterpret_cast<const char*>(digest.bytes().data()), model::Digest::k_size);
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
  put_digest(out, entry.digest);
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

  model::Digest digest()
  {
    model::Digest::Bytes bytes{};
    std::memcpy(bytes.data(), take(bytes.size()).data(), bytes.size());
    return model::Digest(bytes);
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
  entry.digest = reader.digest();
  return entry;
}

std::string_view take_name(Reader& reader, const std::string* before)
{
  const std::string_view name = reader.take(reader.varint());
  if (!model::RepoPath::is_valid_component(name)) {
    reader.refuse("bad name");
  }
  if (before != nullptr && !(*before < name)) {
    reader.refuse("names out of order");
  }
  return name;
}

void take_parts(Reader& reader, model::TreeNode& node)
{
  const std::uint64_t count = reader.varint();
  if (count == 0) {
    reader.refuse("no parts");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    model::TreePart part;
    part.first_name =
        take_name(reader, node.parts.empty() ? nullptr : &node.parts.back().first_name);
    part.entries = reader.varint();
    part.size = reader.varint();
    part.files = reader.varint();
    part.digest = reader.digest();
    if (part.entries == 0) {
      reader.refuse("part without entries");
    }
    node.parts.push_back(std::move(part));
  }
}

}  // namespace

std::string encode_tree(const model::TreeNode& node)
{
  std::string out;
  put_varint(out, node.entries.size());
  for (const TreeEntry& entry : node.entries) {
    put_name(out, entry.name);
    put_entry(out, entry);
  }
  if (!node.parts.empty()) {
    put_varint(out, node.parts.size());
  }
  for (const model::TreePart& part : node.parts) {
    put_name(out, part.first_name);
    put_varint(out, part.entries);
    put_varint(out, part.size);
    put_varint(out, part.files);
    put_digest(out, part.digest);
  }
  return out;
}

model::TreeNode decode_tree(std::string_view bytes)
{
  Reader reader(bytes);
  model::TreeNode node;
  const std::uint64_t count = reader.varint();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view name =
        take_name(reader, node.entries.empty() ? nullptr : &node.entries.back().name);
    TreeEntry entry = take_entry(reader);
    entry.name = name;
    node.entries.push_back(std::move(entry));
  }
  // An empty folder is the count alone; behind it come the parts of a big one.
  if (count == 0 && !reader.at_end()) {
    take_parts(reader, node);
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
