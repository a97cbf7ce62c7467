// SPDX-License-Identifier: Apache-2.0
#include "format/scalar_values.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::format {
namespace {

constexpr std::array<std::string_view, 45> k_metric_words = {
    "acc",    "accuracy", "aic",     "ari",   "auc",    "auprc",      "auroc", "bic",   "bleu",
    "bpb",    "bpc",      "brier",   "cer",   "elbo",   "f1",         "f2",    "fbeta", "fid",
    "iou",    "kappa",    "logloss", "loss",  "losses", "mae",        "mape",  "mcc",   "miou",
    "mrr",    "mse",      "msle",    "ndcg",  "nll",    "perplexity", "ppl",   "psnr",  "r2",
    "recall", "reward",   "rmse",    "rmsle", "rouge",  "silhouette", "smape", "ssim",  "wer"};

constexpr std::array<std::string_view, 19> k_weak_words = {
    "cost",       "deviance",    "dice",        "err",       "error",     "fitness", "gini",
    "likelihood", "map",         "meteor",      "objective", "precision", "regret",  "return",
    "score",      "sensitivity", "specificity", "top1",      "top5"};

// A name with one of these among its words is of a time, an amount or a setting.
constexpr std::array<std::string_view, 61> k_never_words = {
    "alpha",     "batches", "beta",      "bytes",       "clip",      "coef",      "coeff",
    "cpu",       "date",    "decay",     "delta",       "device",    "duration",  "elapsed",
    "epsilon",   "eta",     "factor",    "flops",       "flos",      "fps",       "gamma",
    "gpu",       "hours",   "lambda",    "latency",     "margin",    "mem",       "memory",
    "minutes",   "num",     "patience",  "pid",         "port",      "runtime",   "scale",
    "sec",       "second",  "seconds",   "secs",        "seed",      "shape",     "size",
    "smoothing", "speed",   "target",    "temperature", "threads",   "threshold", "throughput",
    "time",      "times",   "timestamp", "tol",         "tolerance", "took",      "tps",
    "version",   "vram",    "weight",    "weights",     "workers"};

// The same only as the last word: "min_loss" is a metric, "loss_min" a time as often as not.
constexpr std::array<std::string_view, 19> k_never_last_words = {
    "args", "code",   "cores", "exit", "fn", "h",    "hour", "id",     "jobs", "level",
    "line", "lineno", "lines", "min",  "ms", "rank", "s",    "status", "ts"};

constexpr std::array<std::string_view, 31> k_units = {
    "b",  "bytes", "day", "days",   "fps",     "gb",   "gib",  "h",      "hour",    "hours", "hz",
    "it", "kb",    "kib", "mb",     "mib",     "min",  "mins", "minute", "minutes", "ms",    "ns",
    "of", "s",     "sec", "second", "seconds", "secs", "tb",   "tib",    "us"};

enum WordKind : unsigned { w_metric = 1, w_weak = 2, w_never = 4, w_never_last = 8, w_unit = 16 };

constexpr std::size_t k_longest_number_word = 16;

unsigned look_up(std::string_view lower)
{
  static const auto known = [] {
    std::unordered_map<std::string_view, unsigned> all;
    const auto add = [&](const auto& words, WordKind kind) {
      for (const std::string_view word : words) {
        all[word] |= kind;
      }
    };
    add(k_metric_words, w_metric);
    add(k_weak_words, w_weak);
    add(k_never_words, w_never);
    add(k_never_last_words, w_never_last);
    add(k_units, w_unit);
    return all;
  }();
  const auto found = known.find(lower);
  return found == known.end() ? 0 : found->second;
}

// What a word is in any case; one that ends in digits, such as "loss1", also without them.
unsigned word_kinds(std::string_view word)
{
  if (word.empty() || word.size() > k_longest_number_word) {
    return 0;
  }
  std::array<char, k_longest_number_word> buffer{};
  std::transform(word.begin(), word.end(), buffer.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view lower(buffer.data(), word.size());
  unsigned kinds = look_up(lower);
  if (kinds == 0 && is_digit(lower.back()) && !is_digit(lower.front())) {
    while (is_digit(lower.back())) {
      lower.remove_suffix(1);
    }
    kinds = look_up(lower);
  }
  return kinds;
}

bool starts_with_word(std::string_view text, std::string_view word)
{
  if (text.size() < word.size() || model::lower_case(text.substr(0, word.size())) != word) {
    return false;
  }
  return text.size() == word.size() ||
         !(is_letter(text[word.size()]) || is_digit(text[word.size()]));
}

std::size_t digits_at(std::string_view text, std::size_t at)
{
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  return end - at;
}

std::optional<NumberHere> special_number(std::string_view text, std::size_t sign)
{
  for (const std::string_view word : {"nan", "infinity", "inf"}) {
    if (starts_with_word(text.substr(sign), word)) {
      const std::size_t size = sign + word.size();
      const auto value = parse_number(model::lower_case(text.substr(0, size)));
      return value ? std::optional(NumberHere{*value, size, false}) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<NumberHere> plain_number(std::string_view text)
{
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  if (sign < text.size() && is_letter(text[sign])) {
    return special_number(text, sign);
  }
  NumberHere number{0, sign, true};
  const std::size_t whole = digits_at(text, sign);
  std::size_t fraction = 0;
  number.size += whole;
  if (text.substr(number.size).starts_with('.')) {
    fraction = digits_at(text, number.size + 1);
    number.is_whole = fraction == 0;
    // NumPy writes "1." for a whole number; a sentence ends in the same way.
    number.size += fraction > 0 ? fraction + 1 : 0;
  }
  if (whole + fraction == 0) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(number.size);
  if (rest.starts_with('e') || rest.starts_with('E')) {
    const std::size_t at = rest.size() > 1 && (rest[1] == '-' || rest[1] == '+') ? 2 : 1;
    if (const std::size_t digits = digits_at(rest, at)) {
      number.size += at + digits;
      number.is_whole = false;
    }
  }
  const auto value = parse_number(text.substr(0, number.size));
  if (!value) {
    return std::nullopt;
  }
  number.value = *value;
  return number;
}

// Whether what stands behind a number leaves it nothing but a number.
bool ends_number(std::string_view rest)
{
  if (rest.empty() || rest.starts_with("\u00b1") || rest.starts_with("+/-")) {
    return true;
  }
  const char next = rest.front();
  const char after = rest.size() > 1 ? rest[1] : ' ';
  if (next == '.' || next == ':') {
    return is_blank(after);
  }
  if (next == ',') {
    return !is_digit(after);
  }
  if (!is_blank(next)) {
    return std::string_view(";|)]}'\"%").find(next) != std::string_view::npos;
  }
  rest = trimmed(rest);
  std::size_t word = 0;
  while (word < rest.size() && is_letter(rest[word])) {
    ++word;
  }
  return !rest.starts_with('/') && (word_kinds(rest.substr(0, word)) & w_unit) == 0;
}

// The words of a name: "val/topAcc-1" has val, top, acc and 1.
std::string_view take_word(std::string_view& name)
{
  std::size_t end = 0;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  while (end < name.size() && (is_digit(name[end]) || (is_letter(name[end]) && name[end] != '_')) &&
         !(end > 0 && is_upper(name[end]) && !is_upper(name[end - 1]))) {
    ++end;
  }
  const std::string_view word = name.substr(0, end);
  const bool is_separator = end < name.size() && !is_upper(name[end]);
  name.remove_prefix(std::min(end + (is_separator ? 1 : 0), name.size()));
  return word;
}

}  // namespace

std::string_view trimmed(std::string_view text)
{
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<NumberHere> number_here(std::string_view text)
{
  if (text.starts_with("np.float") || text.starts_with("tensor(")) {
    const std::size_t open = text.substr(0, 12).find('(');
    const std::size_t close = text.substr(0, 100).find(')');
    if (open == std::string_view::npos || close == std::string_view::npos) {
      return std::nullopt;
    }
    auto number = plain_number(text.substr(open + 1));
    if (number) {
      number->size = close + 1;
    }
    return number;
  }
  return plain_number(text);
}

std::optional<NumberHere> lone_number_here(std::string_view text)
{
  const auto number = number_here(text);
  return number && ends_number(text.substr(number->size)) ? number : std::nullopt;
}

std::optional<NumberHere> share_here(std::string_view text)
{
  std::size_t at = 0;
  const auto take = [&](auto is_part) {
    const std::size_t begin = at;
    while (at < text.size() && is_part(text[at])) {
      ++at;
    }
    return at > begin;
  };
  const auto take_mark = [&](char mark) { return at < text.size() && text[at++] == mark; };
  if (!take(is_digit) || !take_mark('/') || !take(is_digit) || !take(is_blank) || !take_mark('(')) {
    return std::nullopt;
  }
  auto number = number_here(text.substr(at));
  at += number ? number->size : 0;
  if (!number || !take_mark('%') || !take_mark(')')) {
    return std::nullopt;
  }
  number->size = at;
  return number;
}

NameKind kind_of_name(std::string_view name)
{
  unsigned all = 0;
  unsigned last = 0;
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view word = take_word(rest);
    if (!word.empty()) {
      last = word_kinds(word);
      all |= last;
    }
  }
  if ((all & w_never) != 0 || (last & w_never_last) != 0 || name == "v_num") {
    return NameKind::never;
  }
  return (all & w_metric) != 0 ? NameKind::metric
         : (all & w_weak) != 0 ? NameKind::weak
                               : NameKind::other;
}

bool is_metric(NameKind kind, const NumberHere& number)
{
  return kind == NameKind::metric || (kind == NameKind::weak && !number.is_whole);
}

StepWord step_word(std::string_view word)
{
  if (word.empty() || word.size() > 11) {
    return StepWord::none;
  }
  const std::string lower = model::lower_case(word);
  if (lower == "epoch") {
    return StepWord::epoch;
  }
  constexpr std::array<std::string_view, 6> k_steps = {"step",      "global_step", "iter",
                                                       "iteration", "round",       "episode"};
  const bool is_step = std::find(k_steps.begin(), k_steps.end(), lower) != k_steps.end();
  return is_step ? StepWord::step : StepWord::none;
}

}  // namespace mlrepro::format
