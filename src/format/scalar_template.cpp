// SPDX-License-Identifier: Apache-2.0
#include "format/scalar_template.hpp"

#include <algorithm>

#include "format/scalar_values.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {

ScalarTemplate::ScalarTemplate(const std::string& text) : text_(text)
{
  const std::string_view pattern = trimmed(text_);
  const auto extend = [&](Kind kind, char c) {
    if (parts_.empty() || parts_.back().kind != kind) {
      parts_.push_back({kind, {}});
    }
    parts_.back().text += c;
  };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::size_t close = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
    const std::string name(close == std::string::npos ? ""
                                                      : pattern.substr(at + 1, close - at - 1));
    if (!name.empty() && is_letter(name.front()) &&
        std::all_of(name.begin(), name.end(), is_name_part)) {
      parts_.push_back({Kind::number, name});
      if (name != "step") {
        metrics_.push_back(name);
      }
      at = close;
    } else if (pattern[at] == '*') {
      extend(Kind::any, '*');
    } else {
      extend(is_blank(pattern[at]) ? Kind::blanks : Kind::literal, pattern[at]);
    }
  }
}

// Pieces are looked for one after the other, each at its first place: no choice has to be undone.
LineScalars ScalarTemplate::find(std::string_view line) const
{
  LineScalars found;
  std::size_t at = 0;
  for (std::size_t first = 0; first < parts_.size();) {
    std::size_t last = first;
    while (last < parts_.size() && parts_[last].kind != Kind::any) {
      ++last;
    }
    if (first < last && !find_piece(line, {first, last}, at, found)) {
      return {};
    }
    first = last + 1;
  }
  return found;
}

bool ScalarTemplate::find_piece(std::string_view line, Piece piece, std::size_t& at,
                                LineScalars& found) const
{
  for (std::size_t begin = first_place(line, piece, at); begin < line.size();
       begin = first_place(line, piece, begin + 1)) {
    LineScalars trial;
    std::size_t end = begin;
    if (match(line, piece, end, trial)) {
      at = end;
      std::move(trial.values.begin(), trial.values.end(), std::back_inserter(found.values));
      found.step = trial.step ? trial.step : found.step;
      return true;
    }
  }
  return false;
}

// The next place where a piece may begin. Runs of blanks and of digits are one place each.
std::size_t ScalarTemplate::first_place(std::string_view line, Piece piece, std::size_t from) const
{
  const Part& part = parts_[piece.first];
  if (part.kind == Kind::literal) {
    return line.find(part.text, from);
  }
  const auto begins = [&](std::size_t at) {
    const bool is_first = at == 0;
    if (part.kind == Kind::blanks) {
      return is_blank(line[at]) && (is_first || !is_blank(line[at - 1]) || at == from);
    }
    return is_first || !(is_name_part(line[at - 1]) || line[at - 1] == '+');
  };
  while (from < line.size() && !begins(from)) {
    ++from;
  }
  return from;
}

bool ScalarTemplate::match(std::string_view line, Piece piece, std::size_t& at,
                           LineScalars& found) const
{
  for (std::size_t i = piece.first; i < piece.last; ++i) {
    const Part& part = parts_[i];
    if (part.kind == Kind::number) {
      if (!match_number(line, i, at, found)) {
        return false;
      }
      continue;
    }
    const std::size_t end = part.kind == Kind::literal
                                ? at + part.text.size()
                                : std::min(line.find_first_not_of(" \t", at), line.size());
    if (part.kind == Kind::literal ? !line.substr(at).starts_with(part.text) : end == at) {
      return false;
    }
    at = end;
  }
  return true;
}

bool ScalarTemplate::match_number(std::string_view line, std::size_t part, std::size_t& at,
                                  LineScalars& found) const
{
  const auto number = number_here(line.substr(at));
  if (!number) {
    return false;
  }
  at += number->size;
  const bool says_what_follows = part + 1 < parts_.size() && parts_[part + 1].kind == Kind::literal;
  const bool goes_on = at < line.size() && (is_letter(line[at]) || is_digit(line[at]));
  if (goes_on && !says_what_follows) {
    return false;
  }
  if (parts_[part].text != "step") {
    found.values.emplace_back(parts_[part].text, number->value);
  } else {
    found.step = whole_number(number->value);
  }
  return true;
}

}  // namespace mlrepro::format
