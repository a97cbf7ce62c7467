// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/scalar_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "format/scalar_line.hpp"
#include "format/scalar_template.hpp"
#include "format/scalar_values.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_longest_line = 16384;
constexpr std::size_t k_most_kept = 4 * k_longest_line;

enum Pattern : std::size_t { p_json, p_dict, p_boosting, p_progress, p_pairs, p_count };

constexpr std::array<ScalarPattern, p_count> k_patterns = {{
    {"json", R"({"loss": 0.3, "step": 7})",
     "a JSON object at the end of a line, with a metric or a step in it"},
    {"dict", "{'loss': 0.3, 'epoch': 1.0}", "the same as Python prints a dictionary"},
    {"boosting", "[10]  valid_0's l2: 0.24", "the rounds of XGBoost, LightGBM and CatBoost"},
    {"progress", "938/938 [00:12<00:00, 75.1it/s, loss=0.31]",
     "what stands behind a progress bar of tqdm or Keras"},
    {"pairs", "epoch 3/10 - train loss: 0.3, acc=0.9",
     "'name: number', 'name=number' and 'name 0.3' of known metrics"},
}};

bool is_blank_state(std::string_view state)
{
  return state.find_first_not_of(" \t\b") == std::string_view::npos;
}

// Where the last state that is not blank begins in what carriage returns redrew, and what it is.
std::string_view last_state(std::string_view line)
{
  if (line.find('\r') == std::string_view::npos) {
    return line;
  }
  while (true) {
    const std::size_t mark = line.rfind('\r');
    const std::string_view state = line.substr(mark == std::string_view::npos ? 0 : mark + 1);
    if (mark == std::string_view::npos || !is_blank_state(state)) {
      return state;
    }
    line = line.substr(0, mark);
  }
}

// Without the escape sequences that colour a terminal or move its cursor.
std::string without_escapes(std::string_view line)
{
  std::string out;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\x1b') {
      out += line[at];
      continue;
    }
    const char kind = at + 1 < line.size() ? line[at + 1] : ' ';
    std::size_t end = at + 1;
    if (kind == '[') {
      end = at + 2;
      while (end < line.size() && (line[end] < 0x40 || line[end] > 0x7e)) {
        ++end;
      }
    } else if (kind == ']') {
      end = std::min(line.find('\a', at), line.find('\x1b', at + 1));
    }
    at = std::min(end, line.size());
  }
  return out;
}

// A look that costs little: most lines of most logs end here.
bool may_have_scalars(std::string_view line)
{
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    const char c = line[at];
    if (c > '=' || !(c == ':' || c == '=' || c == '.')) {
      continue;
    }
    const char next = line[at + 1];
    if (c == '.' ? is_digit(next) : is_blank(next) || starts_value(next)) {
      return true;
    }
  }
  return false;
}

// Keras writes "Epoch 3/10" on a line of its own, and then the line that belongs to it.
bool is_epoch_line(std::string_view line)
{
  constexpr std::string_view k_word = "Epoch ";
  return line.starts_with(k_word) && line.find('/') != std::string_view::npos &&
         line.find_first_not_of("0123456789/", k_word.size()) == std::string_view::npos;
}

Pattern pattern_of(std::string_view line, std::size_t& bar)
{
  bar = std::string_view::npos;
  if (const std::size_t brace = line.find('{'); brace != std::string_view::npos) {
    const std::string_view inside = trimmed(line.substr(brace + 1));
    if (trimmed(line).ends_with('}') && (inside.starts_with('"') || inside.starts_with('\''))) {
      return inside.front() == '"' ? p_json : p_dict;
    }
  }
  if (is_boosting_line(line)) {
    return p_boosting;
  }
  bar = find_progress_bar(line);
  return bar == std::string_view::npos ? p_pairs : p_progress;
}

LineScalars scalars_of(Pattern pattern, std::string_view line, std::size_t bar)
{
  switch (pattern) {
    case p_json:
      return dict_scalars(line, '"');
    case p_dict:
      return dict_scalars(line, '\'');
    case p_boosting:
      return boosting_scalars(line);
    default:
      return pair_scalars(line, bar);
  }
}

}  // namespace

std::span<const ScalarPattern> scalar_patterns()
{
  return k_patterns;
}

bool is_on(const model::ScalarRules& rules, const ScalarPattern& pattern)
{
  return std::find(rules.patterns.begin(), rules.patterns.end(), pattern.name) !=
         rules.patterns.end();
}

model::ScalarRules default_scalar_rules()
{
  model::ScalarRules rules;
  for (const ScalarPattern& pattern : k_patterns) {
    rules.patterns.emplace_back(pattern.name);
  }
  return rules;
}

