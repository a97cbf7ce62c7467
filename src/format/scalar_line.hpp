// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The built-in patterns, each on one line without colours and line ends.
namespace mlrepro::format {

struct LineScalars {
  std::vector<std::pair<std::string, double>> values;
  std::optional<std::int64_t> step;

  [[nodiscard]] bool empty() const { return values.empty(); }
};

constexpr std::size_t k_longest_scalar_name = 200;

// "epoch 3/10", "Epoch [3]", "step: 100", a leading "[100]". Absent also where a line counts both
// epochs and steps, since steps then begin anew in each epoch.
std::optional<std::int64_t> step_in_line(std::string_view line);

// A dictionary of JSON, or as Python prints one, at the end of a line; nested ones joined by '/'.
LineScalars dict_scalars(std::string_view line, char quote);

// "[10]<tab>train-rmse:0.3<tab>…" of XGBoost, "[10]<tab>valid_0's l2: 0.24" of LightGBM, and
// "10:<tab>learn: 0.3<tab>…" of CatBoost.
bool is_boosting_line(std::string_view line);
LineScalars boosting_scalars(std::string_view line);

// Where the bar of tqdm or Keras is; npos for a line without one.
std::size_t find_progress_bar(std::string_view line);

// "loss: 0.3", "loss=0.3", "loss 0.3". Behind a progress bar, `bar`, any name counts; elsewhere
// only what is known as a metric.
LineScalars pair_scalars(std::string_view line, std::size_t bar);

}  // namespace mlrepro::format
