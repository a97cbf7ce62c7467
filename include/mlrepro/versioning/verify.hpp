// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/verification.hpp"
#include "mlrepro/ports/store_care.hpp"
#include "mlrepro/versioning/copies.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

// Content that something needs: a snapshot, a run's code, a log.
struct VerifyRoot {
  model::TreeEntry entry;
  std::string label;  // the path that its content is listed under
  std::optional<model::Digest> snapshot;
  std::vector<model::RunId> runs;
};

enum class Extent {
  everything,  // all stored objects, needed or not
  roots_only,
};

struct VerifyOptions {
  Extent extent = Extent::everything;
  // Reads only this share of the content, chosen at random by `seed`; folders are read all.
  std::optional<double> sample;
  std::uint64_t seed = 0;
  // Where not null, damaged indexes are counted.
  ports::StoreCare* care = nullptr;
  // With `care`: where good copies of what is damaged are looked for, in this order. Each object is
  // stored anew as a whole, or stays as it is.
  std::vector<CopySource*> copies;
};

// Reads objects again and compares them with their names.
model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots,
                           const VerifyOptions& options);
// All of the content, nothing changed.
model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots, Extent extent);

}  // namespace mlrepro::versioning
