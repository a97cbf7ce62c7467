// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/commands.hpp"
#include "cli/text_table.hpp"
#include "mlrepro/model/mlflow_store.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// Adds "mlflow" to the verb `import`.
void add_import_mlflow(CLI::App& import, Action& chosen);

std::string render_import(const model::MlflowImport& import, Style style);

}  // namespace mlrepro::cli
