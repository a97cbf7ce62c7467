// SPDX-License-Identifier: Apache-2.0
#include "cli/text_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "mlrepro/format/json_text.hpp"

namespace mlrepro::cli {
namespace {

// Ranges of code points, first and last.
constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 6> k_without_width = {
    {{0x0300, 0x036f},
     {0x1ab0, 0x1aff},
     {0x200b, 0x200f},
     {0x20d0, 0x20ff},
     {0xfe00, 0xfe0f},
     {0xfe20, 0xfe2f}}};
constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 9> k_wide = {{{0x1100, 0x115f},
                                                                            {0x2e80, 0xa4cf},
                                                                            {0xac00, 0xd7a3},
                                                                            {0xf900, 0xfaff},
                                                                            {0xfe30, 0xfe6f},
                                                                            {0xff00, 0xff60},
                                                                            {0xffe0, 0xffe6},
                                                                            {0x1f300, 0x1faff},
                                                                            {0x20000, 0x3fffd}}};

template <typename Ranges>
bool lies_in(const Ranges& ranges, std::uint32_t point)
{
  return std::any_of(ranges.begin(), ranges.end(), [point](const auto& range) {
    return point >= range.first && point <= range.second;
  });
}

std::size_t width_of(std::uint32_t point)
{
  if (point < 0x300 || !lies_in(k_without_width, point)) {
    return lies_in(k_wide, point) ? 2 : 1;
  }
  return 0;
}

std::string spaces(std::size_t width, const std::string& text)
{
  return std::string(width - std::min(width, display_width(text)), ' ');
}

const char* colour_code(Tone tone)
{
  switch (tone) {
    case Tone::strong:
      return "1";
    case Tone::faint:
      return "2";
    case Tone::good:
      return "32";
    case Tone::warning:
      return "33";
    case Tone::bad:
      return "31";
    case Tone::accent:
      return "36";
    case Tone::none:
      break;
  }
  return "0";
}

std::size_t longest_run(const std::string& text, char wanted)
{
  std::size_t longest = 0;
  std::size_t now = 0;
  for (const char c : text) {
    now = c == wanted ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return longest;
}

void trim_right(std::string& line)
{
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

std::string paint(const std::string& text, Tone tone, Style style)
{
  if (style != Style::terminal || tone == Tone::none || text.empty()) {
    return text;
  }
  return std::string("\x1b[") + colour_code(tone) + "m" + text + "\x1b[0m";
}

std::size_t display_width(const std::string& text)
{
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
      point = (point << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    width += width_of(point);
    at += length;
  }
  return width;
}

std::string printable(const std::string& text)
{
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string out;
  for (const char c : format::json_text(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += k_digits[byte >> 4U];
      out += k_digits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out;
}

std::string shell_words(const std::vector<std::string>& words)
{
  std::string line;
  for (const std::string& word : words) {
    const bool plain =
        !word.empty() && word.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_-./=:,+@%") == std::string::npos;
    std::string quoted = word;
    if (!plain) {
      quoted = "'";
      for (const char c : word) {
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
      }
      quoted += "'";
    }
    line += (line.empty() ? "" : " ") + quoted;
  }
  return printable(line);
}

std::vector<std::string> wrap(const std::string& text, std::size_t width)
{
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  if (!line.empty()) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string markdown_text(const std::string& text)
{
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*<>[]|~&").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string markdown_code(const std::string& text)
{
  const std::size_t ticks = longest_run(text, '`');
  const std::string fence(ticks + 1, '`');
  const std::string space = ticks > 0 ? " " : "";
  return fence + space + text + space + fence;
}

std::string markdown_block(const std::string& text, const std::string& language)
{
  const std::string fence(std::max<std::size_t>(3, longest_run(text, '`') + 1), '`');
  return fence + language + "\n" + text + (text.empty() || text.ends_with('\n') ? "" : "\n") +
         fence + "\n";
}

TextTable::TextTable(std::vector<std::string> header, std::vector<Align> align)
    : header_(std::move(header)), align_(std::move(align))
{
  for (std::string& cell : header_) {
    cell = printable(cell);
  }
  align_.resize(header_.size(), Align::left);
}

void TextTable::add(std::vector<Cell> row)
{
  row.resize(header_.size(), "");
  for (Cell& cell : row) {
    cell.text = printable(cell.text);
  }
  rows_.push_back(std::move(row));
}

std::string TextTable::render_markdown() const
{
  std::string out;
  for (const std::string& cell : header_) {
    out += "| " + markdown_text(cell) + " ";
  }
  out += "|\n";
  for (const Align align : align_) {
    out += align == Align::right ? "| ---: " : "| --- ";
  }
  out += "|\n";
  for (const auto& row : rows_) {
    for (const Cell& cell : row) {
      out += "| " + markdown_text(cell.text) + " ";
    }
    out += "|\n";
  }
  return out;
}

std::string TextTable::render(Style style, const std::string& indent) const
{
  if (style == Style::markdown) {
    return render_markdown();
  }
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < header_.size(); ++column) {
    std::size_t width = display_width(header_[column]);
    for (const auto& row : rows_) {
      width = std::max(width, display_width(row[column].text));
    }
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string text = indent;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const Cell& cell = cells[column];
      const std::string space = spaces(widths[column], cell.text);
      const std::string word = paint(cell.text, cell.tone, style);
      text += (column == 0 ? "" : "  ") +
              (align_[column] == Align::right ? space + word : word + space);
    }
    trim_right(text);
    out += text + "\n";
  };
  std::vector<Cell> titles;
  for (const std::string& title : header_) {
    titles.emplace_back(title, Tone::faint);
  }
  line(titles);
  std::for_each(rows_.begin(), rows_.end(), line);
  return out;
}

}  // namespace mlrepro::cli
