// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mlrepro::model {

// 32 lower-case hexadecimal digits, drawn at random: the form that MLflow's clients expect.
class RunId {
 public:
  RunId() = default;

  static std::optional<RunId> parse(std::string_view text);
  static RunId from_bytes(const std::array<std::uint8_t, 16>& random);

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  auto operator<=>(const RunId&) const = default;

 private:
  explicit RunId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// "brave-otter-7f3a": two words picked by the id's bytes and its first four digits.
std::string default_run_name(const RunId& id);

}  // namespace mlrepro::model
