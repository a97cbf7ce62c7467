// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <utility>

#include "cli/joined.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/plan/compare_runs.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_shown_files = 20;

Tone tone_of(bool same)
{
  return same ? Tone::faint : Tone::warning;
}

Tone tone_of(model::FileState state)
{
  switch (state) {
    case model::FileState::added:
      return Tone::good;
    case model::FileState::removed:
      return Tone::bad;
    case model::FileState::modified:
      return Tone::warning;
    case model::FileState::same:
      return Tone::faint;
  }
  return Tone::none;
}

Tone tone_of_patch_line(const std::string& line)
{
  if (line.starts_with("@@")) {
    return Tone::accent;
  }
  if (line.starts_with("+++") || line.starts_with("---") || line.starts_with("diff ")) {
    return Tone::strong;
  }
  return line.starts_with('+') ? Tone::good : line.starts_with('-') ? Tone::bad : Tone::none;
}

// The answer grows by sections; those in which nothing differs end up in one line at the end.
class DiffText {
 public:
  explicit DiffText(Style style) : style_(style) {}

  void section(const std::string& name)
  {
    body_ += style_ == Style::markdown ? "\n### " + name + "\n\n"
                                       : "\n" + paint(name, Tone::strong, style_) + "\n";
  }

  // True where the section has something to show; `differs` decides on which line it is counted.
  bool open(const std::string& name, bool differs, bool has_rows)
  {
    (differs ? differing_ : same_).push_back(name);
    if (differs || has_rows) {
      section(name);
    }
    return differs || has_rows;
  }

  void not_compared(const std::string& name) { unknown_.push_back(name); }

  void table(const TextTable& table)
  {
    if (!table.empty()) {
      body_ += table.render(style_, "  ");
    }
  }

  void line(const std::string& text)
  {
    body_ += style_ == Style::markdown ? "- " + markdown_text(printable(text)) + "\n"
                                       : "  " + printable(text) + "\n";
  }

  void command(const std::string& side, const std::string& words)
  {
    body_ += style_ == Style::markdown ? "- " + side + ": " + markdown_code(words) + "\n"
                                       : "  " + side + "  " + words + "\n";
  }

  void patch(const std::string& text)
  {
    if (style_ == Style::markdown) {
      body_ += "\n" + markdown_block(text, "diff");
      return;
    }
    std::istringstream lines(text);
    body_ += "\n";
    for (std::string line; std::getline(lines, line);) {
      body_ += paint(line, tone_of_patch_line(line), style_) + "\n";
    }
  }

  [[nodiscard]] std::string text(const std::string& a, const std::string& b, bool same) const
  {
    const bool markdown = style_ == Style::markdown;
    const auto name = [&](const std::string& text) {
      return markdown ? markdown_text(printable(text)) : printable(text);
    };
    const std::string verdict =
        same                 ? "the same"
        : differing_.empty() ? "different"
                             : joined(differing_) + (is_one_thing() ? " differs" : " differ");
    std::string out = markdown ? "## " : "";
    out += name(a) + " (a) and " + name(b) +
           " (b): " + paint(verdict, same ? Tone::good : Tone::warning, style_) + "\n";
    out += body_;
    if (!same_.empty() && !same) {
      out += "\n" +
             (markdown ? "Same: " + joined(same_) + "."
                       : paint("same: " + joined(same_), Tone::faint, style_)) +
             "\n";
    }
    if (!unknown_.empty()) {
      out += "\n" +
             (markdown ? "Not comparable: " + joined(unknown_) + "."
                       : "not comparable: " + joined(unknown_)) +
             "\n";
    }
    return out;
  }

 private:
  // "code differs", but "metrics differ".
  [[nodiscard]] bool is_one_thing() const
  {
    return differing_.size() == 1 && !differing_.front().ends_with('s');
  }

