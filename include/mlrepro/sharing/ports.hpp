// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/content_exchange.hpp"
#include "mlrepro/ports/record_exchange.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::sharing {

// What sharing needs of the world besides what tracking needs.
struct Ports {
  const tracking::Ports& store;
  ports::RecordExchange& records;
  ports::ContentExchange& content;
};

enum class DryRun { no, yes };

}  // namespace mlrepro::sharing
