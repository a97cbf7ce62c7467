// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "crypto/sha256.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "support/fixed_clock.hpp"
#include "support/memory_file_tree.hpp"
#include "support/memory_live_records.hpp"
#include "support/memory_object_store.hpp"
#include "support/memory_run_store.hpp"
#include "support/memory_snapshot_store.hpp"
#include "support/memory_source_control.hpp"
#include "support/memory_stat_cache.hpp"
#include "support/recording_reporter.hpp"
#include "support/scripted_environment_probe.hpp"
#include "support/scripted_process_runner.hpp"

namespace mlrepro::testing {

// All that a use case needs, in memory: a project at /p with a clean Git repository, the program
// /usr/bin/python3 and nothing recorded yet.
class UseCaseWorld {
 public:
  static constexpr const char* k_top = "/p";

  UseCaseWorld()
  {
    add_code("train.py", "print(1)\n");
    source.stage("train.py");
    source.commit();
    processes.set_program("python3", "/usr/bin/python3");
    files.add_file("/usr/bin/python3", "", true);
    processes.write_logs_with([this](const std::string& path, const std::string& text) {
      files.add_file(path, files.exists(path) ? files.content(path) + text : text);
    });
  }

  // In the working tree, for Git and for the file system.
  void add_code(const std::string& path, const std::string& content)
  {
    source.write(path, content);
    files.add_file(std::string(k_top) + "/" + path, content);
  }

  Journal journal;
  MemoryFileTree files;
  MemoryObjectStore stored{&journal};
  FaultyObjectStore objects{stored};
  MemoryStatCache stat_cache;
  MemoryRunStore runs{&journal};
  MemorySnapshotStore snapshots{runs, &journal};
  crypto::Sha256Digester digester;
  FixedClock clock;
  RecordingReporter reporter;
  MemoryLiveRecords live;
  MemorySourceControl source{k_top};
  ScriptedProcessRunner processes;
  ScriptedEnvironmentProbe probe;

  versioning::Ports data{files, objects, stat_cache, snapshots, digester, clock, reporter};
  tracking::Ports ports{data, runs, live, source, processes, probe};
};

}  // namespace mlrepro::testing
