// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/render.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::cli {

// The lines of `show`: a label, and what there is to say.
class RunText {
 public:
  explicit RunText(Style style) : style_(style) {}

  // An empty text leaves the line out.
  void line(const std::string& label, const std::string& text, Tone tone = Tone::none)
  {
    if (!text.empty()) {
      const std::string space(label.size() < k_label_width ? k_label_width - label.size() : 1, ' ');
      out_ +=
          paint(label, Tone::faint, style_) + space + paint(printable(text), tone, style_) + "\n";
    }
  }

  void wrapped(const std::string& label, const std::string& text)
  {
    bool first = true;
    for (const std::string& part : wrap(text, k_width - k_label_width)) {
      line(first ? label : "", part);
      first = false;
    }
  }

  void table(const TextTable& table)
  {
    if (!table.empty()) {
      out_ += "\n" + table.render(style_);
    }
  }

  void gap() { out_ += "\n"; }

  [[nodiscard]] std::string text() const { return out_; }

 private:
  static constexpr std::size_t k_label_width = 13;
  static constexpr std::size_t k_width = 96;

  Style style_;
  std::string out_;
};

// Its inputs or its outputs.
void add_data(RunText& out, const std::string& title, const std::vector<model::RunData>& list);
// What tracing it came to, besides inputs and outputs.
void add_trace(RunText& out, const model::Run& run);

}  // namespace mlrepro::cli
