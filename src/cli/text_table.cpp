// SPDX-License-Identifier: Apache-2.0
#include "cli/text_table.hpp"

#include <algorithm>

#include "mlrepro/format/json_text.hpp"

namespace mlrepro::cli {
namespace {

std::string padded(const std::string& text, std::size_t width, Align align)
{
  const std::string space(width - std::min(width, display_width(text)), ' ');
  return align == Align::right ? space + text : text + space;
}

std::string escape_bars(const std::string& text)
{
  std::string out;
  for (const char c : text) {
    out += c == '|' ? "\\|" : std::string(1, c);
  }
  return out;
}

void trim_right(std::string& line)
{
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

std::size_t display_width(const std::string& text)
{
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
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

TextTable::TextTable(std::vector<std::string> header, std::vector<Align> align)
    : header_(std::move(header)), align_(std::move(align))
{
  align_.resize(header_.size(), Align::left);
}

void TextTable::add(std::vector<std::string> row)
{
  row.resize(header_.size());
  for (std::string& cell : row) {
    cell = printable(cell);
  }
  rows_.push_back(std::move(row));
}

std::string TextTable::render(Style style, const std::string& indent) const
{
  std::string out;
  if (style == Style::markdown) {
    const auto line = [&](const std::vector<std::string>& cells) {
      for (const std::string& cell : cells) {
        out += "| " + escape_bars(cell) + " ";
      }
      out += "|\n";
    };
    line(header_);
    for (const Align align : align_) {
      out += align == Align::right ? "| ---: " : "| --- ";
    }
    out += "|\n";
    std::for_each(rows_.begin(), rows_.end(), line);
    return out;
  }
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < header_.size(); ++column) {
    std::size_t width = display_width(header_[column]);
    for (const auto& row : rows_) {
      width = std::max(width, display_width(row[column]));
    }
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text = indent;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      text += (column == 0 ? "" : "  ") + padded(cells[column], widths[column], align_[column]);
    }
    trim_right(text);
    out += text + "\n";
  };
  line(header_);
  std::for_each(rows_.begin(), rows_.end(), line);
  return out;
}

}  // namespace mlrepro::cli
