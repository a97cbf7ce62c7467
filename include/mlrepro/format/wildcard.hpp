// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::format {

// One pattern of gitignore(5), as Git's wildmatch reads it: '*', '?' and classes stop at '/';
// "**" as a whole component does not. A malformed pattern (a class that is not closed, a lone
// backslash at the end) matches nothing. Matching takes no more than the product of the lengths
// per component, whatever the pattern.
class Wildcard {
 public:
  explicit Wildcard(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view path) const;

 private:
  enum class Kind : std::uint8_t {
    literal,
    any,        // one byte but '/'
    set,        // one byte of a class
    star,       // bytes but '/'
    deep_star,  // any bytes
    folders,    // "**/": nothing, or any bytes up to and with a '/'
  };
  struct Part {
    Kind kind = Kind::literal;
    char literal = 0;
    std::size_t set = 0;  // its place in sets_
  };
  using Set = std::bitset<256>;

  bool add_class(std::string_view& rest);
  bool add_part(std::string_view& rest, bool starts_component);
  void add_stars(std::string_view& rest, bool starts_component);
  [[nodiscard]] bool matches_one(const Part& part, char byte) const;

  std::vector<Part> parts_;
  std::vector<Set> sets_;
  bool valid_ = true;
  std::string literal_;  // where no part is special, or the first alone is a star: the rest
  bool is_plain_ = false;
  bool is_suffix_ = false;
};

}  // namespace mlrepro::format
