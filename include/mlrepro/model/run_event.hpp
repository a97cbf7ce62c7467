// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::model {

// What `mlrepro log` and $MLREPRO_METRICS add to a run, one at a time.
struct MetricLogged {
  std::string key;
  double value = 0;
  std::optional<std::int64_t> step;  // absent: one more than the metric's last step, from 0
  std::optional<Timestamp> time;     // absent: when it was read
};
struct ParamLogged {
  std::string key;
  std::string value;
  std::string source = "log";
};
struct TagLogged {
  std::string key;
  std::string value;
};
struct NoteLogged {
  std::string text;
};
struct ArtifactLogged {
  Artifact artifact;
};

using RunEvent = std::variant<MetricLogged, ParamLogged, TagLogged, NoteLogged, ArtifactLogged>;

}  // namespace mlrepro::model
