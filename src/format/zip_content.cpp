// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/content_parts.hpp"

namespace mlrepro::format {
namespace {

// The directory at an archive's end must fit into this much, which is some 200,000 entries.
constexpr std::size_t k_max_directory = 16UL * 1024 * 1024;
constexpr std::size_t k_max_entries = 200'000;
constexpr std::uint64_t k_in_extra_64 = 0xffffffff;
constexpr std::string_view k_local_mark = "PK\x03\x04";
constexpr std::string_view k_entry_mark = "PK\x01\x02";
constexpr std::string_view k_end_mark = "PK\x05\x06";
constexpr std::string_view k_end_64_mark = "PK\x06\x06";
constexpr std::string_view k_locator_mark = "PK\x06\x07";
constexpr std::size_t k_local_size = 30;
constexpr std::size_t k_entry_size = 46;
constexpr std::size_t k_end_size = 22;
constexpr std::size_t k_locator_size = 20;
constexpr std::size_t k_end_64_size = 56;

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size)
{
  if (at > bytes.size() || size > bytes.size() - at) {
    refuse_content("its directory is damaged");
  }
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}

std::string_view bytes_at(std::string_view bytes, std::uint64_t at, std::uint64_t size)
{
  if (at > bytes.size() || size > bytes.size() - at) {
    refuse_content("its directory is damaged");
  }
  return bytes.substr(at, size);
}

struct Entry {
  std::string name;
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t crc = 0;
  std::uint64_t packed = 0;  // bytes
  std::uint64_t size = 0;    // bytes, unpacked
  std::uint64_t offset = 0;  // of its local header
};

// The last bytes of a file, as many as a directory may have, and where they begin.
struct Tail {
  std::string bytes;
  std::uint64_t offset = 0;
};

Tail read_tail(const ReadBytes& read)
{
  Tail tail;
  std::vector<std::byte> buffer(256UL * 1024);
  for (std::size_t got = read(buffer); got > 0; got = read(buffer)) {
    tail.bytes.append(reinterpret_cast<const char*>(buffer.data()), got);
    if (tail.bytes.size() > 2 * k_max_directory) {
      tail.offset += tail.bytes.size() - k_max_directory;
      tail.bytes.erase(0, tail.bytes.size() - k_max_directory);
    }
  }
  return tail;
}

// What is listed at the end of the archive, which is what every reader goes by.
class Directory {
 public:
  Directory(const Tail& tail, ContentParts& parts) : tail_(tail), parts_(parts) {}

  std::vector<Entry> read()
  {
    find_end();
    if (start_ < tail_.offset) {
      refuse_content("its directory is too large");
    }
    const std::string_view listed = bytes_at(tail_.bytes, start_ - tail_.offset, size_);
    std::vector<Entry> entries;
    std::size_t at = 0;
    while (at < listed.size()) {
      if (entries.size() >= k_max_entries) {
        refuse_content("it has more entries than are read");
      }
      entries.push_back(read_entry(listed, at));
    }
    return entries;
  }

 private:
  void find_end()
  {
    const std::string_view bytes = tail_.bytes;
    std::size_t at = bytes.rfind(k_end_mark);
    while (at != std::string_view::npos && !ends_file(at)) {
      at = at == 0 ? std::string_view::npos : bytes.rfind(k_end_mark, at - 1);
    }
    if (at == std::string_view::npos) {
      refuse_content("it has no directory");
    }
    size_ = number_at(bytes, at + 12, 4);
    start_ = number_at(bytes, at + 16, 4);
    if (const std::string_view comment = bytes.substr(at + k_end_size); !comment.empty()) {
      parts_.add("(comment of the archive)", bytes_of(comment));
    }
    if (at >= k_locator_size && bytes.substr(at - k_locator_size).starts_with(k_locator_mark)) {
      const std::uint64_t end_64 = number_at(bytes, at - k_locator_size + 8, 8);
      if (end_64 < tail_.offset) {
        refuse_content("its directory is too large");
      }
      const std::string_view record = bytes_at(bytes, end_64 - tail_.offset, k_end_64_size);
      if (!record.starts_with(k_end_64_mark)) {
        refuse_content("its directory is damaged");
      }
      size_ = number_at(record, 40, 8);
      start_ = number_at(record, 48, 8);
    }
  }

  [[nodiscard]] bool ends_file(std::size_t at) const
  {
    return tail_.bytes.size() - at >= k_end_size &&
           number_at(tail_.bytes, at + 20, 2) == tail_.bytes.size() - at - k_end_size;
  }

