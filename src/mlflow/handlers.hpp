// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "mlflow/fields.hpp"
#include "mlrepro/mlflow/service.hpp"

namespace mlrepro::mlflow {

// The run that is open when a client comes, if one is.
class Session {
 public:
  explicit Session(std::optional<model::RunId> run) : run_(std::move(run)) {}

  [[nodiscard]] const std::optional<model::RunId>& run() const { return run_; }
  // Calls `adopt` for the first that makes a run; it says whether nobody was before, since a
  // session may outlive its server. False for later ones, and without an open run; where `adopt`
  // throws, the next one is the first.
  template <typename Action>
  bool give(const Action& adopt)
  {
    const std::lock_guard lock(mutex_);
    if (!run_ || given_) {
      return false;
    }
    const bool adopted = adopt(*run_);
    given_ = true;
    return adopted;
  }

 private:
  std::optional<model::RunId> run_;
  std::mutex mutex_;
  bool given_ = false;
};

struct Call {
  const ServicePorts& ports;
  Session& session;
  const Fields& fields;
  model::Timestamp now;
};

// Error{not_found} in MLflow's words.
model::LoggedModel require_logged_model(const Call& call, const std::string& id);

// Each answers one message. Throws model::Error in MLflow's words.
using Handler = Json (*)(const Call&);
// The same as the text of the document: of answers that may be long.
using TextHandler = std::string (*)(const Call&);

Json create_experiment(const Call& call);
Json search_experiments(const Call& call);
Json get_experiment(const Call& call);
Json get_experiment_by_name(const Call& call);
Json delete_experiment(const Call& call);
Json restore_experiment(const Call& call);
Json update_experiment(const Call& call);
Json set_experiment_tag(const Call& call);
Json delete_experiment_tag(const Call& call);
Json search_datasets(const Call& call);

Json create_run(const Call& call);
Json get_run(const Call& call);
Json update_run(const Call& call);
Json delete_run(const Call& call);
Json restore_run(const Call& call);
std::string search_runs(const Call& call);

Json log_metric(const Call& call);
Json log_parameter(const Call& call);
Json log_batch(const Call& call);
Json set_run_tag(const Call& call);
Json delete_run_tag(const Call& call);
Json log_inputs(const Call& call);
Json log_outputs(const Call& call);
Json log_model(const Call& call);

std::string get_history(const Call& call);
std::string get_history_bulk(const Call& call);
std::string get_history_bulk_interval(const Call& call);

Json create_logged_model(const Call& call);
Json get_logged_model(const Call& call);
Json finalize_logged_model(const Call& call);
Json delete_logged_model(const Call& call);
Json search_logged_models(const Call& call);
Json set_logged_model_tags(const Call& call);
Json delete_logged_model_tag(const Call& call);
Json log_logged_model_params(const Call& call);

Json create_registered_model(const Call& call);
Json rename_registered_model(const Call& call);
Json update_registered_model(const Call& call);
Json delete_registered_model(const Call& call);
Json get_registered_model(const Call& call);
Json search_registered_models(const Call& call);
Json get_latest_versions(const Call& call);
Json set_registered_model_tag(const Call& call);
Json delete_registered_model_tag(const Call& call);
Json set_alias(const Call& call);
Json delete_alias(const Call& call);
Json get_version_of_alias(const Call& call);

Json create_model_version(const Call& call);
Json update_model_version(const Call& call);
Json transition_stage(const Call& call);
Json delete_model_version(const Call& call);
Json get_model_version(const Call& call);
Json search_model_versions(const Call& call);
Json get_download_uri(const Call& call);
Json set_model_version_tag(const Call& call);
Json delete_model_version_tag(const Call& call);

}  // namespace mlrepro::mlflow
