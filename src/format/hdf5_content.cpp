// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/content_parts.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

// What is larger is compared as it is: where the times stand shows only when all is in memory.
constexpr std::size_t k_max_file = 128'000'000;
constexpr std::size_t k_max_blocks = 1'000'000;
constexpr std::size_t k_max_messages = 20'000'000;
constexpr std::uint64_t k_undefined = ~std::uint64_t{0};
constexpr std::size_t k_time_size = 4;

// Finds the times at which objects were modified, in the layout that HDF5 writes unless told
// otherwise (sections II to IV of the HDF5 File Format Specification). It follows groups from the
// root, as every reader does, and refuses a file whose layout it can't follow.
class ObjectTimes {
 public:
  explicit ObjectTimes(std::string_view file) : file_(file) {}

  // Where they stand, k_time_size bytes each.
  std::vector<std::uint64_t> find()
  {
    find_root();
    while (!left_.empty()) {
      const Block block = left_.back();
      left_.pop_back();
      switch (block.kind) {
        case Kind::header:
          read_header(block.at);
          break;
        case Kind::tree:
          read_tree(block.at);
          break;
        case Kind::symbols:
          read_symbols(block.at);
          break;
      }
    }
    return std::move(times_);
  }

 private:
  enum class Kind { header, tree, symbols };
  struct Block {
    Kind kind;
    std::uint64_t at;
  };

  void require(std::uint64_t at, std::uint64_t size) const
  {
    if (at > file_.size() || size > file_.size() - at) {
      refuse_content("an address in it is wrong");
    }
  }

  [[nodiscard]] std::uint64_t number(std::uint64_t at, std::size_t size) const
  {
    require(at, size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) {
      value = (value << 8U) | static_cast<unsigned char>(file_[at + i - 1]);
    }
    return value;
  }

  void require_mark(std::uint64_t at, std::string_view mark) const
  {
    require(at, mark.size());
    if (file_.substr(at, mark.size()) != mark) {
      refuse_content("its layout is not read");
    }
  }

  void require_value(std::uint64_t at, std::size_t size, std::uint64_t value) const
  {
    if (number(at, size) != value) {
      refuse_content("its layout is not read");
    }
  }

  void add(Kind kind, std::uint64_t at)
  {
    if (++links_ > k_max_messages) {
      refuse_content("it has more objects than are read");
    }
    if (at != k_undefined && seen_.insert(at).second) {
      if (seen_.size() > k_max_blocks) {
        refuse_content("it has more objects than are read");
      }
      left_.push_back({kind, at});
    }
  }

  void find_root()
  {
    const std::uint64_t version = number(8, 1);
    if (version > 1) {
      refuse_content("its layout is not read");
    }
    require_value(13, 1, 8);  // bytes of an offset
    require_value(14, 1, 8);  // and of a length
    const std::uint64_t addresses = version == 0 ? 24 : 28;
    require_value(addresses, 8, 0);  // from where offsets count
    add(Kind::header, number(addresses + 40, 8));
  }

  // Version 1: messages in one block after the other.
  void read_header(std::uint64_t at)
  {
    constexpr std::uint64_t k_prefix = 16;
    require_value(at, 1, 1);
    std::uint64_t messages = number(at + 2, 2);
    continuations_ = {{at + k_prefix, number(at + 8, 4)}};
    for (std::size_t i = 0; i < continuations_.size(); ++i) {
      const auto [begin, size] = continuations_[i];
      require(begin, size);
      std::uint64_t next = begin;
      for (; messages > 0 && next + 8 <= begin + size; --messages) {
        next = read_message(next, begin + size);
      }
    }
    if (messages > 0) {
      refuse_content("an object in it ends early");
    }
  }

  // Returns where the next one begins.
  std::uint64_t read_message(std::uint64_t at, std::uint64_t end)
  {
    constexpr std::uint64_t k_shared = 2;
    if (++messages_ > k_max_messages) {
      refuse_content("it has more objects than are read");
    }
    const std::uint64_t type = number(at, 2);
    const std::uint64_t size = number(at + 2, 2);
    const std::uint64_t data = at + 8;
    if (size > end - data) {
      refuse_content("an object in it ends early");
    }
    const bool is_shared = (number(at + 4, 1) & k_shared) != 0;
    constexpr std::uint64_t k_link_info = 0x02;
    constexpr std::uint64_t k_link = 0x06;
    constexpr std::uint64_t k_continuation = 0x10;
    constexpr std::uint64_t k_symbol_table = 0x11;
    constexpr std::uint64_t k_modified = 0x12;
    if (type == k_link_info || type == k_link) {
      refuse_content("its layout is not read");
    }
    if (!is_shared && size >= 16 && type == k_continuation) {
      continuations_.emplace_back(number(data, 8), number(data + 8, 8));
    } else if (!is_shared && size >= 16 && type == k_symbol_table) {
      add(Kind::tree, number(data, 8));
    } else if (!is_shared && size >= 8 && type == k_modified && number(data, 1) == 1) {
      times_.push_back(data + 4);
    }
    return data + size;
  }

  // Of a group; keys and children in turn.
  void read_tree(std::uint64_t at)
  {
    require_mark(at, "TREE");
    require_value(at + 4, 1, 0);
    const std::uint64_t level = number(at + 5, 1);
    const std::uint64_t children = number(at + 6, 2);
    for (std::uint64_t i = 0; i < children; ++i) {
      add(level == 0 ? Kind::symbols : Kind::tree, number(at + 32 + i * 16, 8));
    }
  }

  void read_symbols(std::uint64_t at)
  {
    constexpr std::uint64_t k_entry = 40;
    require_mark(at, "SNOD");
    const std::uint64_t entries = number(at + 6, 2);
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::uint64_t entry = at + 8 + i * k_entry;
      constexpr std::uint64_t k_soft_link = 2;
      if (number(entry + 16, 4) != k_soft_link) {
        add(Kind::header, number(entry + 8, 8));
      }
    }
  }

  std::string_view file_;
  std::size_t messages_ = 0;
  std::vector<std::uint64_t> times_;
  std::vector<Block> left_;
  std::set<std::uint64_t> seen_;
  std::size_t links_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> continuations_;
};

}  // namespace

void read_hdf5(ByteInput& input, const std::string& prefix, ContentParts& parts)
{
  std::string file;
  while (file.size() <= k_max_file && !input.at_end()) {
    const std::string_view ready = input.available();
    file += ready;
    input.consume(ready.size());
  }
  std::string name = prefix;
  try {
    if (file.size() > k_max_file) {
      refuse_content("it is too large");
    }
    for (const std::uint64_t at : ObjectTimes(file).find()) {
      parts.ignore("times of objects", std::string_view(file).substr(at, k_time_size));
      file.replace(at, k_time_size, k_time_size, '\0');
    }
  } catch (const model::Error& error) {
    name = (prefix.empty() ? "" : prefix + ": ") + "a byte (" + error.message() + ")";
  }
  const ReadBytes start = bytes_of(file);
  parts.add(name, [&](std::span<std::byte> out) {
    const std::size_t bytes = start(out);
    return bytes > 0 ? bytes : input.read(out);
  });
}

}  // namespace mlrepro::format
