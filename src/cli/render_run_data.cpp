// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/run_text.hpp"

namespace mlrepro::cli {
namespace {

using model::Run;

constexpr std::size_t k_shown = 20;

void add_some(RunText& out, const std::string& label, const std::vector<std::string>& texts)
{
  for (std::size_t i = 0; i < std::min(texts.size(), k_shown); ++i) {
    out.line(i == 0 ? label : "", texts[i], Tone::warning);
  }
  if (texts.size() > k_shown) {
    out.line("", "and " + std::to_string(texts.size() - k_shown) + " more");
  }
}

}  // namespace

void add_data(RunText& out, const std::string& title, const std::vector<model::RunData>& list)
{
  for (const model::RunData& data : list) {
    std::string text = data.path + "  ";
    if (!data.snapshot) {
      text += "(was not there)";
    } else {
      text += short_id(data.snapshot) + "  " + files_text(data.files, data.bytes);
      text += data.stored ? "" : "  (identity only)";
      text += forgotten_text(data.forgotten);
    }
    text += data.changed_during_run ? "  CHANGED DURING THE RUN" : "";
    text += data.partial ? "  (what was used of it)" : "";
    text += data.declared ? "" : "  (traced)";
    const bool unused = data.declared && data.traced == false;
    text += !unused ? "" : title == "input" ? "  NEVER READ" : "  NEVER WRITTEN";
    out.line(title, text,
             data.changed_during_run ? Tone::bad
             : unused                ? Tone::warning
                                     : Tone::none);
  }
}

void add_trace(RunText& out, const Run& run)
{
  if (!run.trace) {
    return;
  }
  const model::RunTrace& trace = *run.trace;
  if (trace.active && (trace.complete || !trace.reasons.empty())) {
    out.line("trace", trace.complete ? "complete" : "not complete",
             trace.complete ? Tone::none : Tone::warning);
  } else if (!trace.active) {
    out.line("trace", "not possible", Tone::warning);
  }
  add_some(out, "", trace.reasons);
  add_some(out, "read outside", trace.outside_read);
  add_some(out, "wrote outside", trace.outside_written);
  add_some(out, "connected to", trace.remotes);
}

}  // namespace mlrepro::cli
