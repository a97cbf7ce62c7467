// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/client_run.hpp"
#include "mlrepro/ports/page.hpp"

namespace mlrepro::ports {

// Experiments as things of their own, for any number of threads. Every method that writes is one
// transaction. Errors are in the words of MLflow's protocol: not_found, conflict for a name that is
// taken, usage for what can't be.
class ExperimentStore {
 public:
  ExperimentStore() = default;
  ExperimentStore(const ExperimentStore&) = delete;
  ExperimentStore& operator=(const ExperimentStore&) = delete;
  virtual ~ExperimentStore() = default;

  // Also a deleted one.
  [[nodiscard]] virtual std::optional<model::ExperimentRecord> find(std::int64_t number) = 0;
  [[nodiscard]] virtual std::optional<model::ExperimentRecord> find_by_name(
      const std::string& name) = 0;
  // The number of the new one.
  virtual std::int64_t create(const std::string& name,
                              const std::map<std::string, std::string>& tags,
                              model::Timestamp now) = 0;
  virtual void rename(std::int64_t number, const std::string& name, model::Timestamp now) = 0;
  // With its runs, or of them those that were deleted with it.
  virtual void set_deleted(std::int64_t number, bool deleted, model::Timestamp now) = 0;
  virtual void set_tag(std::int64_t number, const std::string& key, const std::string& value,
                       model::Timestamp now) = 0;
  virtual void delete_tag(std::int64_t number, const std::string& key, model::Timestamp now) = 0;
  [[nodiscard]] virtual Page<model::ExperimentRecord> search(const SearchRequest& request) = 0;
};

}  // namespace mlrepro::ports
