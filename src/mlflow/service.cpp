// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/service.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

#include "mlflow/handlers.hpp"
#include "mlflow/json_text.hpp"
#include "mlflow/routes.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

Reply failure(int status, const std::string& code, const std::string& message)
{
  const Json document = {{"error_code", code}, {"message", message}};
  return {status, json_text(document)};
}

// What the store says of itself names files of this machine: clients learn only what to do.
Reply failure(const model::Error& error, ports::Reporter& reporter)
{
  switch (error.kind()) {
    case model::ErrorKind::usage:
    case model::ErrorKind::ambiguous:
      return failure(400, "INVALID_PARAMETER_VALUE", error.message());
    case model::ErrorKind::not_found:
      return failure(404, "RESOURCE_DOES_NOT_EXIST", error.message());
    case model::ErrorKind::conflict:
      return failure(400, "RESOURCE_ALREADY_EXISTS", error.message());
    case model::ErrorKind::locked:
      return failure(503, "TEMPORARILY_UNAVAILABLE",
                     "The store is held by another process. Try again.");
    default:
      break;
  }
  reporter.warn("a request of an MLflow client failed: " + error.message());
  return failure(500, "INTERNAL_ERROR",
                 "The store could not be read or written; the server's output says why.");
}

}  // namespace

struct Service::State {
  State(const ServicePorts& all, const ServiceOptions& options)
      : ports(all), session(options.session_run)
  {
  }

  Reply answer(const Request& request)
  {
    const auto route = find_route(request.method, request.route);
    if (!route) {
      return failure(404, "ENDPOINT_NOT_FOUND",
                     "No such endpoint: " + request.method + " " + request.route.substr(0, 200));
    }
    Json message = parse_message(request);
    for (const auto& [name, value] : route->fields) {
      message[name] = value;
    }
    const Fields fields(message);
    const Call call{ports, session, fields, ports.clock.now()};
    if (const auto* handler = std::get_if<TextHandler>(&route->handler)) {
      return {200, (*handler)(call)};
    }
    const Json document = std::get<Handler>(route->handler)(call);
    return {200, json_text(document)};
  }

  ServicePorts ports;
  Session session;
};

Service::Service(const ServicePorts& ports, const ServiceOptions& options)
    : state_(std::make_unique<State>(ports, options))
{
}

Service::~Service() = default;

Reply Service::handle(const Request& request) noexcept
{
  try {
    return state_->answer(request);
  } catch (const model::Error& error) {
    return failure(error, state_->ports.reporter);
  } catch (const std::exception& error) {
    state_->ports.reporter.warn("a request of an MLflow client failed: " +
                                std::string(error.what()));
    return failure(500, "INTERNAL_ERROR", "The request could not be answered.");
  }
}

std::string Service::experiment_of_session() const
{
  const auto& id = state_->session.run();
  const auto run = id ? state_->ports.runs.find(*id) : std::nullopt;
  return run ? std::to_string(run->experiment) : "";
}

}  // namespace mlrepro::mlflow
