// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <nlohmann/json.hpp>

#include "format/special_numbers.hpp"
#include "format/value_tree.hpp"

namespace mlrepro::format {
namespace {

using Json = nlohmann::ordered_json;

// Tells how far the parser has read, which its own interface says only for errors.
class TrackedCharacter {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackedCharacter(const char* at, std::size_t& read) : at_(at), read_(&read) {}

  reference operator*() const { return *at_; }
  TrackedCharacter& operator++()
  {
    ++at_;
    ++*read_;
    return *this;
  }
  bool operator==(const TrackedCharacter& other) const { return at_ == other.at_; }
  bool operator!=(const TrackedCharacter& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  std::size_t* read_;
};

// Builds the tree while nlohmann parses, since its own objects drop a key's first value silently.
class JsonBuilder final : public nlohmann::json_sax<Json> {
 public:
  JsonBuilder(const std::string& file, std::string_view text)
      : file_(file), text_(text), quoted_(quote_special_numbers(text))
  {
  }

  ValueTree build()
  {
    const char* begin = quoted_.text.data();
    Json::sax_parse(TrackedCharacter(begin, read_),
                    TrackedCharacter(begin + quoted_.text.size(), read_), this);
    return std::move(root_);
  }

  bool null() override { return scalar("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return scalar(text); }
  bool string(string_t& value) override { return scalar(value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(ValueTree::Kind::map); }
  bool key(string_t& value) override
  {
    if (!open_.back().keys.add(value)) {
      refuse_file(file_, position(start_of_string()), "key '" + value + "' stands twice");
    }
    key_ = value;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(ValueTree::Kind::list); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::detail::exception&) override
  {
    const std::size_t at = byte == 0 ? 0 : byte - 1;
    const bool ended = at >= quoted_.text.size();
    refuse_file(file_, position(at), ended ? "the file ends early" : "this is not JSON");
  }

 private:
  struct Open {
    ValueTree* value;
    KeySet keys;
  };

  [[nodiscard]] std::string position(std::size_t byte) const
  {
    return position_text(text_, quoted_.original(byte));
  }

  // Of the string that was read last.
  [[nodiscard]] std::size_t start_of_string() const
  {
    const std::string_view read = std::string_view(quoted_.text).substr(0, read_);
    std::size_t quote = read.rfind('"');
    while (quote != std::string_view::npos && quote > 0) {
      quote = read.rfind('"', quote - 1);
      const std::size_t plain = read.find_last_not_of('\\', quote == 0 ? 0 : quote - 1);
      if (quote == 0 || (quote - 1 - plain) % 2 == 0) {
        break;
      }
    }
    return quote;
  }

  bool scalar(std::string text)
  {
    place()->text = std::move(text);
    return true;
  }

  bool open(ValueTree::Kind kind)
  {
    if (open_.size() >= k_max_depth) {
      refuse_file(file_, position(read_ - 1), "nested too deeply");
    }
    ValueTree* value = place();
    value->kind = kind;
    open_.push_back({value, {}});
    return true;
  }

  bool close()
  {
    open_.pop_back();
    return true;
  }

  ValueTree* place()
  {
    if (open_.empty()) {
      return &root_;
    }
    ValueTree& parent = *open_.back().value;
    if (parent.kind == ValueTree::Kind::map) {
      return &parent.members.emplace_back(key_, ValueTree()).second;
    }
    return &parent.items.emplace_back();
  }

  const std::string& file_;
  std::string_view text_;
  SpecialNumbersQuoted quoted_;
  std::size_t read_ = 0;
  ValueTree root_;
  std::vector<Open> open_;
  std::string key_;
};

}  // namespace

ValueTree parse_json_tree(const std::string& file, std::string_view text)
{
  return JsonBuilder(file, text).build();
}

}  // namespace mlrepro::format
