// SPDX-License-Identifier: Apache-2.0
#include "reproduction/mixing.hpp"

#include <algorithm>
#include <map>

#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/compare_trees.hpp"
#include "mlrepro/plan/environment_impact.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "reproduction/parameter_edit.hpp"

namespace mlrepro::reproduction {
namespace {

using model::Factor;
using model::Run;

// A parameter file that is an input goes with the data.
bool is_in_input(const Run& run, const model::Parameter& parameter)
{
  const std::string source = parameter.source.substr(k_file_source.size());
  return std::any_of(run.inputs.begin(), run.inputs.end(), [&](const model::RunData& data) {
    return model::is_within(source, data.path) || source.starts_with(data.path + ":");
  });
}

bool is_in_code(const Run& run, const model::Parameter& parameter)
{
  return parameter.source.starts_with(k_file_source) && !is_in_input(run, parameter);
}

std::map<std::string, std::string> values_of(const Run& run)
{
  std::map<std::string, std::string> values;
  for (const auto& [key, parameter] : run.params) {
    if (parameter.source == "argv" || parameter.source == "flag" || parameter.source == "sweep" ||
        is_in_code(run, parameter)) {
      values[key] = parameter.value;
    }
  }
  return values;
}

std::map<std::string, std::string> inputs_of(const Run& run)
{
  std::map<std::string, std::string> inputs;
  for (const model::RunData& data : run.inputs) {
    inputs[data.path] = data.snapshot ? data.snapshot->hex() : "";
  }
  return inputs;
}

bool differs_in_effect(const Run& a, const Run& b)
{
  const auto differences = plan::rank_environment(a.environment, b.environment);
  return std::any_of(differences.begin(), differences.end(),
                     [](const model::EnvironmentDifference& difference) {
                       return difference.impact != model::Impact::none;
                     });
}

}  // namespace

Mixing::Mixing(const tracking::Ports& ports, const Run& a, const Run& b)
    : ports_(ports), a_(a), b_(b)
{
  find_factors();
}

void Mixing::find_factors()
{
  if (code_differs()) {
    factors_.push_back(Factor::code);
  }
  if (a_.command != b_.command || a_.cwd != b_.cwd || a_.seed != b_.seed ||
      values_of(a_) != values_of(b_)) {
    factors_.push_back(Factor::configuration);
  }
  if (inputs_of(a_) != inputs_of(b_)) {
    factors_.push_back(Factor::data);
  }
  if (differs_in_effect(a_, b_)) {
    factors_.push_back(Factor::environment);
  }
}

// Without the values in parameter files, and without inputs, which Git may track as well.
bool Mixing::code_differs() const
{
  if (a_.code.digest == b_.code.digest) {
    return false;
  }
  const auto folder = [](const model::Digest& digest) {
    model::TreeEntry root;
    root.type = model::EntryType::folder;
    root.digest = digest;
    return root;
  };
  const model::ManifestDiff diff =
      plan::compare_trees(folder(a_.code.digest.value()), folder(code_with_parameters(b_, a_)),
                          versioning::loader(ports_.data.objects));
  const auto is_input = [&](const model::FileChange& change) {
    const auto covers = [&](const model::RunData& data) {
      return model::is_within(change.path, data.path);
    };
    return std::any_of(a_.inputs.begin(), a_.inputs.end(), covers) ||
           std::any_of(b_.inputs.begin(), b_.inputs.end(), covers);
  };
  const auto all_inputs = [&](const std::vector<model::FileChange>& changes) {
    return std::all_of(changes.begin(), changes.end(), is_input);
  };
  return !all_inputs(diff.added) || !all_inputs(diff.removed) || !all_inputs(diff.changed);
}

bool Mixing::needs_rebuild() const
{
  return std::find(factors_.begin(), factors_.end(), Factor::environment) != factors_.end();
}

model::Digest Mixing::code_with_parameters(const Run& code, const Run& parameters) const
{
  model::Digest digest = code.code.digest.value();
  if (&code == &parameters) {
    return digest;
  }
  for (const auto& [key, parameter] : parameters.params) {
    if (is_in_code(parameters, parameter)) {
      digest = with_file_parameter(ports_, digest, parameter.source, key, parameter.value);
    }
  }
  return digest;
}

Run Mixing::mix(const std::vector<Factor>& from_b) const
{
  const auto side = [&](Factor factor) -> const Run& {
    return std::find(from_b.begin(), from_b.end(), factor) == from_b.end() ? a_ : b_;
  };
  const Run& code = side(Factor::code);
  Run mixture = side(Factor::configuration);
  mixture.id = a_.id;
  mixture.name = a_.name;
  const model::Digest digest = code_with_parameters(code, side(Factor::configuration));
  mixture.code = code.code;
  mixture.code.dirty = mixture.code.dirty || digest != *code.code.digest;
  mixture.code.digest = digest;
  mixture.inputs = side(Factor::data).inputs;
  mixture.environment = side(Factor::environment).environment;
  return mixture;
}

std::string Mixing::identity(const Run& mixture) const
{
  std::string text = "code " + mixture.code.digest->hex() + "\ncwd " + mixture.cwd + "\n";
  for (const std::string& word : mixture.command) {
    text += "word " + std::to_string(word.size()) + " " + word + "\n";
  }
  for (const auto& [path, snapshot] : inputs_of(mixture)) {
    text += "input " + std::to_string(path.size()) + " " + path + " " + snapshot + "\n";
  }
  text += "seed " + (mixture.seed ? std::to_string(*mixture.seed) : "none") + "\n";
  if (mixture.environment) {
    text += "environment\n" + format::canonical_text(*mixture.environment);
  }
  return text + (needs_rebuild() ? "rebuilt\n" : "");
}

}  // namespace mlrepro::reproduction
