// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Where a reference is typed: paths in it are seen from `cwd`.
struct Place {
  std::string top;
  std::string cwd;
};

// What a reference names: a run, one path of a run, or a snapshot.
struct Target {
  std::optional<model::Run> run;       // in full
  std::optional<model::RunData> data;  // of `run`, for "run:path"
  std::optional<model::Snapshot> snapshot;
};

// Throws Error{not_found} with near names, Error{ambiguous} with the candidates.
Target resolve(const Ports& ports, const Place& place, const std::string& reference);

// The same where only a run will do.
model::Run resolve_run(const Ports& ports, const Place& place, const std::string& reference);

// The content that a target stands for, a run's path or a snapshot.
struct Content {
  model::TreeEntry root;
  model::Digest id;
  std::string path;  // recorded
  bool stored = true;
};
Content resolve_content(const Ports& ports, const Place& place, const std::string& reference);

}  // namespace mlrepro::tracking
