// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// What names and numbers in the output of a training script look like.
namespace mlrepro::format {

// A number at the beginning of a text.
struct NumberHere {
  double value = 0;
  std::size_t size = 0;
  bool is_whole = false;  // written without point and exponent
};

// With sign, fraction, exponent; nan, inf and infinity in any case; also as NumPy and PyTorch show
// one, np.float64(0.3) and tensor(0.3).
std::optional<NumberHere> number_here(std::string_view text);

// The same, unless what follows shows that it is something else: a date, a version, an address, a
// part of a total, an amount of time or memory.
std::optional<NumberHere> lone_number_here(std::string_view text);

// "9799/10000 (98%)": the percentage, with the size of all of it.
std::optional<NumberHere> share_here(std::string_view text);

inline bool is_blank(char c)
{
  return c == ' ' || c == '\t';
}
inline bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}
inline bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
// Of a name behind its first letter.
inline bool is_name_part(char c)
{
  return is_letter(c) || is_digit(c) || c == '.' || c == '/' || c == '@' || c == '-';
}

// What the value of a pair begins with: a number in any spelling, or a quote around it.
inline bool starts_value(char c)
{
  switch (c) {
    case '+':
    case '-':
    case '.':
    case '"':
    case '\'':
    case 'n':
    case 'N':
    case 'i':
    case 'I':
    case 't':
      return true;
    default:
      return is_digit(c);
  }
}

std::string_view trimmed(std::string_view text);

// metric: what every script that prints it means as one (loss, val_accuracy, rmse).
// weak: the same where the number has a fraction; "error: 404" is none.
// never: times, sizes, settings. other: anything else.
enum class NameKind { metric, weak, never, other };
NameKind kind_of_name(std::string_view name);

bool is_metric(NameKind kind, const NumberHere& number);

// Words whose number is the step, such as "epoch" and "step".
enum class StepWord { none, epoch, step };
StepWord step_word(std::string_view word);

}  // namespace mlrepro::format
