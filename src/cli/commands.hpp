// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/model/error.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// What a verb does once the whole command line is understood; returns the exit code.
using Action = std::function<int(Project&)>;

// Each binds a verb's options and stores its action; nothing is opened before all is parsed.
void register_init(CLI::App& app, Action& chosen);
void register_run(CLI::App& app, Action& chosen, const std::vector<std::string>& command);
void register_log(CLI::App& app, Action& chosen);
void register_snapshot(CLI::App& app, Action& chosen);
void register_list(CLI::App& app, Action& chosen);
void register_show(CLI::App& app, Action& chosen);
void register_diff(CLI::App& app, Action& chosen);
void register_query(CLI::App& app, Action& chosen);
void register_reproduce(CLI::App& app, Action& chosen);
void register_explain(CLI::App& app, Action& chosen);
void register_restore(CLI::App& app, Action& chosen);
void register_verify(CLI::App& app, Action& chosen);
void register_check(CLI::App& app, Action& chosen);
void register_forget(CLI::App& app, Action& chosen);
void register_gc(CLI::App& app, Action& chosen);
void register_optimize(CLI::App& app, Action& chosen);
void register_push(CLI::App& app, Action& chosen);
void register_pull(CLI::App& app, Action& chosen);
void register_remote(CLI::App& app, Action& chosen);
void register_export(CLI::App& app, Action& chosen);
void register_import(CLI::App& app, Action& chosen);
void register_server(CLI::App& app, Action& chosen);

// The answer, on stdout; throws Error{io} when it can't be written.
void print(const std::string& text);

// Tells the error on stderr, as text or as JSON, and returns its exit code.
int fail(const model::Error& error, const GlobalOptions& options);

// Parses, acts, and turns every error into its exit code.
int run_cli(int argc, char** argv);

}  // namespace mlrepro::cli
