// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/project_config.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "format/drift_rule_values.hpp"
#include "format/value_tree.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/scalar_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Kind = ValueTree::Kind;

class ConfigReader {
 public:
  explicit ConfigReader(const std::string& file) : file_(file) {}

  ProjectConfig read(const ValueTree& tree)
  {
    each(tree, "",
         {{"run", [this](const ValueTree& part) { read_run(part); }},
          {"code", [this](const ValueTree& part) { read_code(part); }},
          {"scalars", [this](const ValueTree& part) { read_scalars(part); }},
          // Read where tables are compared (parse_drift_rules); a mistake in them shows at once.
          {"drift", [this](const ValueTree& part) { (void)take_drift_rules(file_, part); }},
          {"tolerance",
           [this](const ValueTree& part) {
             each_rule(part, "tolerance", [this](const ValueTree& item) { read_tolerance(item); });
           }},
          {"output", [this](const ValueTree& part) {
             each_rule(part, "output", [this](const ValueTree& item) { read_output(item); });
           }}});
    return std::move(config_);
  }

 private:
  using Keys = std::vector<std::pair<std::string, std::function<void(const ValueTree&)>>>;

  [[noreturn]] void refuse(const std::string& why, const std::string& hint = {}) const
  {
    throw model::Error(model::ErrorKind::usage, "file '" + file_ + "': " + why, hint);
  }

  void each(const ValueTree& map, const std::string& section, const Keys& keys)
  {
    if (map.kind != Kind::map) {
      refuse("'" + section + "' must be a table");
    }
    for (const auto& [key, value] : map.members) {
      const auto known = std::find_if(
          keys.begin(), keys.end(), [&name = key](const auto& item) { return item.first == name; });
      if (known == keys.end()) {
        std::string all;
        for (const auto& item : keys) {
          all += (all.empty() ? "" : ", ") + item.first;
        }
        refuse("unknown key '" + (section.empty() ? "" : section + ".") + key + "'",
               "known here: " + all);
      }
      known->second(value);
    }
  }

  std::string text(const ValueTree& value, const std::string& key) const
  {
    if (value.kind != Kind::scalar) {
      refuse("'" + key + "' must be one value");
    }
    return value.text;
  }

  std::vector<std::string> texts(const ValueTree& value, const std::string& key) const
  {
    if (value.kind != Kind::list) {
      refuse("'" + key + "' must be a list");
    }
    std::vector<std::string> items;
    for (const ValueTree& item : value.items) {
      items.push_back(text(item, key));
    }
    return items;
  }

  double number(const ValueTree& value, const std::string& key) const
  {
    const auto parsed = parse_number(text(value, key));
    if (!parsed || !std::isfinite(*parsed) || *parsed < 0) {
      refuse("'" + key + "' must be a number of 0 or more");
    }
    return *parsed;
  }

  bool flag(const ValueTree& value, const std::string& key) const
  {
    const std::string word = text(value, key);
    if (word != "true" && word != "false") {
      refuse("'" + key + "' must be true or false");
    }
    return word == "true";
  }

  void read_run(const ValueTree& part)
  {
    each(part, "run",
         {{"experiment",
           [this](const ValueTree& v) { config_.experiment = text(v, "run.experiment"); }},
          {"inputs", [this](const ValueTree& v) { config_.inputs = texts(v, "run.inputs"); }},
          {"outputs", [this](const ValueTree& v) { config_.outputs = texts(v, "run.outputs"); }},
          {"metrics",
           [this](const ValueTree& v) { config_.metric_files = texts(v, "run.metrics"); }},
          {"params", [this](const ValueTree& v) { config_.param_files = texts(v, "run.params"); }},
          {"env", [this](const ValueTree& v) { config_.env = texts(v, "run.env"); }},
          {"tags", [this](const ValueTree& v) { read_tags(v); }},
          {"level", [this](const ValueTree& v) { config_.level = text(v, "run.level"); }},
          {"timeout", [this](const ValueTree& v) { config_.timeout_s = number(v, "run.timeout"); }},
          {"grace", [this](const ValueTree& v) { config_.grace_s = number(v, "run.grace"); }},
          {"resources", [this](const ValueTree& v) { read_resources(v); }},
          {"require_clean",
           [this](const ValueTree& v) { config_.require_clean = flag(v, "run.require_clean"); }},
          {"capture", [this](const ValueTree& v) { config_.capture = flag(v, "run.capture"); }},
          {"trace", [this](const ValueTree& v) { config_.trace = flag(v, "run.trace"); }},
          {"data_roots",
           [this](const ValueTree& v) { config_.data_roots = texts(v, "run.data_roots"); }}});
  }

  void read_resources(const ValueTree& value)
  {
    const std::string word = text(value, "run.resources");
    if (word == "false") {
      config_.resources_s.reset();
      return;
    }
    const auto seconds = word == "true" ? config_.resources_s : parse_number(word);
    if (!seconds || !is_resource_interval(*seconds)) {
      refuse("'run.resources' must be from 0.1 to 86400 seconds, or false");
    }
    config_.resources_s = seconds;
  }

  void read_tags(const ValueTree& value)
  {
    if (value.kind != Kind::map) {
      refuse("'run.tags' must be a table");
    }
    for (const auto& [key, tag] : value.members) {
      config_.tags[key] = text(tag, "run.tags." + key);
    }
  }

  void read_code(const ValueTree& part)
  {
    each(part, "code", {{"max_untracked", [this](const ValueTree& v) {
                           const auto bytes = parse_bytes(text(v, "code.max_untracked"));
                           if (!bytes) {
                             refuse("'code.max_untracked' must be a size such as \"50MB\"");
                           }
                           config_.max_untracked_bytes = *bytes;
                         }}});
  }

