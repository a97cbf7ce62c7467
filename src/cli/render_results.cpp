// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_shown_files = 20;

std::string short_id(const std::optional<model::Digest>& id)
{
  return id ? id->hex().substr(0, 12) : "(none)";
}

std::string value_of(const std::optional<double>& value)
{
  return value ? format::to_text(*value) : "(none)";
}

std::string percent(const std::optional<double>& relative)
{
  if (!relative) {
    return "";
  }
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%+.3g %%", *relative * 100);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string signed_number(const std::optional<double>& value)
{
  if (!value) {
    return "";
  }
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%+.6g", *value);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

class DiffText {
 public:
  explicit DiffText(Style style) : style_(style) {}

  void title(const std::string& text)
  {
    out_ += style_ == Style::markdown ? "## " + text + "\n\n" : text + "\n";
  }

  void section(const std::string& name, const std::string& verdict)
  {
    out_ += style_ == Style::markdown ? "\n### " + name + ": " + verdict + "\n\n"
                                      : "\n" + name + ": " + verdict + "\n";
  }

  void table(const TextTable& table)
  {
    if (!table.empty()) {
      out_ += table.render(style_, "  ");
    }
  }

  void line(const std::string& text)
  {
    out_ += (style_ == Style::markdown ? "- " : "  ") + printable(text) + "\n";
  }

  void block(const std::string& text)
  {
    out_ += style_ == Style::markdown ? "\n```diff\n" + text + "```\n" : text;
  }

  [[nodiscard]] std::string text() const { return out_; }

 private:
  Style style_;
  std::string out_;
};

std::string word(bool same)
{
  return same ? "same" : "differs";
}

template <typename Items>
bool all_same(const Items& items)
{
  return std::all_of(items.begin(), items.end(), [](const auto& item) { return item.same; });
}

void add_code(DiffText& out, const model::CodeDiff& code)
{
  out.section("code", !code.comparable ? "not comparable" : word(code.same));
  if (code.commit_a != code.commit_b) {
    out.line("commit " + (code.commit_a.empty() ? "(none)" : code.commit_a.substr(0, 12)) + " -> " +
             (code.commit_b.empty() ? "(none)" : code.commit_b.substr(0, 12)));
  }
  TextTable table({"file", "change", "+", "-"},
                  {Align::left, Align::left, Align::right, Align::right});
  for (const model::CodeFileDiff& file : code.files) {
    const auto count = [](const std::optional<std::int64_t>& lines) {
      return lines ? std::to_string(*lines) : "binary";
    };
    table.add({file.path, std::string(model::to_string(file.state)), count(file.added_lines),
               count(file.removed_lines)});
  }
  out.table(table);
  for (const model::CodeFileDiff& file : code.files) {
    if (!file.patch.empty()) {
      out.block(file.patch);
    }
  }
}

void add_files(TextTable& table, const std::string& prefix, const model::ManifestDiff& files)
{
  std::size_t shown = 0;
  const std::size_t total = files.added.size() + files.removed.size() + files.changed.size();
  const auto add = [&](const std::vector<model::FileChange>& changes, const char* what) {
    for (const model::FileChange& change : changes) {
      if (++shown > k_shown_files) {
        return;
      }
      const auto size = [](const auto& entry) {
        return entry ? format::human_bytes(entry->size) : std::string();
      };
      const std::string path = change.path.empty() ? prefix : prefix + "/" + change.path;
      table.add({"  " + path, what, size(change.before), size(change.after)});
    }
  };
  add(files.changed, "changed");
  add(files.added, "added");
  add(files.removed, "removed");
  if (total > k_shown_files) {
    table.add({"  and " + std::to_string(total - k_shown_files) + " more files", "", "", ""});
  }
}

void add_data(DiffText& out, const std::string& name, const std::vector<model::DataDiff>& data)
{
  out.section(name, word(all_same(data)));
  TextTable table({"path", "", "a", "b"});
  for (const model::DataDiff& item : data) {
    table.add({item.path, word(item.same), short_id(item.a), short_id(item.b)});
    if (item.files_known) {
      add_files(table, item.path, item.files);
    } else {
      table.add({"  (its files are not in the store)", "", "", ""});
    }
  }
  out.table(table);
}

}  // namespace

std::string render_diff(const model::RunDiff& diff, Style style)
{
  DiffText out(style);
  out.title(diff.a_name + " (a) and " + diff.b_name + " (b): " + word(diff.same));
  out.section("command", word(diff.command_same));
  if (!diff.command_same) {
    out.line("a  " + shell_words(diff.command_a));
    out.line("b  " + shell_words(diff.command_b));
  }
  add_code(out, diff.code);
  out.section("parameters", word(all_same(diff.params)));
  TextTable params({"parameter", "a", "b", "source"});
  for (const model::ParamDiff& param : diff.params) {
    params.add({param.key, param.a.value_or("(none)"), param.b.value_or("(none)"), param.source});
  }
  out.table(params);
  out.section("metrics", word(all_same(diff.metrics)));
  TextTable metrics({"metric", "a", "b", "b - a", "relative"},
                    {Align::left, Align::right, Align::right, Align::right, Align::right});
  for (const model::MetricDiff& metric : diff.metrics) {
    metrics.add({metric.key, value_of(metric.a), value_of(metric.b), signed_number(metric.delta),
                 percent(metric.relative)});
  }
  out.table(metrics);
  add_data(out, "inputs", diff.inputs);
  add_data(out, "outputs", diff.outputs);
  out.section("environment", word(all_same(diff.environment)));
  TextTable environment({"item", "a", "b"});
  for (const model::ItemDiff& item : diff.environment) {
    environment.add({item.item, item.a.value_or("(none)"), item.b.value_or("(none)")});
  }
  out.table(environment);
  return out.text();
}

std::string render_diff(const model::SnapshotDiff& diff, Style style)
{
  DiffText out(style);
  out.title(diff.a.substr(0, 12) + " (a) and " + diff.b.substr(0, 12) + " (b): " + word(diff.same));
  TextTable table({"file", "change", "a", "b"},
                  {Align::left, Align::left, Align::right, Align::right});
  add_files(table, ".", diff.files);
  out.table(table);
  return out.text();
}

std::string render_verification(const model::Verification& verification,
                                const std::map<model::RunId, std::string>& names)
{
  std::string out =
      std::to_string(verification.checked) + " objects, " +
      format::human_bytes(verification.bytes) + " checked: " +
      (verification.damaged.empty() ? "all sound"
                                    : std::to_string(verification.damaged.size()) + " damaged") +
      "\n";
  for (const model::Damage& damage : verification.damaged) {
    out += "\nobject " + damage.object.hex() + "\n  " + printable(damage.problem) + "\n";
    for (const std::string& path : damage.paths) {
      out += "  path      " + printable(path) + "\n";
    }
    for (const model::Digest& snapshot : damage.snapshots) {
      out += "  snapshot  " + snapshot.hex().substr(0, 12) + "\n";
    }
    for (const model::RunId& run : damage.runs) {
      const auto name = names.find(run);
      out +=
          "  run       " +
          (name == names.end() ? run.str() : name->second + " (" + run.str().substr(0, 8) + ")") +
          "\n";
    }
  }
  return out;
}

std::string render_reproduction(const model::Reproduction& reproduction)
{
  std::string out;
  TextTable levels({"level", "", "status", "why"});
  for (const model::LevelCheck& check : reproduction.levels) {
    levels.add({std::to_string(static_cast<int>(check.level)),
                std::string(model::to_string(check.level)),
                std::string(model::to_string(check.status)),
                check.reasons.empty() ? "" : check.reasons.front()});
    for (std::size_t i = 1; i < check.reasons.size(); ++i) {
      levels.add({"", "", "", check.reasons[i]});
    }
  }
  out += levels.render(Style::plain);
  if (!reproduction.metrics.empty()) {
    TextTable metrics({"metric", "recorded", "replayed", "difference", "status"},
                      {Align::left, Align::right, Align::right, Align::right, Align::left});
    for (const model::MetricCheck& check : reproduction.metrics) {
      metrics.add({check.key, value_of(check.recorded), value_of(check.replayed),
                   check.absolute ? format::to_text(*check.absolute) : "",
                   std::string(model::to_string(check.status))});
    }
    out += "\n" + metrics.render(Style::plain);
  }
  if (!reproduction.outputs.empty()) {
    TextTable outputs({"output", "recorded", "replayed", "status"});
    for (const model::OutputCheck& check : reproduction.outputs) {
      outputs.add({check.path, short_id(check.recorded), short_id(check.replayed),
                   std::string(model::to_string(check.status))});
    }
    out += "\n" + outputs.render(Style::plain);
  }
  out += "\nverdict: " + std::string(model::to_string(reproduction.verdict));
  if (reproduction.verdict == model::Verdict::reproduced) {
    out += ", proven to level " + std::to_string(static_cast<int>(reproduction.proven)) + " of 5";
  }
  out += "\n";
  for (const std::string& reason : reproduction.reasons) {
    out += "  " + printable(reason) + "\n";
  }
  if (!reproduction.replay_name.empty()) {
    out += "  the replay is recorded as " + reproduction.replay_name + "\n";
  }
  return out;
}

}  // namespace mlrepro::cli
