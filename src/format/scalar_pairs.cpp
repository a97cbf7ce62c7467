// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "format/scalar_line.hpp"
#include "format/scalar_values.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_longest_word = 60;
constexpr std::size_t k_most_words = 4;

std::size_t skip_blanks(std::string_view text, std::size_t at)
{
  while (at < text.size() && is_blank(text[at])) {
    ++at;
  }
  return at;
}

struct StepHere {
  std::size_t end = 0;
  StepWord word = StepWord::none;
  std::int64_t value = 0;
};

// The number behind the blanks, brackets, '#', ':' or '=' that follow a step word.
std::optional<std::int64_t> step_number(std::string_view line, std::size_t from, std::size_t& end)
{
  const std::size_t begin = std::min(line.find_first_not_of(" \t[#:=", from), line.size());
  if (begin == from || begin - from > 4) {
    return std::nullopt;
  }
  end = begin;
  while (end < line.size() && is_digit(line[end])) {
    ++end;
  }
  const bool goes_on = end + 1 < line.size() &&
                       (is_letter(line[end]) || (line[end] == '.' && is_digit(line[end + 1])));
  return goes_on ? std::nullopt : parse_integer(line.substr(begin, end - begin));
}

// The first of "epoch 3", "Epoch [3/10]", "step: 7", "iter=9" at or behind a place.
std::optional<StepHere> next_step(std::string_view line, std::size_t from)
{
  for (std::size_t at = from; at < line.size(); ++at) {
    if (!is_letter(line[at]) || (at > 0 && is_name_part(line[at - 1]))) {
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && is_letter(line[end])) {
      ++end;
    }
    const StepWord word = step_word(line.substr(at, end - at));
    at = end;
    if (word == StepWord::none) {
      continue;
    }
    if (const auto value = step_number(line, end, at)) {
      return StepHere{at, word, *value};
    }
  }
  return std::nullopt;
}

// "[100] loss: 0.3".
std::optional<std::int64_t> leading_round(std::string_view line)
{
  line = trimmed(line);
  const std::size_t close = line.find(']');
  const bool is_round = line.starts_with('[') && close != std::string_view::npos &&
                        close + 1 < line.size() && is_blank(line[close + 1]);
  return is_round ? parse_integer(line.substr(1, close - 1)) : std::nullopt;
}

constexpr std::array<bool, 256> k_marks = [] {
  std::array<bool, 256> marks{};
  for (const char c : {':', '=', '.', '(', ')'}) {
    marks[static_cast<unsigned char>(c)] = true;
  }
  return marks;
}();

// Function words end a name: "finished with loss: 0.3". So do levels of a log.
bool ends_name(std::string_view word)
{
  constexpr std::array<std::string_view, 24> k_words = {
      "the",   "a",   "an",   "is",   "was",   "are",  "of",    "with",
      "and",   "to",  "than", "by",   "got",   "at",   "from",  "for",
      "using", "has", "had",  "INFO", "DEBUG", "WARN", "ERROR", "WARNING"};
  return std::find(k_words.begin(), k_words.end(), word) != k_words.end();
}

class PairFinder {
 public:
  PairFinder(std::string_view line, std::size_t bar) : line_(line), bar_(bar) {}

  LineScalars find()
  {
    for (at_ = 0; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (!k_marks[static_cast<unsigned char>(c)]) {
        continue;
      }
      if (c == '(') {
        open(at_ > 0 && is_name_part(line_[at_ - 1]));
      } else if (c == ')') {
        calls_ >>= 1U;
      } else if (calls_ == 0 && c == '.') {
        take_bare();
      } else if (calls_ == 0) {
        take_pair();
      }
    }
    return std::move(found_);
  }

 private:
  // "Adam(lr=0.1)" shows a setting, "(loss=0.3)" does not. One bit for each bracket that is open.
  void open(bool is_call) { calls_ = (calls_ << 1U) | (is_call || calls_ != 0 ? 1U : 0U); }

  // "loss: 0.3" and "loss=0.3", at the separator.
  void take_pair()
  {
    const std::size_t value_at = skip_blanks(line_, at_ + 1);
    const bool may_be_number = value_at < line_.size() && starts_value(line_[value_at]);
    const std::size_t begin = may_be_number ? word_before(at_) : at_;
    if (begin == at_) {
      return;
    }
    auto number = lone_number_here(line_.substr(value_at));
    if (!number) {
      number = share_here(line_.substr(value_at));
    }
    const std::string_view word = word_at(begin);
    if (!number || (step_word(word) != StepWord::none && number->is_whole)) {
      return;
    }
    if (add(begin, word, *number)) {
      at_ = value_at + number->size - 1;
    }
  }

