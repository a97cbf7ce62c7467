// SPDX-License-Identifier: Apache-2.0
#include "cli/export_mlflow.hpp"

#include <filesystem>
#include <set>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/mlflow_stores.hpp"
#include "cli/render_server_export.hpp"
#include "http/curl_client.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/server_export_document.hpp"
#include "mlrepro/mlflow/export.hpp"
#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/server_address.hpp"
#include "mlrepro/tracking/resolve.hpp"
#include "posix/folder_scratch.hpp"
#include "posix/variables.hpp"
#include "sqlite/sqlite_artifact_index.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;
using posix::variable;

// A whole number of a variable of MLflow's client; its own value where it is not set.
unsigned number_variable(const char* name, unsigned standard)
{
  const std::string text = variable(name);
  if (text.empty()) {
    return standard;
  }
  constexpr std::int64_t k_most = 86'400;
  const auto value = format::parse_integer(text);
  if (!value || *value < 0 || *value > k_most) {
    throw Error(ErrorKind::usage,
                std::string(name) + " '" + text + "': not a number from 0 to 86400",
                "set a whole number, or unset it");
  }
  return static_cast<unsigned>(*value);
}

// `host` may have a port.
bool is_loopback_name(std::string_view host)
{
  std::string name = model::lower_case(host);
  if (const std::size_t colon = name.rfind(':');
      colon != std::string::npos && !name.ends_with(']')) {
    name.resize(colon);
  }
  return name == "localhost" || name == "[::1]" ||
         (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string::npos);
}

http::ClientOptions client_options(const std::string& address, ports::Reporter& reporter)
{
  http::ClientOptions options;
  options.address = address;
  options.username = variable("MLFLOW_TRACKING_USERNAME");
  options.password = variable("MLFLOW_TRACKING_PASSWORD");
  options.token = variable("MLFLOW_TRACKING_TOKEN");
  const std::string insecure = model::lower_case(variable("MLFLOW_TRACKING_INSECURE_TLS"));
  options.check_certificate = insecure != "true" && insecure != "1";
  options.authorities = variable("MLFLOW_TRACKING_SERVER_CERT_PATH");
  options.client_certificate = variable("MLFLOW_TRACKING_CLIENT_CERT_PATH");
  options.patience =
      std::chrono::seconds(std::max(1U, number_variable("MLFLOW_HTTP_REQUEST_TIMEOUT", 120)));
  options.agent = "mlrepro/" MLREPRO_VERSION;
  const bool secret = !options.password.empty() || !options.token.empty();
  if (secret && address.starts_with("http:") && !is_loopback_name(plan::host_of(address))) {
    reporter.warn("the credentials go to '" + address + "' unencrypted, since that is not https");
  }
  if (!options.check_certificate) {
    reporter.warn("MLFLOW_TRACKING_INSECURE_TLS is set: nothing checks who the server is");
  }
  return options;
}

// Runs that a person named must have ended; of all or of a filter's, those go that have.
std::vector<model::Run> choose_runs(const MlflowExportOptions& options, Project& project,
                                    const tracking::Ports& ports)
{
  std::vector<model::Run> runs;
  if (!options.references.empty()) {
    std::set<model::RunId> known;
    for (const std::string& reference : options.references) {
      model::Run run = tracking::resolve_run(ports, project.place(), reference);
      if (known.insert(run.id).second) {
        runs.push_back(std::move(run));
      }
    }
    return runs;
  }
  ports::RunQuery query;
  query.filter = options.filter;
  query.detail = ports::RunQuery::Detail::names;
  query.with_deleted = false;
  runs = ports.runs.list(query);
  const auto running = std::erase_if(
      runs, [](const model::Run& run) { return run.status == model::RunStatus::running; });
  if (running > 0) {
    project.reporter().note(format::counted(running, "run") + " still running, left out");
  }
  if (runs.empty()) {
    project.reporter().note("no runs to export");
  }
  return runs;
}

void check(const MlflowExportOptions& options)
{
  if (!options.filter.empty() && !options.references.empty()) {
    throw Error(ErrorKind::usage, "--filter: either runs are named, or they are chosen by it",
                "leave out the names, or --filter");
  }
  if (options.verify_content && (options.no_artifacts || options.dry_run)) {
    throw Error(
        ErrorKind::usage, "--verify-content: no file is sent that it could read back",
        std::string("leave out ") + (options.no_artifacts ? "--no-artifacts" : "--dry-run"));
  }
}

mlflow::ExportRequest request_of(const MlflowExportOptions& options, const std::string& address)
{
  mlflow::ExportRequest request;
  request.address = address;
  request.experiment = options.experiment;
  request.artifacts = !options.no_artifacts;
  request.truncate = options.truncate;
  request.read_files = options.verify_content;
  request.recheck = options.recheck || options.verify_content;
  request.dry_run = options.dry_run;
  request.retries.most = number_variable("MLFLOW_HTTP_REQUEST_MAX_RETRIES", 7);
  // As MLflow's client understands it: the pause before the second retry.
  request.retries.first_pause =
      std::chrono::milliseconds(500 * number_variable("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", 2));
  return request;
}

}  // namespace

int export_to_mlflow(const MlflowExportOptions& options, Project& project)
{
  check(options);
  const std::string address = plan::parse_server_address(options.address, "--mlflow");
  const mlflow::ExportRequest request = request_of(options, address);
  const tracking::Ports& ports = project.open_store();
  auto runs = choose_runs(options, project, ports);
  http::CurlClient client(client_options(address, project.reporter()));
  MlflowStores stores(project.store_path() + "/mlrepro.db", sqlite::Durability::machine);
  ports::NoDatasetSources none;
  const auto mlflow = stores.ports(project.clock(), project.reporter(), none);
  sqlite::SqliteArtifactIndex artifacts(stores.pool());
  posix::FolderScratch scratch(project.store_path(),
                               std::filesystem::temp_directory_path().string());
  const model::ServerExport result = mlflow::export_runs(
      {ports, mlflow.runs, artifacts, mlflow.models, mlflow.registry, client, scratch},
      std::move(runs), request);
  print(project.options().json ? format::to_json(result)
                               : render_server_export(result, project.style()));
  return static_cast<int>(result.complete() ? ExitCode::ok : ExitCode::external);
}

}  // namespace mlrepro::cli
