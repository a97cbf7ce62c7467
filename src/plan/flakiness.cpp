// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/flakiness.hpp"

#include <algorithm>
#include <string_view>

#include "mlrepro/model/ascii.hpp"

namespace mlrepro::plan {
namespace {

bool names_a_seed(const std::string& word)
{
  const std::string text = model::lower_case(word);
  for (const std::string_view mark : {"seed", "random_state", "random-state", "rng"}) {
    if (text.find(mark) != std::string::npos) {
      return true;
    }
  }
  return false;
}

bool has_seed(const model::Run& run)
{
  return run.seed ||
         std::any_of(run.params.begin(), run.params.end(),
                     [](const auto& param) { return names_a_seed(param.first); }) ||
         std::any_of(run.command.begin(), run.command.end(), names_a_seed);
}

const std::string* variable(const model::Run& run, const std::string& name)
{
  if (!run.environment) {
    return nullptr;
  }
  const auto found = run.environment->variables.find(name);
  return found == run.environment->variables.end() ? nullptr : &found->second;
}

bool is_python(const model::Run& run)
{
  return run.environment && run.environment->interpreter &&
         model::lower_case(run.environment->interpreter->name).find("python") != std::string::npos;
}

bool has_free_hashes(const model::Run& run)
{
  const std::string* seed = variable(run, "PYTHONHASHSEED");
  return is_python(run) && (seed == nullptr || *seed == "random" || seed->empty());
}

// The variable that would have kept the numeric libraries to one thread, if none did.
std::string free_threads(const model::Run& run)
{
  if (!run.environment || run.environment->threads < 2) {
    return {};
  }
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
    const std::string* value = variable(run, name);
    if (value != nullptr && *value == "1") {
      return {};
    }
  }
  return std::to_string(run.environment->threads);
}

}  // namespace

std::vector<std::string> likely_causes(const model::Run& run)
{
  std::vector<std::string> causes;
  if (!has_seed(run)) {
    causes.emplace_back(
        "no seed was found among parameters and arguments: pass one, or use --seed, which sets "
        "$MLREPRO_SEED and replaces {seed}");
  }
  if (has_free_hashes(run)) {
    causes.emplace_back(
        "PYTHONHASHSEED is not set: sets, and what is built by going through them, have another "
        "order in each process");
  }
  const auto folder = std::find_if(run.inputs.begin(), run.inputs.end(),
                                   [](const model::RunData& input) { return input.files > 1; });
  if (folder != run.inputs.end()) {
    causes.push_back("input '" + folder->path + "' has " + std::to_string(folder->files) +
                     " files: listed without sorting, they come in any order");
  }
  if (const std::string threads = free_threads(run); !threads.empty()) {
    causes.push_back(threads +
                     " threads, and no OMP_NUM_THREADS=1 or the like: sums in another order have "
                     "other last digits");
  }
  if (run.environment && !run.environment->gpus.empty()) {
    causes.emplace_back("a GPU: many of its kernels add up in no fixed order");
  }
  if (causes.empty()) {
    causes.emplace_back("the clock, the network, process ids or memory addresses");
  }
  return causes;
}

}  // namespace mlrepro::plan
