// SPDX-License-Identifier: Apache-2.0
#include "tracking/trace_scope.hpp"

#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::tracking {
namespace {

// Also by the name that it has without links: processes see that one of their working folder.
void add_root(const Ports& ports, const std::string& path, std::vector<plan::AccessRoot>& roots)
{
  roots.push_back({path, path});
  try {
    const std::string real = ports.data.files.resolve(path);
    if (real != path) {
      roots.push_back({real, path});
    }
  } catch (const model::Error&) {
    // Not there yet, as an output may be.
  }
}

}  // namespace

TraceScope trace_scope(const Ports& ports, const model::Run& run,
                       const std::vector<std::string>& left_out)
{
  std::vector<std::string> names{run.top};
  if (run.trace) {
    for (const std::string& root : run.trace->data_roots) {
      names.push_back(plan::absolute_path(run.top, root));
    }
  }
  for (const auto* list : {&run.inputs, &run.outputs}) {
    for (const model::RunData& data : *list) {
      names.push_back(plan::absolute_path(run.top, data.path));
    }
  }
  std::vector<plan::AccessRoot> roots;
  for (const std::string& name : names) {
    add_root(ports, name, roots);
  }
  return {std::move(names), plan::AccessRules(std::move(roots), left_out)};
}

}  // namespace mlrepro::tracking
