// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro::mlflow {

// Whether what is too long for MLflow is cut or left out.
enum class TooLong { cut, left_out };

// Makes keys and values such that any server of MLflow's protocol takes them, and tells what it
// changed (`notes`) and what it had to leave out (`differences`).
class ValueFitter {
 public:
  ValueFitter(TooLong too_long, std::vector<std::string>& notes,
              std::vector<std::string>& differences)
      : too_long_(too_long), notes_(notes), differences_(differences)
  {
  }

  // `what` as in "parameter". Two keys that would become one are never put together.
  [[nodiscard]] std::map<std::string, std::string> fit(
      const std::string& what, const std::map<std::string, std::string>& values, std::size_t limit);
  // The name that a metric has there by each name here is turned round: there to here.
  [[nodiscard]] std::map<std::string, std::string> fit_names(const std::string& what,
                                                             const std::vector<std::string>& names);

 private:
  std::optional<std::string> fit_key(const std::string& what, const std::string& key);
  std::optional<std::string> fit_value(const std::string& what, const std::string& value,
                                       std::size_t limit);

  TooLong too_long_;
  std::vector<std::string>& notes_;
  std::vector<std::string>& differences_;
};

// The first characters of a text in UTF-8.
std::string first_characters(const std::string& text, std::size_t count);

}  // namespace mlrepro::mlflow
