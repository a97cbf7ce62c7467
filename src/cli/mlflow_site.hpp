// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mlrepro/mlflow/web_face.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/reporter.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::cli {

struct SiteOptions {
  std::string store;
  mlflow::WebFaceOptions face;
  std::optional<model::RunId> session_run;  // the run that the clients are the command of
  // Where runs that still run are looked up, to show what they have reported so far; null: what is
  // in the database is shown. Outlives the site, which one thread at a time uses it of.
  const tracking::Ports* running = nullptr;
};

// The composition root of a server: what answers MLflow's clients out of one store. Opens
// connections of its own, as many as there are requests at once.
class MlflowSite {
 public:
  // The store must be there. The reporter outlives the site.
  MlflowSite(const SiteOptions& options, ports::Reporter& reporter);
  ~MlflowSite();
  MlflowSite(const MlflowSite&) = delete;
  MlflowSite& operator=(const MlflowSite&) = delete;

  ports::RequestHandler& handler();
  // False when nobody can be a client any more: the session's run has ended. True without one.
  [[nodiscard]] bool is_needed() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mlrepro::cli
