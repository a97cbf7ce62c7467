// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "mlflow/fields.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/client_runs.hpp"

// The rules of MLflow's messages, in its words. All throw Error{usage} where nothing else is said.
namespace mlrepro::mlflow {

constexpr std::size_t k_max_key = 250;  // these and the following in characters
constexpr std::size_t k_max_experiment_name = 500;
constexpr std::size_t k_max_param = 100'000;
constexpr std::size_t k_max_tag = 2'000'000;
constexpr std::size_t k_max_registry_tag = 100'000;
constexpr std::size_t k_max_name = 256;
constexpr std::size_t k_max_description = 100'000;

// UTF-8 characters.
std::size_t length_of(std::string_view text);
// `what` as in "Metric name".
void check_length(const std::string& what, std::size_t limit, std::string_view text);
// Of a metric, parameter or tag: its characters, and that no other name is the same path.
void check_key(const std::string& parameter, const std::string& what, const std::string& key);
// Of keys and values; `what` as in "Param ", empty for tags.
void check_pairs(const std::map<std::string, std::string>& pairs, const std::string& what,
                 std::size_t limit);
void check_metric(const std::string& prefix, const model::MetricObservation& point);
void check_batch(const ports::ClientBatch& batch);
void check_experiment_name(const std::string& name);
void check_alias(const std::string& alias);

// A run's id as a client wrote it; one that no run can have is Error{not_found}.
model::RunId to_run_id(const std::string& text);
// The one that a message is about. The field was called run_uuid once, and old clients fill only
// that.
model::RunId run_id_of(const Fields& fields);
// An experiment's number: one that none can have is Error{not_found}.
std::int64_t to_experiment(const std::string& id);
std::size_t to_limit(const Fields& fields, std::size_t standard, std::size_t most);
std::vector<std::int64_t> to_experiments(const std::vector<std::string>& ids);

}  // namespace mlrepro::mlflow
