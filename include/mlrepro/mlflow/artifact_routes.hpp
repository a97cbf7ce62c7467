// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mlrepro/format/artifact_path.hpp"
#include "mlrepro/format/request_target.hpp"
#include "mlrepro/mlflow/artifacts.hpp"
#include "mlrepro/mlflow/service.hpp"
#include "mlrepro/ports/request_handler.hpp"

namespace mlrepro::mlflow {

// What the service answers, to a face that has no service of its own.
using Api = std::function<Reply(const Request&)>;

// The routes by which clients write and read files; any number of threads. Nothing that a client
// says is a path of this machine: a place is an owner's id and a name among its artifacts.
class ArtifactRoutes {
 public:
  ArtifactRoutes(Api api, Artifacts& artifacts) : api_(std::move(api)), artifacts_(artifacts) {}

  // Behind ".../mlflow-artifacts/": "artifacts/<path>" and what uploads in parts would use.
  ports::WebReply proxy(const ports::WebRequest& request, const format::RequestTarget& target,
                        std::string_view rest, ports::ByteSource& body);
  // Behind ".../2.0/mlflow/"; absent when the route is none of artifacts.
  std::optional<ports::WebReply> api(const ports::WebRequest& request,
                                     const format::RequestTarget& target, std::string_view rest,
                                     ports::ByteSource& body);
  // "get-artifact" with `run_id`, "model-versions/get-artifact" with `name` and `version`, each
  // with `path`.
  ports::WebReply get_by_query(const ports::WebRequest& request,
                               const format::RequestTarget& target, std::string_view route);

 private:
  ports::WebReply list_proxy(const format::RequestTarget& target);
  ports::WebReply put(const format::ArtifactPlace& place, ports::ByteSource& body);
  ports::WebReply get(const format::ArtifactPlace& place, const ports::WebRequest& request) const;
  ports::WebReply remove(const format::ArtifactPlace& place);
  ports::WebReply list_run(const format::RequestTarget& target);
  ports::WebReply list_model(const std::string& id, const format::RequestTarget& target);
  ports::WebReply list_owner(const format::ArtifactPlace& place, const Request& owner);
  ports::WebReply upload(const ports::WebRequest& request, const format::RequestTarget& target,
                         ports::ByteSource& body);
  std::optional<format::ArtifactPlace> place_of_version(const format::RequestTarget& target);

  Api api_;
  Artifacts& artifacts_;
};

}  // namespace mlrepro::mlflow
