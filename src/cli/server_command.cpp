// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/mlflow_site.hpp"
#include "cli/server_access.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/loopback_endpoint.hpp"
#include "posix/system_error.hpp"
#include "server/http_server.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::string port = "5000";
  AccessOptions access;
  std::string tls_certificate;
  std::string tls_key;
  std::string access_log;
  std::string session;  // the id of the run whose command's clients are served
};

std::uint16_t parse_port(const std::string& text)
{
  constexpr std::int64_t k_highest = 65535;
  const auto port = format::parse_integer(text);
  if (!port || *port < 0 || *port > k_highest) {
    throw Error(ErrorKind::usage, "--port '" + text + "': not a port",
                "a number up to 65535; 0 takes any that is free");
  }
  return static_cast<std::uint16_t>(*port);
}

// Readable when we are asked to end. Before any thread is there: they inherit the mask.
posix::FileDescriptor take_end_signals()
{
  sigset_t taken;
  ::sigemptyset(&taken);
  ::sigaddset(&taken, SIGTERM);
  ::sigaddset(&taken, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  posix::FileDescriptor signals(::signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals.is_open()) {
    posix::throw_errno("open a descriptor for signals");
  }
  return signals;
}

void refuse_open_door(const ServerOptions& options, const plan::WebRules& rules)
{
  if (rules.tokens.empty() && rules.basic_pairs.empty() && !server::is_loopback(options.host)) {
    throw Error(ErrorKind::usage,
                "--host '" + options.host +
                    "': other machines could log and read everything without a password",
                "add --auth-token-file FILE or --basic-auth-file FILE, or listen at 127.0.0.1");
  }
}

std::unique_ptr<server::TlsContext> open_tls(const ServerOptions& options)
{
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    throw Error(ErrorKind::usage, "--tls-cert and --tls-key go together", "name both files");
  }
  return options.tls_key.empty()
             ? nullptr
             : std::make_unique<server::TlsContext>(options.tls_certificate, options.tls_key);
}

void announce(const std::string& url, Project& project)
{
  if (project.options().json) {
    nlohmann::ordered_json line;
    line["schema"] = "mlrepro.server/1";
    line["url"] = url;
    line["store"] = project.store_path();
    line["version"] = MLREPRO_VERSION;
    print(line.dump() + "\n");
  } else {
    print("listening at " + url + " (MLFLOW_TRACKING_URI=" + url + "), until Ctrl-C\n");
  }
}

int serve(const ServerOptions& options, Project& project)
{
  const std::uint16_t port = parse_port(options.port);
  SiteOptions site_options;
  site_options.face.rules = read_access(options.access, project.reporter());
  refuse_open_door(options, site_options.face.rules);
  const auto tls = open_tls(options);
  const posix::FileDescriptor signals = take_end_signals();
  site_options.running = &project.open_or_make_store();
  server::Listener listener = server::listen_at(options.host, port);
  if (!tls && !listener.loopback) {
    project.reporter().warn(
        "without --tls-cert, passwords and data cross the network in the clear");
  }
  site_options.store = project.store_path();
  site_options.face.version = MLREPRO_VERSION;
  site_options.face.rules.allowed_hosts.push_back(listener.host);
  const auto log = options.access_log.empty()
                       ? nullptr
                       : std::make_unique<server::AccessLog>(options.access_log, project.clock());
  MlflowSite site(site_options, project.reporter());
  const std::string url =
      (tls ? "https://" : "http://") + listener.host + ":" + std::to_string(listener.port);
  server::HttpServer http(listener, site.handler(), tls.get(), log.get());
  announce(url, project);
  http.run(signals.get());
  return 0;
}

// Started by `run` for its command's clients, with a socket that listens already.
int serve_session(const ServerOptions& options, Project& project)
{
  const auto run = model::RunId::parse(options.session);
  const char* secret = std::getenv(posix::k_session_variable);
  if (!run || secret == nullptr) {
    throw Error(ErrorKind::usage, "--session is for 'mlrepro run' only");
  }
  const posix::FileDescriptor signals = take_end_signals();
  server::Listener listener =
      server::adopt_listener(posix::FileDescriptor(posix::k_handed_listener));
  SiteOptions site_options;
  site_options.store = project.store_path();
  site_options.session_run = run;
  site_options.running = &project.open_store();
  site_options.face = {read_access({}, project.reporter()), secret, MLREPRO_VERSION};
  MlflowSite site(site_options, project.reporter());
  server::HttpServer http(listener, site.handler(), nullptr, nullptr);
  http.run(signals.get(), [&site] { return site.is_needed(); });
  return 0;
}

void add_options(CLI::App& command, ServerOptions& options)
{
  const auto one = [&command](const char* names, std::string& target, const char* text,
                              const char* value) {
    return command.add_option(names, target, text)->type_name(value);
  };
  one("--host", options.host, "Address to listen at (default: 127.0.0.1, this machine only)",
      "ADDRESS");
  one("--port", options.port, "Port to listen at; 0 takes any that is free (default: 5000)",
      "PORT");
  command
      .add_option("--allowed-hosts", options.access.allowed_hosts,
                  "Names by which clients call this server, besides localhost and ADDRESS")
      ->type_name("HOST,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  CLI::Option* token = one("--auth-token-file", options.access.token_file,
                           "Let in only who shows a token of this file, one a line "
                           "(MLFLOW_TRACKING_TOKEN)",
                           "FILE");
  one("--basic-auth-file", options.access.basic_file,
      "Let in only who shows a USER:PASSWORD of this file, one a line (MLFLOW_TRACKING_USERNAME, "
      "MLFLOW_TRACKING_PASSWORD)",
      "FILE")
      ->excludes(token);
  one("--tls-cert", options.tls_certificate,
      "Speak TLS with this certificate (PEM, with its chain)", "FILE");
  one("--tls-key", options.tls_key, "The certificate's key (PEM)", "FILE");
  one("--access-log", options.access_log, "Append a JSON line to this file for each request",
      "FILE");
  one("--session", options.session, "", "RUN")->group("");
}

}  // namespace

void register_server(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ServerOptions>();
  CLI::App* command =
      app.add_subcommand("server", "Let clients of MLflow log into this store, over HTTP");
  add_options(*command, *options);
  set_help(
      *command,
      {"Speaks MLflow's REST protocol (docs/mlflow.md): scripts that log to MLflow log here "
       "with MLFLOW_TRACKING_URI set to the address that is printed, and their runs are listed, "
       "compared and kept like all others. Under 'mlrepro run' no server is needed.\n"
       "Any number of servers and other mlrepro commands may use one store at once. Ctrl-C or "
       "SIGTERM ends it when the requests under way are answered.\n"
       "Beyond this machine it listens only with --auth-token-file or --basic-auth-file.",
       {"mlrepro server", "MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python train.py",
        "mlrepro server --port 0 --json",
        "mlrepro server --host 0.0.0.0 --allowed-hosts ml.example.org --auth-token-file token"},
       store_codes({{ExitCode::conflict, "conflict: the port is taken"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) {
      return options->session.empty() ? serve(*options, project) : serve_session(*options, project);
    };
  });
}

}  // namespace mlrepro::cli
