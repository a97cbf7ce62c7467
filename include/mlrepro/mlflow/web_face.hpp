// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "mlrepro/format/request_target.hpp"
#include "mlrepro/mlflow/artifact_routes.hpp"
#include "mlrepro/plan/web_gate.hpp"
#include "mlrepro/ports/reporter.hpp"
#include "mlrepro/ports/request_handler.hpp"

namespace mlrepro::mlflow {

struct WebFaceOptions {
  plan::WebRules rules;
  // Where it is not empty, every path but /health begins with "/s/<session>", and 401 answers those
  // that do not.
  std::string session;
  std::string version;  // of mlrepro, for /version
};

// The HTTP side of MLflow's protocol: one gate before everything, then the routes.
class WebFace final : public ports::RequestHandler {
 public:
  // All of them outlive this.
  WebFace(const Api& api, Artifacts& artifacts, ports::Reporter& reporter, WebFaceOptions options);

  ports::WebReply handle(const ports::WebRequest& request, ports::ByteSource& body) override;

 private:
  ports::WebReply answer(const ports::WebRequest& request, ports::ByteSource& body,
                         std::string& logged_as);
  ports::WebReply route(const ports::WebRequest& request, const format::RequestTarget& target,
                        std::string_view path, ports::ByteSource& body);
  ports::WebReply serve_api(const ports::WebRequest& request, const format::RequestTarget& target,
                            std::string_view rest, ports::ByteSource& body);
  ports::WebReply serve(const ports::WebRequest& request, const format::RequestTarget& target,
                        const std::string& route, ports::ByteSource& body);

  Api api_;
  ArtifactRoutes artifacts_;
  ports::Reporter& reporter_;
  WebFaceOptions options_;
  std::atomic<std::uint64_t> buffered_bytes_{0};  // of long bodies that are in memory now
};

}  // namespace mlrepro::mlflow