  Entry read_entry(std::string_view listed, std::size_t& at)
  {
    const std::string_view header = bytes_at(listed, at, k_entry_size);
    if (!header.starts_with(k_entry_mark)) {
      refuse_content("its directory is damaged");
    }
    Entry entry;
    entry.flags = number_at(header, 8, 2);
    entry.method = number_at(header, 10, 2);
    entry.crc = number_at(header, 16, 4);
    entry.packed = number_at(header, 20, 4);
    entry.size = number_at(header, 24, 4);
    entry.offset = number_at(header, 42, 4);
    const std::uint64_t name_size = number_at(header, 28, 2);
    const std::uint64_t extra_size = number_at(header, 30, 2);
    const std::uint64_t comment_size = number_at(header, 32, 2);
    at += k_entry_size;
    entry.name = bytes_at(listed, at, name_size);
    const std::string_view extra = bytes_at(listed, at + name_size, extra_size);
    read_extra(extra, entry);
    const std::string_view comment = bytes_at(listed, at + name_size + extra_size, comment_size);
    if (!comment.empty()) {
      parts_.add(entry.name + " (comment)", bytes_of(comment));
    }
    at += name_size + extra_size + comment_size;
    parts_.ignore("times of entries", header.substr(12, 4));
    parts_.ignore("modes of entries", header.substr(38, 4));
    parts_.ignore("the order of entries", entry.name);
    return entry;
  }

  // Sizes that did not fit into the header. All else in there is times, owners and padding.
  void read_extra(std::string_view extra, Entry& entry)
  {
    parts_.ignore("extra fields of entries", extra);
    while (extra.size() >= 4) {
      const std::uint64_t id = number_at(extra, 0, 2);
      const std::uint64_t size = number_at(extra, 2, 2);
      const std::string_view field = bytes_at(extra, 4, size);
      std::size_t at = 0;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset}) {
        if (id == 1 && *value == k_in_extra_64 && field.size() >= at + 8) {
          *value = number_at(field, at, 8);
          at += 8;
        }
      }
      extra.remove_prefix(4 + size);
    }
  }

  const Tail& tail_;
  ContentParts& parts_;
  std::uint64_t start_ = 0;
  std::uint64_t size_ = 0;
};

class EntryReader {
 public:
  EntryReader(ByteInput& archive, const Entry& entry, UnpackBudget& budget)
      : archive_(archive), entry_(entry), left_(entry.packed)
  {
    if (entry_.method == k_deflated) {
      inflater_.emplace(packed_, Wrapping::none, budget);
    }
  }

  std::size_t read(std::span<std::byte> out)
  {
    const std::size_t bytes = inflater_ ? inflater_->read(out) : packed_.read(out);
    crc_ = continue_crc(crc_, out.first(bytes));
    read_ += bytes;
    if (bytes == 0) {
      finish();
    }
    return bytes;
  }

 private:
  static constexpr std::uint64_t k_stored = 0;
  static constexpr std::uint64_t k_deflated = 8;

  std::size_t read_packed(std::span<std::byte> out)
  {
    const std::size_t bytes = archive_.read(out.first(std::min<std::uint64_t>(out.size(), left_)));
    if (bytes == 0 && left_ > 0) {
      refuse_content("it ends early");
    }
    left_ -= bytes;
    return bytes;
  }

  // What is packed in a way that is not known here is compared as it is, and has no checksum then.
  void finish()
  {
    while (!packed_.at_end()) {
      packed_.consume(packed_.available().size());
    }
    const bool known = entry_.method == k_stored || entry_.method == k_deflated;
    if (known && (crc_ != entry_.crc || read_ != entry_.size)) {
      refuse_content("entry '" + entry_.name + "' is damaged");
    }
  }

  ByteInput& archive_;
  const Entry& entry_;
  std::uint64_t left_;
  ByteInput packed_{[this](std::span<std::byte> out) { return read_packed(out); }};
  std::optional<Inflater> inflater_;
  std::uint32_t crc_ = 0;
  std::uint64_t read_ = 0;
};

void read_entry(ByteInput& archive, const Entry& entry, ContentParts& parts)
{
  if (!archive.peek(k_local_mark.size()).starts_with(k_local_mark)) {
    refuse_content("entry '" + entry.name + "' is not where the directory says");
  }
  const std::string header = archive.take(k_local_size);
  archive.skip(number_at(header, 26, 2) + number_at(header, 28, 2));
  EntryReader reader(archive, entry, parts.budget());
  read_stream(
      entry.name, [&reader](std::span<std::byte> out) { return reader.read(out); }, entry.name,
      parts);
}

}  // namespace

void read_zip(const ContentSource& source, ContentParts& parts)
{
  const Tail tail = read_tail(source.open());
  std::vector<Entry> entries = Directory(tail, parts).read();
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  ByteInput archive(source.open());
  for (const Entry& entry : entries) {
    constexpr std::uint64_t k_encrypted = 1;
    if ((entry.flags & k_encrypted) != 0) {
      refuse_content("entry '" + entry.name + "' is encrypted");
    }
    // Two entries in one place would make a small archive as long to read as one likes.
    if (entry.offset < archive.taken()) {
      refuse_content("entries lie in each other");
    }
    archive.skip(entry.offset - archive.taken());
    read_entry(archive, entry, parts);
  }
}

}  // namespace mlrepro::format
