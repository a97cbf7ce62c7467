// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlflow/fields.hpp"
#include "mlrepro/model/client_run.hpp"
#include "mlrepro/model/model_registry.hpp"
#include "mlrepro/ports/page.hpp"

// What is answered, as MLflow's messages have it: empty lists and unset fields are left out.
namespace mlrepro::mlflow {

Json experiment_json(const model::ExperimentRecord& experiment);
Json run_info_json(const model::ClientRun& run);
Json run_json(const model::ClientRun& run);
// As runs/log-inputs takes it.
Json dataset_json(const model::DatasetLink& link);
Json metric_json(const model::MetricObservation& point);
Json logged_model_json(const model::LoggedModel& model);
Json model_version_json(const model::ModelVersion& version);
Json registered_model_json(const model::RegisteredModel& model);

// Where the artifacts of an experiment's "<run>" or "models/<model>" are, as clients name it.
std::string artifact_root(std::int64_t experiment, const std::string& owner);

// Puts a list under its name, unless it is empty.
void put_list(Json& document, const char* name, Json list);
void put_text(Json& document, const char* name, const std::string& text);

// {"<name>": [...], "next_page_token"}
template <typename Item>
Json page_json(const char* name, const ports::Page<Item>& page, Json (*to_json)(const Item&));

ports::Lifecycle to_lifecycle(const Fields& fields, const std::string& name);

std::string page_token_of(const std::string& place);

template <typename Item>
Json page_json(const char* name, const ports::Page<Item>& page, Json (*to_json)(const Item&))
{
  Json list = Json::array();
  for (const Item& item : page.items) {
    list.push_back(to_json(item));
  }
  Json document = Json::object();
  put_list(document, name, std::move(list));
  put_text(document, "next_page_token", page_token_of(page.next));
  return document;
}

}  // namespace mlrepro::mlflow