  void read_scalars(const ValueTree& part)
  {
    bool enabled = true;
    model::ScalarRules& rules = config_.scalars;
    each(part, "scalars",
         {{"enabled", [&](const ValueTree& v) { enabled = flag(v, "scalars.enabled"); }},
          {"patterns", [&](const ValueTree& v) { rules.patterns = texts(v, "scalars.patterns"); }},
          {"templates",
           [&](const ValueTree& v) { rules.templates = texts(v, "scalars.templates"); }}});
    try {
      check_scalar_rules(rules);
    } catch (const model::Error& error) {
      refuse("'scalars': " + error.message(), error.hint());
    }
    if (!enabled) {
      rules = {};
    }
  }

  void each_rule(const ValueTree& part, const std::string& section,
                 const std::function<void(const ValueTree&)>& read_rule)
  {
    if (part.kind != Kind::list) {
      refuse("write '[[" + section + "]]' for each rule");
    }
    for (const ValueTree& item : part.items) {
      read_rule(item);
    }
  }

  double bound(const ValueTree& value, const std::string& key) const
  {
    const auto parsed = parse_number(text(value, key));
    if (!parsed || !std::isfinite(*parsed)) {
      refuse("'" + key + "' must be a finite number");
    }
    return *parsed;
  }

  model::Direction direction(const ValueTree& value) const
  {
    const std::string word = text(value, "tolerance.direction");
    for (const model::Direction known :
         {model::Direction::two_sided, model::Direction::lower_is_better,
          model::Direction::higher_is_better}) {
      if (word == model::to_string(known)) {
        return known;
      }
    }
    refuse("'tolerance.direction' must be lower-is-better, higher-is-better or two-sided");
  }

  void add_tolerance_keys(const std::string& section, model::Tolerance& tolerance, Keys& keys)
  {
    const auto absolute = [this, section, &tolerance](const ValueTree& v) {
      tolerance.absolute = number(v, section + ".absolute");
    };
    const auto relative = [this, section, &tolerance](const ValueTree& v) {
      tolerance.relative = number(v, section + ".relative");
    };
    keys.insert(
        keys.end(),
        {{"atol", absolute}, {"absolute", absolute}, {"rtol", relative}, {"relative", relative}});
  }

  void read_tolerance(const ValueTree& item)
  {
    model::MetricRule rule;
    Keys keys = {
        {"metric", [&](const ValueTree& v) { rule.metric = text(v, "tolerance.metric"); }},
        {"direction", [&](const ValueTree& v) { rule.direction = direction(v); }},
        {"min", [&](const ValueTree& v) { rule.min = bound(v, "tolerance.min"); }},
        {"max", [&](const ValueTree& v) { rule.max = bound(v, "tolerance.max"); }},
        {"required", [&](const ValueTree& v) { rule.required = flag(v, "tolerance.required"); }}};
    add_tolerance_keys("tolerance", rule.tolerance, keys);
    each(item, "tolerance", keys);
    if (rule.metric.empty()) {
      refuse("a [[tolerance]] needs 'metric'");
    }
    if (rule.min && rule.max && *rule.min > *rule.max) {
      refuse("'tolerance.min' of '" + rule.metric + "' is above its 'max'");
    }
    config_.tolerances.push_back(std::move(rule));
  }

  void read_output(const ValueTree& item)
  {
    model::RowRule rule;
    Keys keys = {{"path", [&](const ValueTree& v) { rule.path = text(v, "output.path"); }},
                 {"key", [&](const ValueTree& v) {
                    rule.key = v.kind == Kind::list ? texts(v, "output.key")
                                                    : std::vector{text(v, "output.key")};
                  }}};
    add_tolerance_keys("output", rule.tolerance, keys);
    each(item, "output", keys);
    if (rule.path.empty()) {
      refuse("an [[output]] needs 'path'");
    }
    config_.row_rules.push_back(std::move(rule));
  }

  const std::string& file_;
  ProjectConfig config_ = default_config();
};

}  // namespace

ProjectConfig default_config()
{
  ProjectConfig config;
  config.scalars = default_scalar_rules();
  return config;
}

ProjectConfig parse_config(const std::string& file_name, std::string_view text)
{
  return ConfigReader(file_name).read(parse_value_tree(file_name, text));
}

bool is_resource_interval(double seconds)
{
  return seconds >= 0.1 && seconds <= 86400;  // also false for NaN
}

std::optional<std::uint64_t> parse_bytes(std::string_view text)
{
  const std::size_t unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_number(text.substr(0, unit_at));
  std::string_view unit = text.substr(unit_at);
  while (unit.starts_with(' ')) {
    unit.remove_prefix(1);
  }
  if (!number) {
    return std::nullopt;
  }
  constexpr std::string_view k_prefixes = "kMGT";
  double factor = 1;
  if (!unit.empty() && unit != "B") {
    const std::size_t power = k_prefixes.find(unit.front() == 'K' ? 'k' : unit.front());
    const std::string_view rest = unit.substr(1);
    if (power == std::string_view::npos || !(rest.empty() || rest == "B" || rest == "iB")) {
      return std::nullopt;
    }
    const double base = rest == "iB" ? 1024 : 1000;
    for (std::size_t i = 0; i <= power; ++i) {
      factor *= base;
    }
  }
  const double bytes = *number * factor;
  return bytes < 9e18 ? std::optional(static_cast<std::uint64_t>(bytes)) : std::nullopt;
}

}  // namespace mlrepro::format