  // "loss 0.3", at the point of the number. Only of a word that is a metric in itself.
  void take_bare()
  {
    std::size_t begin = at_;
    while (begin > 0 && is_digit(line_[begin - 1])) {
      --begin;
    }
    const bool has_digits =
        begin < at_ && at_ + 1 < line_.size() && is_digit(line_[at_ + 1]) && begin > 0;
    begin -= has_digits && (line_[begin - 1] == '-' || line_[begin - 1] == '+') ? 1 : 0;
    if (!has_digits || begin == 0 || !is_blank(line_[begin - 1])) {
      return;
    }
    const std::size_t word_begin = word_before(begin);
    const std::string_view word = word_at(word_begin);
    if (word_begin == begin || kind_of_name(word) != NameKind::metric) {
      return;
    }
    const auto number = lone_number_here(line_.substr(begin));
    if (number && add(word_begin, word, *number)) {
      at_ = begin + number->size - 1;
    }
  }

  // Where the word begins that ends there, blanks aside; the place itself when there is none.
  [[nodiscard]] std::size_t word_before(std::size_t place) const
  {
    std::size_t end = place;
    while (end > 0 && is_blank(line_[end - 1])) {
      --end;
    }
    std::size_t begin = end;
    while (begin > 0 && is_name_part(line_[begin - 1]) && end - begin <= k_longest_word) {
      --begin;
    }
    const bool is_apart = begin == 0 || std::string_view(" \t,;|([<>:])").find(line_[begin - 1]) !=
                                            std::string_view::npos;
    const bool is_word = begin < end && end - begin <= k_longest_word && is_letter(line_[begin]);
    return is_apart && is_word ? begin : place;
  }

  [[nodiscard]] std::string_view word_at(std::size_t begin) const
  {
    std::size_t end = begin;
    while (end < line_.size() && is_name_part(line_[end])) {
      ++end;
    }
    return line_.substr(begin, end - begin);
  }

  bool add(std::size_t begin, std::string_view word, const NumberHere& number)
  {
    const auto name = whole_name(begin, word);
    if (!name) {
      return false;
    }
    const NameKind kind = kind_of_name(*name);
    const bool behind_bar = bar_ != std::string_view::npos && begin > bar_;
    if (!is_metric(kind, number) && !(behind_bar && kind != NameKind::never)) {
      return false;
    }
    found_.values.emplace_back(*name, number.value);
    return true;
  }

  // Words before a name belong to it ("Train loss" is "Train_loss"). With more of them it is prose.
  [[nodiscard]] std::optional<std::string> whole_name(std::size_t begin,
                                                      std::string_view last) const
  {
    std::string name(last);
    std::size_t words = 1;
    while (begin > 1 && line_[begin - 1] == ' ' && is_name_part(line_[begin - 2])) {
      const std::size_t word_begin = word_before(begin);
      if (word_begin == begin) {
        break;
      }
      const std::string_view word = word_at(word_begin);
      if (ends_name(word)) {
        break;
      }
      if (++words > k_most_words) {
        return std::nullopt;
      }
      name = std::string(word) + "_" + name;
      begin = word_begin;
    }
    return name;
  }

  std::string_view line_;
  std::size_t bar_;
  std::size_t at_ = 0;
  std::uint64_t calls_ = 0;
  LineScalars found_;
};

}  // namespace

std::optional<std::int64_t> step_in_line(std::string_view line)
{
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> step;
  for (auto here = next_step(line, 0); here; here = next_step(line, here->end)) {
    (here->word == StepWord::epoch ? epoch : step) = here->value;
  }
  if (epoch && step) {
    return std::nullopt;
  }
  return epoch ? epoch : step ? step : leading_round(line);
}

std::size_t find_progress_bar(std::string_view line)
{
  const std::size_t bar = line.find("%|");
  for (std::size_t at = line.find('/'); at != std::string_view::npos && at < bar;
       at = line.find('/', at + 1)) {
    const std::string_view before = line.substr(0, at);
    const std::string_view behind = line.substr(at + 1);
    const bool is_speed = before.ends_with("it") && behind.starts_with('s');
    const bool is_pace =
        before.ends_with('s') &&
        (behind.starts_with("it") || behind.starts_with("step") || behind.starts_with("epoch"));
    if (is_speed || is_pace) {
      return at;
    }
  }
  return bar;
}

LineScalars pair_scalars(std::string_view line, std::size_t bar)
{
  LineScalars found = PairFinder(line, bar).find();
  if (!found.empty()) {
    found.step = step_in_line(line.substr(0, bar));
  }
  return found;
}

}  // namespace mlrepro::format
