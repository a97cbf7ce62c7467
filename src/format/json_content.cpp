// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "format/content_parts.hpp"
#include "format/special_numbers.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

using PlainJson = nlohmann::json;

// What is larger is compared as it is: an object is in memory until its keys are sorted.
constexpr std::size_t k_max_text = 16'000'000;
constexpr std::size_t k_max_nesting = 500;

struct NamedPart {
  std::string name;
  std::string text;
};

// Writes each value in one way: keys sorted, no white space, numbers by their value. Of a notebook,
// what running it again changes is left out.
class Canonical final : public nlohmann::json_sax<PlainJson> {
 public:
  explicit Canonical(JsonKind kind) : kind_(kind) {}

  bool null() override { return value("null"); }
  bool boolean(bool is_true) override { return value(is_true ? "true" : "false"); }
  bool number_integer(number_integer_t number) override { return value(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(std::to_string(number)); }
  // As a double, which is what readers make of it; whole numbers without an end come here, too, and
  // readers keep those.
  bool number_float(number_float_t number, const string_t& text) override
  {
    const bool exact = text.find_first_of(".eE") == std::string::npos || !(number - number == 0);
    return value(exact ? text : "f" + to_text(number));
  }
  bool string(string_t& text) override
  {
    return value(PlainJson(text).dump(-1, ' ', false, PlainJson::error_handler_t::replace));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool key(string_t& text) override
  {
    open_.back().key = text;
    return true;
  }
  bool end_object() override
  {
    auto members = std::move(open_.back().members);
    open_.pop_back();
    std::stable_sort(members.begin(), members.end(),
                     [](const Member& a, const Member& b) { return a.first < b.first; });
    if (open_.empty()) {
      return finish(members);
    }
    std::string text = "{";
    for (const auto& [key, member] : members) {
      text += (text.size() == 1 ? "" : ",") + PlainJson(key).dump() + ":" + member;
    }
    return value(text + "}");
  }
  bool end_array() override
  {
    std::string text = std::move(open_.back().items);
    open_.pop_back();
    return value("[" + text + "]");
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override
  {
    return false;
  }

  [[nodiscard]] const std::vector<NamedPart>& found() const { return found_; }
  [[nodiscard]] const std::vector<NamedPart>& ignored() const { return ignored_; }

 private:
  using Member = std::pair<std::string, std::string>;
  struct Open {
    bool is_object = false;
    std::string key;  // of the member that comes next
    std::vector<Member> members;
    std::string items;
    std::size_t count = 0;
  };

  bool open(bool is_object)
  {
    open_.emplace_back().is_object = is_object;
    return open_.size() < k_max_nesting;
  }

  bool value(std::string text)
  {
    if (open_.empty()) {
      found_.push_back({"", std::move(text)});
      return true;
    }
    if (kind_ == JsonKind::notebook) {
      if (const auto reason = passing()) {
        ignored_.push_back({*reason, std::move(text)});
        return true;
      }
    }
    Open& in = open_.back();
    ++in.count;
    if (in.is_object) {
      in.members.emplace_back(in.key, std::move(text));
    } else if (is_cells()) {
      found_.push_back({"cell " + std::to_string(in.count), std::move(text)});
    } else {
      in.items += (in.items.empty() ? "" : ",") + text;
    }
    return true;
  }

  [[nodiscard]] bool is_cells() const
  {
    return kind_ == JsonKind::notebook && open_.size() == 2 && open_[0].is_object &&
           open_[0].key == "cells";
  }

  // Why the member that is about to be added does not count.
  [[nodiscard]] std::optional<std::string> passing() const
  {
    const Open& in = open_.back();
    if (!in.is_object) {
      return std::nullopt;
    }
    const std::size_t depth = open_.size();
    const bool in_cell = depth >= 3 && open_[0].key == "cells" && !open_[1].is_object;
    const bool in_metadata = (depth == 2 && open_[0].key == "metadata") ||
                             (in_cell && depth == 4 && open_[2].key == "metadata");
    if (in_cell && depth == 3 && in.key == "id") {
      return "ids of cells";
    }
    if (in.key == "execution_count" && in_cell &&
        (depth == 3 || (depth == 5 && open_[2].key == "outputs"))) {
      return "execution counts";
    }
    if (in_metadata &&
        (in.key == "execution" || in.key == "ExecuteTime" || in.key == "papermill")) {
      return "times of execution";
    }
    return std::nullopt;
  }

  bool finish(std::vector<Member>& members)
  {
    for (auto& [key, text] : members) {
      if (kind_ != JsonKind::notebook || key != "cells" || text != "[]") {
        found_.push_back({"'" + key + "'", std::move(text)});
      }
    }
    if (members.empty()) {
      found_.push_back({"", "{}"});
    }
    return true;
  }

  JsonKind kind_;
  std::vector<Open> open_;
  std::vector<NamedPart> found_;
  std::vector<NamedPart> ignored_;
};

// Bare NaN and infinities become strings that no file has by itself.
std::string with_special_numbers(std::string_view text)
{
  const SpecialNumbersQuoted quoted = quote_special_numbers(text);
  std::string marked;
  marked.reserve(quoted.text.size() + quoted.quotes.size() * 3);
  std::size_t from = 0;
  for (std::size_t i = 0; i < quoted.quotes.size(); i += 2) {
    const std::size_t behind = quoted.quotes[i] + 1;
    marked.append(quoted.text, from, behind - from).append("\\u0000");
    from = behind;
  }
  return marked.append(quoted.text, from);
}

}  // namespace

void read_json(JsonKind kind, ByteInput& input, const std::string& prefix, ContentParts& parts)
{
  std::string text;
  while (text.size() <= k_max_text && !input.at_end()) {
    const std::string_view ready = input.available();
    text += ready;
    input.consume(ready.size());
  }
  Canonical canonical(kind);
  const bool small = text.size() <= k_max_text;
  if (small && PlainJson::sax_parse(with_special_numbers(text), &canonical)) {
    for (const NamedPart& part : canonical.found()) {
      const std::string name =
          prefix.empty() || part.name.empty() ? prefix + part.name : prefix + ": " + part.name;
      parts.add(name, bytes_of(part.text));
    }
    for (const NamedPart& item : canonical.ignored()) {
      parts.ignore(item.name, item.text);
    }
    return;
  }
  // JSON lines, or a file that only has the name.
  const ReadBytes start = bytes_of(text);
  parts.add(prefix, [&](std::span<std::byte> out) {
    const std::size_t bytes = start(out);
    return bytes > 0 ? bytes : input.read(out);
  });
}

}  // namespace mlrepro::format
