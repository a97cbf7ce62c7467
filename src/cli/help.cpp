// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/text_table.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_width = 96;
constexpr std::size_t k_column = 26;  // where the descriptions begin

bool is_shown(const CLI::Option& option)
{
  return !option.get_group().empty();
}

// "-i, --input PATH"
std::string option_label(const CLI::Option& option)
{
  std::string label;
  for (const std::string& name : option.get_snames()) {
    label += (label.empty() ? "-" : ", -") + name;
  }
  for (const std::string& name : option.get_lnames()) {
    label += label.empty() ? "    --" + name : ", --" + name;
  }
  const std::string value = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
  return value.empty() ? label : label + " " + value;
}

// A label and its description side by side, or below it where the label is long.
std::string entry(const std::string& label, const std::string& description)
{
  std::string out = "  " + label;
  const auto lines = wrap(description, k_width - k_column);
  const bool beside = display_width(out) + 2 <= k_column;
  if (!beside && !lines.empty()) {
    out += "\n";
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t taken = i == 0 && beside ? display_width(out) : 0;
    out += std::string(k_column - taken, ' ') + lines[i] + "\n";
  }
  return lines.empty() ? out + "\n" : out;
}

std::string arguments(const CLI::App& app)
{
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional() || !is_shown(*option)) {
      continue;
    }
    out += entry(option->get_name(true), option->get_description());
  }
  return out.empty() ? out : "\nArguments:\n" + out;
}

std::string options(const CLI::App& app)
{
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional() && is_shown(*option)) {
      out += entry(option_label(*option), option->get_description());
    }
  }
  const bool top = app.get_parent() == nullptr;
  return out.empty() ? out
                     : (top ? "\nOptions, before or after the verb:\n" : "\nOptions:\n") + out;
}

std::string verbs(const CLI::App& app)
{
  std::string out;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    out += entry(command->get_name(), command->get_description());
  }
  return out.empty() ? out : (app.get_parent() == nullptr ? "\nVerbs:\n" : "\nKinds:\n") + out;
}

class Layout final : public CLI::FormatterBase {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* app, std::string /*name*/,
                                      CLI::AppFormatMode /*mode*/) const override
  {
    std::string out;
    for (const std::string& line : wrap(app->get_description() + ".", k_width)) {
      out += line + "\n";
    }
    out += "\nUsage: " + usage_line(*app) + "\n" + arguments(*app) + verbs(*app) + options(*app);
    if (app->get_parent() != nullptr) {
      out +=
          "\nGlobal options: -C DIR, --store DIR, --json, -q, -v, --color WHEN; see 'mlrepro "
          "help'.\n";
    }
    return out + "\n" + app->get_footer();
  }
};

// What stands below the options.
std::string footer_of(const HelpPage& page)
{
  std::string out;
  for (std::size_t at = 0; at < page.text.size();) {
    const std::size_t end = std::min(page.text.find('\n', at), page.text.size());
    for (const std::string& line : wrap(page.text.substr(at, end - at), k_width)) {
      out += line + "\n";
    }
    out += "\n";
    at = end + 1;
  }
  out += "Examples:\n";
  for (const std::string& example : page.examples) {
    out += "  " + example + "\n";
  }
  out += "\nExit codes:\n";
  for (const CodeLine& line : page.codes) {
    const std::string code = line.code == k_signal_base ? "128+n"
                             : line.code == k_any_code  ? "other"
                                                        : std::to_string(line.code);
    const auto lines =
        wrap(line.meaning.empty() ? meaning_of(line.code) : line.meaning, k_width - 9);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      out += (i == 0 ? "  " + code + std::string(7 - code.size(), ' ') : std::string(9, ' ')) +
             lines[i] + "\n";
    }
  }
  out.pop_back();  // CLI11 adds it
  return out;
}

}  // namespace

void set_help(CLI::App& command, const HelpPage& page)
{
  command.footer([page] { return footer_of(page); });  // laid out when it is asked for
}

void use_help_layout(CLI::App& app)
{
  app.formatter(std::make_shared<Layout>());
  app.set_help_flag("-h,--help", "Print this help");
}

std::string usage_line(const CLI::App& command)
{
  if (command.get_parent() == nullptr) {
    return "mlrepro [OPTIONS] VERB ...";
  }
  std::string path;
  for (const CLI::App* part = &command; part->get_parent() != nullptr; part = part->get_parent()) {
    path = " " + part->get_name() + path;
  }
  std::string line = "mlrepro" + path + " [OPTIONS]";
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional()) {
      continue;
    }
    // Everything behind "--" is the command's.
    const std::string name = (command.get_name() == "run" ? "-- " : "") + option->get_name(true) +
                             (option->get_items_expected_max() > 1 ? "..." : "");
    line += option->get_required() || command.get_name() == "run" ? " " + name : " [" + name + "]";
  }
  if (!command.get_subcommands([](const CLI::App*) { return true; }).empty()) {
    const bool alone = line.ends_with("[OPTIONS]");
    line += alone ? " KIND ..." : " | KIND ...";
  }
  return line;
}

}  // namespace mlrepro::cli
