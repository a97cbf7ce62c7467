// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/drift.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::model {

// What happened to one path between two manifests. Folders are listed only where they are empty
// or change type; otherwise their files speak for them.
struct FileChange {
  std::string path;
  std::optional<ManifestEntry> before;
  std::optional<ManifestEntry> after;
};

struct ManifestDiff {
  std::vector<FileChange> added;
  std::vector<FileChange> removed;
  std::vector<FileChange> changed;  // content, type or executable bit

  [[nodiscard]] bool empty() const { return added.empty() && removed.empty() && changed.empty(); }
};

enum class FileState { added, removed, modified, same };
std::string_view to_string(FileState state);

// One source file. Line counts are absent for binary files; `patch` is filled only on request.
struct CodeFileDiff {
  std::string path;
  FileState state = FileState::modified;
  std::optional<std::int64_t> added_lines;
  std::optional<std::int64_t> removed_lines;
  std::string patch;
};

struct CodeDiff {
  bool same = true;
  bool comparable = true;  // false: one side has no captured code
  std::string commit_a;
  std::string commit_b;
  std::vector<CodeFileDiff> files;
};

struct ParamDiff {
  std::string key;
  std::optional<std::string> a;
  std::optional<std::string> b;
  std::string source;  // of b, or of a where b has none
  bool same = false;
};

// `delta` is b - a and `relative` is delta / |a|; both absent where they are not finite numbers.
struct MetricDiff {
  std::string key;
  std::optional<double> a;
  std::optional<double> b;
  std::optional<double> delta;
  std::optional<double> relative;
  bool same = false;
};

struct DataDiff {
  std::string path;
  std::optional<Digest> a;  // snapshot ids
  std::optional<Digest> b;
  ManifestDiff files;
  bool files_known = true;  // false: a manifest is not in the store
  bool same = false;
  std::vector<TableDrift> tables = {};  // of those that changed and were compared
};

struct ItemDiff {
  std::string item;  // "interpreter", "package numpy", "variable OMP_NUM_THREADS", "cpu", …
  std::optional<std::string> a;
  std::optional<std::string> b;
  bool same = false;
};

struct RunDiff {
  std::string a;  // what each side is called: a run's id, or "working tree"
  std::string b;
  std::string a_name;
  std::string b_name;
  bool same = true;
  bool command_same = true;
  std::vector<std::string> command_a;
  std::vector<std::string> command_b;
  CodeDiff code;
  std::vector<ParamDiff> params;
  std::vector<MetricDiff> metrics;
  std::vector<DataDiff> inputs;
  std::vector<DataDiff> outputs;
  std::vector<ItemDiff> environment;
};

struct SnapshotDiff {
  std::string a;
  std::string b;
  bool same = true;
  ManifestDiff files;
  std::vector<TableDrift> tables = {};  // of those that changed and were compared
};

}  // namespace mlrepro::model
