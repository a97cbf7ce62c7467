// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mlrepro/model/scalar_rules.hpp"

namespace mlrepro::format {

struct ScalarPattern {
  std::string_view name;
  std::string_view example;
  std::string_view finds;
};

// The built-in patterns. A line belongs to the first one whose form it has, and to no other.
std::span<const ScalarPattern> scalar_patterns();

bool is_on(const model::ScalarRules& rules, const ScalarPattern& pattern);

// All built-in patterns.
model::ScalarRules default_scalar_rules();

// Throws Error{usage} for a pattern that is not built in, and for a template that names no metric.
void check_scalar_rules(const model::ScalarRules& rules);

struct TextScalar {
  std::string key;
  double value = 0;
  std::optional<std::int64_t> step;  // absent: the line says none
  std::uint64_t line = 0;            // of the text, from 1
  std::uint64_t end = 0;             // of the line: bytes of the text up to it
  std::string_view pattern;          // a name or a template; valid as long as the reader
};

// Finds the metrics that training scripts print (docs/scalars.md has the rule). Takes the text in
// pieces of any size and needs no more memory for a long one. Of a line that carriage returns
// redrew, only the last state counts. A line of more than 16 KiB says nothing.
class ScalarReader {
 public:
  using Found = std::function<void(const TextScalar&)>;

  // Error{usage} as of check_scalar_rules.
  ScalarReader(const model::ScalarRules& rules, Found found);
  ~ScalarReader();
  ScalarReader(const ScalarReader&) = delete;
  ScalarReader& operator=(const ScalarReader&) = delete;

  void feed(std::string_view piece);
  // The text has ended, perhaps within a line.
  void finish();

 private:
  class Patterns;

  void keep(std::string_view part);
  void end_line(std::string_view part);
  void take_line(std::string_view line);

  std::unique_ptr<Patterns> patterns_;
  Found found_;
  std::string kept_;       // of a line whose end is still to come
  bool overlong_ = false;  // nothing is kept of what is drawn now: it was too long
  std::uint64_t line_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace mlrepro::format
