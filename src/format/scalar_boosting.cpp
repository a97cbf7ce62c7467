// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "format/scalar_line.hpp"
#include "format/scalar_values.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

struct Round {
  std::string_view number;
  std::string_view fields;
};

std::optional<Round> split_round(std::string_view line)
{
  line = trimmed(line);
  const bool in_brackets = line.starts_with('[');
  line.remove_prefix(in_brackets ? 1 : 0);
  const std::size_t end = std::min(line.find_first_not_of("0123456789"), line.size());
  const std::string_view mark = in_brackets ? "]\t" : ":\tlearn: ";
  if (end == 0 || !line.substr(end).starts_with(mark)) {
    return std::nullopt;
  }
  return Round{line.substr(0, end), line.substr(end + 2)};
}

// "train-rmse:0.3", "valid_0's l2: 0.24 + 0.01", "test: 0.69 (0)".
void add_field(std::string_view field, LineScalars& found)
{
  const std::size_t colon = field.rfind(':');
  if (colon == std::string_view::npos) {
    return;
  }
  std::string name(trimmed(field.substr(0, colon)));
  const std::string_view value = trimmed(field.substr(colon + 1));
  const auto number = number_here(value);
  const std::string_view rest = number ? trimmed(value.substr(number->size)) : "";
  if (!number || (!rest.empty() && rest.front() != '+' && rest.front() != '(')) {
    return;
  }
  if (const std::size_t owner = name.find("'s "); owner != std::string::npos) {
    name = name.substr(0, owner) + "/" + name.substr(owner + 3);
  }
  std::replace(name.begin(), name.end(), ' ', '_');
  const bool is_usable = !name.empty() && name.size() <= k_longest_scalar_name &&
                         is_letter(name.front()) &&
                         std::all_of(name.begin(), name.end(), is_name_part);
  if (is_usable && kind_of_name(name) != NameKind::never) {
    found.values.emplace_back(std::move(name), number->value);
  }
}

}  // namespace

bool is_boosting_line(std::string_view line)
{
  return split_round(line).has_value();
}

LineScalars boosting_scalars(std::string_view line)
{
  LineScalars found;
  const auto round = split_round(line);
  if (!round) {
    return found;
  }
  found.step = parse_integer(round->number);
  std::string_view rest = round->fields;
  while (!rest.empty()) {
    const std::size_t tab = std::min(rest.find('\t'), rest.size());
    add_field(rest.substr(0, tab), found);
    rest.remove_prefix(std::min(tab + 1, rest.size()));
  }
  return found;
}

}  // namespace mlrepro::format
