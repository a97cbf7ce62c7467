// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "format/scalar_line.hpp"
#include "format/scalar_values.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_most_depth = 4;

bool is_quote(char c)
{
  return c == '"' || c == '\'';
}

// Reads a dictionary of JSON or of Python. Gives up at what is neither.
class DictReader {
 public:
  DictReader(std::string_view text, char quote) : rest_(text), quote_(quote) {}

  LineScalars read()
  {
    const bool is_dict = read_dict("", 0);
    skip_blanks();
    if (!is_dict || !rest_.empty() || !(has_metric_ || has_steps_)) {
      return {};
    }
    if (is_log_record_) {
      std::erase_if(out_.values,
                    [](const auto& item) { return kind_of_name(item.first) == NameKind::other; });
    }
    return std::move(out_);
  }

 private:
  void skip_blanks()
  {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }

  bool take(char expected)
  {
    skip_blanks();
    if (!rest_.starts_with(expected)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string_view> take_text()
  {
    skip_blanks();
    if (rest_.empty() || !is_quote(rest_.front())) {
      return std::nullopt;
    }
    const char quote = rest_.front();
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        ++at;
      } else if (rest_[at] == quote) {
        const std::string_view text = rest_.substr(1, at - 1);
        rest_.remove_prefix(at + 1);
        return text;
      }
    }
    return std::nullopt;
  }

  bool read_dict(const std::string& prefix, std::size_t depth)
  {
    if (depth >= k_most_depth || !take('{')) {
      return false;
    }
    if (take('}')) {
      return true;
    }
    do {
      skip_blanks();
      if (!rest_.starts_with(quote_)) {
        return false;
      }
      const auto key = take_text();
      if (!key || !take(':') || !read_value(prefix + std::string(*key), depth)) {
        return false;
      }
    } while (take(','));
    return take('}');
  }

  bool read_value(const std::string& name, std::size_t depth)
  {
    skip_blanks();
    if (rest_.starts_with('{')) {
      return read_dict(name + "/", depth + 1);
    }
    if (rest_.starts_with('[') || rest_.starts_with('(')) {
      return skip_list();
    }
    if (!rest_.empty() && is_quote(rest_.front())) {
      return read_text_value(name);
    }
    for (const std::string_view word : {"true", "false", "null", "True", "False", "None"}) {
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return true;
      }
    }
    const auto number = number_here(rest_);
    if (!number) {
      return false;
    }
    rest_.remove_prefix(number->size);
    add(name, *number);
    return true;
  }

  // Some trainers write their numbers as text. A date or a version is none.
  bool read_text_value(const std::string& name)
  {
    const auto text = take_text();
    if (!text) {
      return false;
    }
    const auto number = number_here(*text);
    if (number && number->size == text->size() && step_word(name) == StepWord::none) {
      add(name, *number);
    }
    is_log_record_ = is_log_record_ || name == "msg" || name == "message" || name == "level" ||
                     name == "severity" || name == "logger";
    return true;
  }

  bool skip_list()
  {
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (is_quote(c)) {
        if (!take_text()) {
          return false;
        }
        continue;
      }
      depth += c == '[' || c == '{' || c == '(' ? 1 : 0;
      depth -= c == ']' || c == '}' || c == ')' ? 1 : 0;
      rest_.remove_prefix(1);
      if (depth == 0) {
        return true;
      }
    }
    return false;
  }

  void add(const std::string& name, const NumberHere& number)
  {
    const StepWord word = step_word(name);
    if (word != StepWord::none) {
      // A count of steps says more than one of epochs; half an epoch is no step.
      if (number.is_whole && (!has_steps_ || word == StepWord::step)) {
        out_.step = whole_number(number.value);
        has_steps_ = word == StepWord::step;
      }
      return;
    }
    const bool is_usable = !name.empty() && name.size() <= k_longest_scalar_name &&
                           std::all_of(name.begin(), name.end(),
                                       [](char c) { return c >= ' ' && c < 0x7f && c != '\\'; });
    const NameKind kind = kind_of_name(name);
    if (is_usable && kind != NameKind::never) {
      has_metric_ = has_metric_ || is_metric(kind, number);
      out_.values.emplace_back(name, number.value);
    }
  }

  std::string_view rest_;
  char quote_;
  bool has_metric_ = false;
  bool has_steps_ = false;
  bool is_log_record_ = false;  // of a logging library: also has lines, ports and codes
  LineScalars out_;
};

}  // namespace

LineScalars dict_scalars(std::string_view line, char quote)
{
  const std::size_t begin = std::min(line.find('{'), line.size());
  LineScalars found = DictReader(trimmed(line.substr(begin)), quote).read();
  if (!found.empty() && !found.step) {
    found.step = step_in_line(line.substr(0, begin));
  }
  return found;
}

}  // namespace mlrepro::format