void check_scalar_rules(const model::ScalarRules& rules)
{
  for (const std::string& name : rules.patterns) {
    std::string known;
    for (const ScalarPattern& pattern : k_patterns) {
      known += (known.empty() ? "" : ", ") + std::string(pattern.name);
    }
    if (std::none_of(k_patterns.begin(), k_patterns.end(),
                     [&](const ScalarPattern& pattern) { return pattern.name == name; })) {
      throw model::Error(model::ErrorKind::usage, "no pattern is called '" + name + "'",
                         "known: " + known + "; a pattern of your own goes into 'templates'");
    }
  }
  for (const std::string& text : rules.templates) {
    const ScalarTemplate made(text);
    if (made.metrics().empty()) {
      throw model::Error(model::ErrorKind::usage, "template '" + text + "' names no metric",
                         "write it as in \"step {step}: reward {reward}\"");
    }
    for (const std::string& name : made.metrics()) {
      check_name("metric", name);
    }
  }
}

class ScalarReader::Patterns {
 public:
  explicit Patterns(const model::ScalarRules& rules)
  {
    for (const std::string& text : rules.templates) {
      templates_.emplace_back(text);
    }
    for (std::size_t i = 0; i < p_count; ++i) {
      on_[i] = is_on(rules, k_patterns[i]);
    }
  }

  // Also the name of the pattern that found them.
  std::pair<LineScalars, std::string_view> find(std::string_view line)
  {
    for (const ScalarTemplate& one : templates_) {
      if (LineScalars found = one.find(line); !found.empty()) {
        return {std::move(found), one.text()};
      }
    }
    if (is_epoch_line(line)) {
      epoch_ = step_in_line(line);
      return {};
    }
    if (!may_have_scalars(line)) {
      return {};
    }
    std::size_t bar = std::string_view::npos;
    const Pattern pattern = pattern_of(line, bar);
    LineScalars found = on_[pattern] ? scalars_of(pattern, line, bar) : LineScalars();
    if (!found.empty()) {
      const auto epoch = std::exchange(epoch_, std::nullopt);
      if (pattern == p_progress && !found.step) {
        found.step = epoch;
      }
    }
    return {std::move(found), k_patterns[pattern].name};
  }

 private:
  std::vector<ScalarTemplate> templates_;
  std::array<bool, p_count> on_{};
  std::optional<std::int64_t> epoch_;  // that Keras announced
};

ScalarReader::ScalarReader(const model::ScalarRules& rules, Found found) : found_(std::move(found))
{
  check_scalar_rules(rules);
  patterns_ = std::make_unique<Patterns>(rules);
}

ScalarReader::~ScalarReader() = default;

void ScalarReader::feed(std::string_view piece)
{
  for (std::size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    offset_ += end + 1;
    end_line(piece.substr(0, end));
    piece.remove_prefix(end + 1);
  }
  offset_ += piece.size();
  keep(piece);
}

void ScalarReader::finish()
{
  if (!kept_.empty()) {
    end_line({});
  }
}

void ScalarReader::end_line(std::string_view part)
{
  ++line_;
  if (kept_.empty() && !overlong_) {
    take_line(part);
    return;
  }
  keep(part);
  take_line(kept_);
  kept_.clear();
  overlong_ = false;
}

// Of what was redrawn only the last state is kept, and of a state that is too long nothing.
void ScalarReader::keep(std::string_view part)
{
  if (overlong_) {
    const std::size_t mark = part.find('\r');
    if (mark == std::string_view::npos) {
      return;
    }
    part.remove_prefix(mark + 1);
    overlong_ = false;
  }
  kept_ += part;
  if (kept_.size() > k_most_kept) {
    const bool is_redrawn = kept_.ends_with('\r');
    kept_ = std::string(last_state(kept_));
    const bool too_long = kept_.size() > k_longest_line;
    overlong_ = too_long && !is_redrawn;
    kept_ = too_long ? std::string() : kept_ + (is_redrawn ? "\r" : "");
  }
}

void ScalarReader::take_line(std::string_view line)
{
  line = last_state(line);
  if (line.size() > k_longest_line) {
    return;
  }
  std::string plain;
  if (line.find('\x1b') != std::string_view::npos) {
    plain = without_escapes(line);
    line = plain;
  }
  const auto [found, pattern] = patterns_->find(line);
  for (const auto& [key, value] : found.values) {
    found_({key, value, found.step, line_, offset_, pattern});
  }
}

}  // namespace mlrepro::format
