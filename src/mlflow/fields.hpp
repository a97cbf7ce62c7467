// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mlrepro/mlflow/service.hpp"

namespace mlrepro::mlflow {

using Json = nlohmann::json;

// Error{usage} in MLflow's words. `value` as JSON writes it.
[[noreturn]] void refuse(const std::string& message);
[[noreturn]] void refuse_value(const std::string& name, const std::string& value,
                               const std::string& why);

// The fields of a message, as protobuf's JSON has them: absent, null and "" are the same, whole
// numbers may be text, and unknown fields do not matter. Throws Error{usage}.
class Fields {
 public:
  // `prefix` is put before names in errors, as "metrics[0].".
  explicit Fields(const Json& object, std::string prefix = {});

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  [[nodiscard]] std::string text_or_empty(const std::string& name) const;
  [[nodiscard]] std::string require_text(const std::string& name) const;
  // Unlike other required texts it may be empty.
  [[nodiscard]] std::string require_value(const std::string& name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(const std::string& name) const;
  [[nodiscard]] std::int64_t require_integer(const std::string& name) const;
  // Also "NaN", "Infinity" and "-Infinity".
  [[nodiscard]] double require_number(const std::string& name) const;
  // The name of an enumerator, or its number as text.
  [[nodiscard]] std::optional<std::string> enumerator(const std::string& name) const;
  [[nodiscard]] bool flag(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> texts(const std::string& name) const;
  void for_each(const std::string& name, const std::function<void(const Fields&)>& visit) const;
  [[nodiscard]] std::optional<Fields> object(const std::string& name) const;
  // [{"key","value"}]: the last of equal keys counts.
  [[nodiscard]] std::map<std::string, std::string> pairs(const std::string& name) const;

  [[nodiscard]] std::string path_of(const std::string& name) const { return prefix_ + name; }

 private:
  [[nodiscard]] const Json* find(const std::string& name) const;
  [[noreturn]] void refuse_type(const std::string& name, const Json& value) const;
  [[noreturn]] void refuse_missing(const std::string& name) const;

  const Json& object_;
  std::string prefix_;
};

// The body of a request, or its query as if it were one.
Json parse_message(const Request& request);

// NaN and the infinities as protobuf's JSON writes them.
Json number_json(double value);
// [{"key","value"}]
Json pairs_json(const std::map<std::string, std::string>& pairs);

}  // namespace mlrepro::mlflow
