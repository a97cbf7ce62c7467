// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/sharing/bundle.hpp"

#include "mlrepro/model/error.hpp"
#include "mlrepro/sharing/pull.hpp"
#include "mlrepro/sharing/push.hpp"
#include "sharing/remote_records.hpp"

namespace mlrepro::sharing {

using model::Error;
using model::ErrorKind;

model::Exchange export_bundle(const Ports& ports, ports::Remote& bundle,
                              const tracking::Place& place,
                              const std::vector<std::string>& references)
{
  PushRequest request;
  request.references = references;
  request.tombstones = Tombstones::of_what_goes;
  model::Exchange result = push(ports, bundle, place, request);
  if (!result.running.empty()) {
    throw Error(ErrorKind::conflict, "run " + result.running.front().name + " has not ended",
                "export it when it has");
  }
  if (!result.incomplete.empty()) {
    const model::LeftOut& item = result.incomplete.front();
    throw Error(ErrorKind::corrupt, item.name + " is not whole: " + item.reason,
                "'mlrepro verify' says what is damaged, 'mlrepro verify --repair' mends it from "
                "copies");
  }
  return result;
}

model::Exchange import_bundle(const Ports& ports, const ports::Remote& bundle)
{
  PullRequest request;
  request.damage = Damage::refuses_all;
  return pull(ports, bundle, request);
}

model::RunId only_run(const ports::Remote& bundle)
{
  const auto runs = list_records(bundle).runs;
  if (runs.empty()) {
    throw Error(ErrorKind::not_found, bundle.label() + " has no run", "mlrepro list snapshots");
  }
  if (runs.size() > 1) {
    throw Error(ErrorKind::ambiguous,
                bundle.label() + " has " + std::to_string(runs.size()) + " runs",
                "import it, then name one of them: mlrepro list");
  }
  return runs.begin()->first;
}

}  // namespace mlrepro::sharing
