// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/mlflow/artifacts.hpp"
#include "mlrepro/ports/request_handler.hpp"

namespace mlrepro::mlflow {

// The artifact, or what a Range field asks of it, for a client to keep as a file: whatever it
// holds, no browser shows or runs it.
ports::WebReply download(Artifacts::Opened opened, const ports::WebRequest& request);

}  // namespace mlrepro::mlflow
