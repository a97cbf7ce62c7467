// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/scalar_line.hpp"

namespace mlrepro::format {

// A pattern that a user wrote: "{loss}" is a number and the metric that it belongs to, "{step}" the
// step, "*" any text, blanks any blanks; all else stands for itself, anywhere in the line. The time
// to match grows with the length of the line, not faster.
class ScalarTemplate {
 public:
  explicit ScalarTemplate(const std::string& text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<std::string>& metrics() const { return metrics_; }
  [[nodiscard]] LineScalars find(std::string_view line) const;

 private:
  enum class Kind { literal, blanks, number, any };
  struct Part {
    Kind kind = Kind::literal;
    std::string text;
  };
  // Parts between two "*".
  struct Piece {
    std::size_t first = 0;
    std::size_t last = 0;
  };

  [[nodiscard]] std::size_t first_place(std::string_view line, Piece piece, std::size_t from) const;
  [[nodiscard]] bool match_number(std::string_view line, std::size_t part, std::size_t& at,
                                  LineScalars& found) const;
  [[nodiscard]] bool match(std::string_view line, Piece piece, std::size_t& at,
                           LineScalars& found) const;
  bool find_piece(std::string_view line, Piece piece, std::size_t& at, LineScalars& found) const;

  std::string text_;
  std::vector<Part> parts_;
  std::vector<std::string> metrics_;
};

}  // namespace mlrepro::format