  Style style_;
  std::string body_;
  std::vector<std::string> differing_;
  std::vector<std::string> same_;
  std::vector<std::string> unknown_;
};

template <typename Items>
bool all_same(const Items& items)
{
  return std::all_of(items.begin(), items.end(), [](const auto& item) { return item.same; });
}

// Six digits each, or all of them where six do not tell the two apart.
std::pair<std::string, std::string> values_of(const model::MetricDiff& metric)
{
  const auto text = [](const std::optional<double>& value, auto render) {
    return value ? render(*value) : std::string("(none)");
  };
  auto pair = std::pair(text(metric.a, short_number), text(metric.b, short_number));
  if (!metric.same && pair.first == pair.second) {
    pair = {text(metric.a, format::to_text), text(metric.b, format::to_text)};
  }
  return pair;
}

std::string delta_text(const std::optional<double>& delta)
{
  return delta ? (*delta < 0 ? "" : "+") + short_number(*delta) : "";
}

std::string relative_text(const std::optional<double>& relative)
{
  if (!relative) {
    return "";
  }
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%+.3g %%", *relative * 100);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

void add_code(DiffText& out, const model::CodeDiff& code)
{
  if (!code.comparable) {
    out.not_compared("code");
    return;
  }
  if (!out.open("code", !code.same, false)) {
    return;
  }
  if (code.commit_a != code.commit_b) {
    const auto commit = [](const std::string& id) {
      return id.empty() ? std::string("(none)") : id.substr(0, 12);
    };
    out.line("commit " + commit(code.commit_a) + " -> " + commit(code.commit_b));
  }
  TextTable table({"file", "change", "+", "-"},
                  {Align::left, Align::left, Align::right, Align::right});
  for (const model::CodeFileDiff& file : code.files) {
    const auto count = [](const std::optional<std::int64_t>& lines) {
      return lines ? std::to_string(*lines) : "binary";
    };
    table.add({file.path, Cell(std::string(model::to_string(file.state)), tone_of(file.state)),
               count(file.added_lines), count(file.removed_lines)});
  }
  out.table(table);
  for (const model::CodeFileDiff& file : code.files) {
    if (!file.patch.empty()) {
      out.patch(file.patch);
    }
  }
}

std::string size_text(const std::optional<model::ManifestEntry>& entry)
{
  return entry ? format::human_bytes(entry->size) : "";
}

void add_files(TextTable& table, const std::string& folder, const model::ManifestDiff& files)
{
  std::size_t shown = 0;
  const std::size_t total = files.added.size() + files.removed.size() + files.changed.size();
  const auto add = [&](const std::vector<model::FileChange>& changes, const char* what, Tone tone) {
    for (const model::FileChange& change : changes) {
      if (++shown <= k_shown_files) {
        table.add({folder + (change.path.empty() ? "." : change.path), Cell(what, tone),
                   size_text(change.before), size_text(change.after)});
      }
    }
  };
  add(files.changed, "changed", Tone::warning);
  add(files.added, "added", Tone::good);
  add(files.removed, "removed", Tone::bad);
  if (total > k_shown_files) {
    table.add({"and " + std::to_string(total - k_shown_files) + " more files (--json has them all)",
               "", "", ""});
  }
}

// Where the data is one file, not a folder.
const model::FileChange* only_file(const model::ManifestDiff& files)
{
  for (const auto* list : {&files.changed, &files.added, &files.removed}) {
    if (list->size() == 1 && list->front().path.empty()) {
      return &list->front();
    }
  }
  return nullptr;
}

// One file has one line, with its sizes; a folder has one, and one for each of its files.
void add_data(DiffText& out, const std::string& name, const std::vector<model::DataDiff>& data)
{
  if (!out.open(name, !all_same(data), !data.empty())) {
    return;
  }
  TextTable table({"path", "change", "a", "b"});
  for (const model::DataDiff& item : data) {
    const char* what = item.same ? "same" : !item.a ? "added" : !item.b ? "removed" : "changed";
    const model::ManifestDiff& files = item.files;
    const model::FileChange* file = only_file(files);
    const auto side = [&](const std::optional<model::Digest>& id, auto member) {
      return short_id(id) +
             (file != nullptr && file->*member ? "  " + size_text(file->*member) : "");
    };
    table.add({item.path, Cell(what, tone_of(item.same)), side(item.a, &model::FileChange::before),
               side(item.b, &model::FileChange::after)});
    if (!item.files_known) {
      table.add({"its files are not in the store", "", "", ""});
    } else if (file == nullptr && item.a && item.b) {
      add_files(table, item.path.ends_with('/') ? item.path : item.path + "/", files);
    }
  }
  out.table(table);
}

void add_params(DiffText& out, const model::RunDiff& diff)
{
  if (!out.open("parameters", !all_same(diff.params), !diff.params.empty())) {
    return;
  }
  TextTable params({"parameter", "a", "b", "source"});
  for (const model::ParamDiff& param : diff.params) {
    const Tone tone = param.same ? Tone::faint : Tone::none;
    params.add({Cell(param.key, tone), Cell(param.a.value_or("(none)"), tone),
                Cell(param.b.value_or("(none)"), tone), Cell(param.source, Tone::faint)});
  }
  out.table(params);
}

void add_metrics(DiffText& out, const model::RunDiff& diff)
{
  if (!out.open("metrics", !plan::has_same_results(diff.metrics), !diff.metrics.empty())) {
    return;
  }
  TextTable metrics({"metric", "a", "b", "b - a", "relative"},
                    {Align::left, Align::right, Align::right, Align::right, Align::right});
  for (const model::MetricDiff& metric : diff.metrics) {
    const Tone tone = metric.same ? Tone::faint : Tone::none;
    const auto [a, b] = values_of(metric);
    metrics.add({Cell(metric.key, tone), Cell(a, tone), Cell(b, tone),
                 Cell(delta_text(metric.same ? std::nullopt : metric.delta), Tone::strong),
                 relative_text(metric.same ? std::nullopt : metric.relative)});
  }
  out.table(metrics);
}

void add_environment(DiffText& out, const model::RunDiff& diff)
{
  if (!out.open("environment", !all_same(diff.environment), !diff.environment.empty())) {
    return;
  }
  TextTable environment({"item", "a", "b"});
  for (const model::ItemDiff& item : diff.environment) {
    const Tone tone = item.same ? Tone::faint : Tone::none;
    environment.add({Cell(item.item, tone), Cell(item.a.value_or("(none)"), tone),
                     Cell(item.b.value_or("(none)"), tone)});
  }
  out.table(environment);
}

}  // namespace

std::string render_diff(const model::RunDiff& diff, Style style)
{
  DiffText out(style);
  // A working tree has no command, parameters and metrics of its own.
  const bool two_runs = diff.b != k_working_tree;
  if (two_runs && out.open("command", !diff.command_same, false)) {
    out.command("a", shell_words(diff.command_a));
    out.command("b", shell_words(diff.command_b));
  }
  add_code(out, diff.code);
  if (two_runs) {
    add_params(out, diff);
    add_metrics(out, diff);
  }
  add_data(out, "inputs", diff.inputs);
  add_data(out, "outputs", diff.outputs);
  add_environment(out, diff);
  return out.text(diff.a_name, diff.b_name, diff.same);
}

std::string render_diff(const model::SnapshotDiff& diff, Style style)
{
  DiffText out(style);
  TextTable table({"file", "change", "a", "b"},
                  {Align::left, Align::left, Align::right, Align::right});
  add_files(table, "", diff.files);
  if (out.open("files", !diff.same, false)) {
    out.table(table);
  }
  return out.text(diff.a.substr(0, 12), diff.b.substr(0, 12), diff.same);
}

}  // namespace mlrepro::cli
