// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/data_groups.hpp"
#include "mlrepro/plan/traced_files.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Turns what a traced run opened into inputs and outputs of its record (docs/tracing.md).
class TracedData {
 public:
  // All of it outlives the object. `problem` is told what can't be recorded; it does not throw.
  using Problem = std::function<void(const std::string& what, const model::Error& error)>;
  TracedData(const Ports& ports, const model::Run& run, std::string top, Problem problem);

  // Reads the log, and says of declared data whether it was used. `untraced`: what else is known
  // to be missing.
  void read(const std::vector<std::string>& untraced, std::vector<model::RunData>& inputs,
            std::vector<model::RunData>& outputs);
  // Adds what was not declared, as it is now. Outputs only where nothing can have changed since the
  // run ended.
  void add_inputs(std::vector<model::RunData>& inputs);
  void add_outputs(std::vector<model::RunData>& outputs);
  // One line each of what the user should know.
  void warn(const std::vector<model::RunData>& inputs) const;

  [[nodiscard]] const model::RunTrace& trace() const { return trace_; }

 private:
  void drop_installations();
  void look_at_writes();
  void note_outside();
  [[nodiscard]] bool is_covered(const std::string& path,
                                const std::vector<model::RunData>& declared) const;
  [[nodiscard]] bool is_code(const std::string& path) const;
  [[nodiscard]] bool is_own_output(const std::string& path) const;
  [[nodiscard]] std::vector<plan::DataGroup> grouped(std::vector<std::string> paths) const;
  void add(const plan::DataGroup& group, bool changed, model::Stored stored,
           std::vector<model::RunData>& list);
  [[nodiscard]] std::string real_path(const std::string& path) const;

  const Ports& ports_;
  const model::Run& run_;
  std::string top_;
  Problem problem_;
  model::RunTrace trace_;
  std::vector<std::string> roots_;
  plan::TracedFiles found_;
  std::vector<std::string> outputs_;  // files that were written and are there; sorted
  std::optional<model::TreeEntry> code_;
  std::string code_top_;
};

}  // namespace mlrepro::tracking
