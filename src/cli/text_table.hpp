// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::cli {

enum class Align { left, right };
enum class Style { plain, markdown };

// Columns as wide as their content; trailing spaces left out. Control characters of the content
// are shown as "\xNN", since a name must not write to somebody's terminal.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header, std::vector<Align> align = {});
  void add(std::vector<std::string> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string render(Style style, const std::string& indent = {}) const;

 private:
  std::vector<std::string> header_;
  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;
};

// How many columns a UTF-8 text takes, counting one for each code point.
std::size_t display_width(const std::string& text);

// Without control characters, as in a table.
std::string printable(const std::string& text);

// A command line that a shell reads as these words.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace mlrepro::cli
