// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mlrepro/format/metrics_tail.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/run_event.hpp"
#include "mlrepro/tracking/ports.hpp"

// The -m files of a run that still runs. A file that has not changed since the run started is an
// earlier run's.
namespace mlrepro::tracking {

// All that they hold now, in the order in which sealing takes it. What can't be read, or is written
// at this very moment, is left out.
std::vector<model::MetricLogged> read_metric_files(const Ports& ports, const model::Run& run);

// Those that grow by lines, each metric once as it comes. When a file is written anew, only what it
// has more of than before is new. Files that are written as a whole are left to the end of the run.
class MetricFilesFollower {
 public:
  using Visit = std::function<void(const model::MetricLogged&)>;

  // Both must outlive the follower.
  MetricFilesFollower(const Ports& ports, const model::Run& run, Visit visit);

  void read_live();

 private:
  struct Source {
    std::string name;  // as it is recorded
    std::string path;
    std::unique_ptr<ports::OpenFile> file;
    ports::FileStat opened;
    std::uint64_t read = 0;  // bytes
    format::MetricsTail tail;
    std::map<std::string, std::uint64_t> seen;  // metrics, since the file was opened
    std::map<std::string, std::uint64_t> told;  // metrics, ever
  };

  void read(Source& source);
  void open(Source& source, const ports::FileStat& now);
  void take(Source& source, std::string_view bytes);

  const Ports& ports_;
  const model::Run& run_;
  Visit visit_;
  std::vector<Source> sources_;
};

}  // namespace mlrepro::tracking
