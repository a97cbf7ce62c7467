// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::cli {

enum class Align { left, right };
// terminal: plain with colours.
enum class Style { plain, terminal, markdown };
enum class Tone { none, strong, faint, good, warning, bad, accent };

// In colour where the style has any; the same text otherwise.
std::string paint(const std::string& text, Tone tone, Style style);

struct Cell {
  Cell(std::string words, Tone colour = Tone::none) : text(std::move(words)), tone(colour) {}
  Cell(const char* words) : text(words) {}

  std::string text;
  Tone tone = Tone::none;
};

// Columns as wide as their content; trailing spaces left out. Control characters of the content
// are shown as "\xNN", since a name must not write to somebody's terminal.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header, std::vector<Align> align = {});
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string render(Style style, const std::string& indent = {}) const;

 private:
  [[nodiscard]] std::string render_markdown() const;

  std::vector<std::string> header_;
  std::vector<Align> align_;
  std::vector<std::vector<Cell>> rows_;
};

// How many columns a terminal gives to a UTF-8 text: two for East Asian wide characters and
// emoji, none for combining marks.
std::size_t display_width(const std::string& text);

// Without control characters, as in a table.
std::string printable(const std::string& text);

// `text` broken at spaces into lines of at most `width` columns; a longer word has its own line.
std::vector<std::string> wrap(const std::string& text, std::size_t width);

// With a backslash before what Markdown would read as markup or as the end of a table's cell.
std::string markdown_text(const std::string& text);

// As code in Markdown, whatever backticks it holds: in a line, and as a block in a language.
std::string markdown_code(const std::string& text);
std::string markdown_block(const std::string& text, const std::string& language);

// A command line that a shell reads as these words.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace mlrepro::cli
