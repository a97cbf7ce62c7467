// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/drift_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "format/drift_rule_values.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Kind = ValueTree::Kind;

struct Measure {
  const char* name;
  double most;
};
constexpr double k_unbounded = 1e300;
constexpr std::array k_measures = {
    Measure{"psi", k_unbounded},         Measure{"js", 1},      Measure{"ks", 1},
    Measure{"wasserstein", k_unbounded}, Measure{"missing", 1}, Measure{"new", 1}};

class RuleReader {
 public:
  explicit RuleReader(const std::string& file) : file_(file) {}

  model::DriftRule read(const ValueTree& item) const
  {
    if (item.kind != Kind::map) {
      refuse("write '[[drift]]' for each rule");
    }
    model::DriftRule rule;
    bool says_something = false;
    for (const auto& [key, value] : item.members) {
      const bool is_place = read_place(key, value, rule);
      says_something |= !is_place;
      if (!is_place && !read_measure(key, value, rule) && !read_switch(key, value, rule)) {
        refuse("unknown key 'drift." + key + "'",
               "known here: path, column, psi, js, ks, wasserstein, missing, new, alpha, ignore,"
               " schema");
      }
    }
    if (!says_something) {
      refuse("a [[drift]] sets nothing", "give it a limit such as psi = 0.2");
    }
    return rule;
  }

  [[noreturn]] void refuse(const std::string& why, const std::string& hint = {}) const
  {
    throw model::Error(model::ErrorKind::usage, "file '" + file_ + "': " + why, hint);
  }

 private:
  [[nodiscard]] std::string text(const std::string& key, const ValueTree& value) const
  {
    if (value.kind != Kind::scalar) {
      refuse("'drift." + key + "' must be one value");
    }
    return value.text;
  }

  bool read_place(const std::string& key, const ValueTree& value, model::DriftRule& rule) const
  {
    if (key != "path" && key != "column") {
      return false;
    }
    (key == "path" ? rule.path : rule.column) = text(key, value);
    return true;
  }

  bool read_measure(const std::string& key, const ValueTree& value, model::DriftRule& rule) const
  {
    const auto* const measure = std::find_if(k_measures.begin(), k_measures.end(),
                                             [&](const Measure& item) { return key == item.name; });
    if (measure == k_measures.end()) {
      return false;
    }
    const auto limit = parse_number(text(key, value));
    if (!limit || !(*limit >= 0) || !(*limit <= measure->most)) {
      refuse("'drift." + key + "' must be a number " +
             (measure->most == 1 ? "from 0 to 1" : "of 0 or more"));
    }
    rule.limits[key] = *limit;
    return true;
  }

  bool read_switch(const std::string& key, const ValueTree& value, model::DriftRule& rule) const
  {
    if (key == "alpha") {
      rule.alpha = parse_number(text(key, value));
      if (!rule.alpha || !(*rule.alpha > 0) || !(*rule.alpha < 1)) {
        refuse("'drift.alpha' must be between 0 and 1");
      }
      return true;
    }
    if (key != "ignore" && key != "schema") {
      return false;
    }
    const std::string word = text(key, value);
    if (word != "true" && word != "false") {
      refuse("'drift." + key + "' must be true or false");
    }
    (key == "ignore" ? rule.ignore : rule.schema) = word == "true";
    return true;
  }

  const std::string& file_;
};

}  // namespace

std::vector<model::DriftRule> take_drift_rules(const std::string& file, const ValueTree& value)
{
  const RuleReader reader(file);
  if (value.kind != Kind::list) {
    reader.refuse("write '[[drift]]' for each rule");
  }
  std::vector<model::DriftRule> rules;
  for (const ValueTree& item : value.items) {
    rules.push_back(reader.read(item));
  }
  return rules;
}

std::vector<model::DriftRule> parse_drift_rules(const std::string& file_name, std::string_view text,
                                                OtherKeys other_keys)
{
  const ValueTree tree = parse_toml_tree(file_name, text);
  std::vector<model::DriftRule> rules;
  for (const auto& [key, value] : tree.members) {
    if (key == "drift") {
      rules = take_drift_rules(file_name, value);
    } else if (other_keys == OtherKeys::refused) {
      RuleReader(file_name).refuse("unknown key '" + key + "'", "known here: [[drift]]");
    }
  }
  return rules;
}

}  // namespace mlrepro::format
