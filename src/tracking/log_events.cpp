// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/log_events.hpp"

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::tracking {

std::string live_lines(const std::vector<model::RunEvent>& events, model::Timestamp now)
{
  return format::encode_events(events, now);
}

void log_events(ports::LiveRecords& live, ports::RunStore& runs, const ports::Clock& clock,
                const model::RunId& id, const std::vector<model::RunEvent>& events)
{
  const model::Timestamp now = clock.now();
  if (!live.append(id, live_lines(events, now))) {
    runs.append(id, events, now);
  }
}

model::ArtifactLogged store_artifact(const versioning::Ports& ports, const std::string& path,
                                     const std::string& listed_as)
{
  const auto stat = ports.files.stat(path, ports::FollowLinks::yes);
  if (!stat || stat->type != ports::FileType::file) {
    throw model::Error(
        stat ? model::ErrorKind::usage : model::ErrorKind::not_found,
        "artifact '" + path + "': " + (stat ? "not a file" : "nothing there"),
        stat ? "log its files one by one, or declare it as an output with run -o" : "");
  }
  format::check_name("artifact", listed_as);
  const auto batch = ports.objects.begin();
  const auto object =
      batch->put(ports::ObjectKind::blob, *ports.files.open(ports.files.resolve(path)));
  batch->commit();
  return {{listed_as, object.digest, object.bytes}};
}

}  // namespace mlrepro::tracking
