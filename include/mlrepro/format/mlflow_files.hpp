// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/model_registry.hpp"
#include "mlrepro/model/run.hpp"

// The files of MLflow's file store.
namespace mlrepro::format {

// A meta.yaml: named values, and maps of such. A value that is null is not there.
class MlflowMeta {
 public:
  // Throws Error{usage} with the position; `file` is its path in messages.
  static MlflowMeta parse(const std::string& file, std::string_view text);

  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
  // Error{usage} when it is not there.
  [[nodiscard]] std::string require(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name) const
  {
    return find(name).value_or(std::string());
  }
  // Absent as well where it is no integer.
  [[nodiscard]] std::optional<std::int64_t> integer(const std::string& name) const;
  // A moment that this program can say; absent for all else.
  [[nodiscard]] std::optional<model::Timestamp> time(const std::string& name) const;
  [[nodiscard]] std::map<std::string, std::string> map(const std::string& name) const;

 private:
  std::string file_;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::map<std::string, std::string>> maps_;
};

// "<time in ms> <value>", with " <step>" or " <step> <dataset> <digest>" behind; a dataset's name
// may have spaces. Absent for anything else.
std::optional<model::MetricPoint> parse_mlflow_point(std::string_view line);

// The same of a logged model: "<time> <value> <step> <run>", with " <dataset> <digest>" behind.
std::optional<model::ModelMetric> parse_mlflow_model_point(const std::string& key,
                                                           std::string_view line);

// A run's status by its name or its number (1 to 5); `scheduled` is running.
std::optional<model::RunStatus> parse_mlflow_status(std::string_view text);
// A logged model's, the same way (1 to 3).
std::optional<model::ModelStatus> parse_mlflow_model_status(std::string_view text);

// Absent for what is no time of the years 1970 to 9999.
std::optional<model::Timestamp> mlflow_time(std::optional<std::int64_t> ms);

}  // namespace mlrepro::format
