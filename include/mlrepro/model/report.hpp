// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/profile.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"

namespace mlrepro::model {

// A confusion matrix: a row for each true class, a column for each predicted one.
struct ConfusionMatrix {
  std::vector<std::string> labels;
  std::vector<double> values;  // row after row, labels.size() squared
};

enum class RateKind { roc, precision_recall };

// A ROC curve (x: false positive rate, y: true positive rate) or a precision-recall curve
// (x: recall, y: precision), thinned to what a picture can show.
struct RateCurve {
  RateKind kind = RateKind::roc;
  std::string label;  // of the class or model; empty: the file has one curve
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> thresholds;  // as long as x, or empty
  std::size_t points = 0;          // before thinning
  // Of all points: the area under a ROC curve by the trapezoidal rule, the average precision
  // (sum of precision times the step in recall) of the other.
  double area = 0;
};

// What a report shows of one file on one side.
struct ReportFileSide {
  std::optional<Digest> digest;
  std::uint64_t bytes = 0;
  std::string media_type;  // of a picture whose content is here: "image/png", …
  std::string content;     // of a picture
  std::string omitted;     // why nothing of it is shown; empty: it is
  std::optional<ConfusionMatrix> matrix;
  std::vector<RateCurve> curves;
};

enum class ReportFileKind { picture, confusion_matrix, curves };

// A file that is drawn: an artifact, or part of an output or of a snapshot.
struct ReportFile {
  std::string path;
  ReportFileKind kind = ReportFileKind::picture;
  std::array<std::optional<ReportFileSide>, 2> sides;
};

// The curve of a metric, reduced: of each span of steps the least and the greatest finite value.
struct ReportSeries {
  std::string key;
  std::int64_t points = 0;  // that were logged
  std::int64_t first_step = 0;
  std::int64_t last_step = 0;
  std::int64_t nans = 0;
  std::optional<std::int64_t> first_nan = {};  // the least step of one
  std::int64_t infinities = 0;
  std::vector<std::int64_t> steps;  // where each span begins
  std::vector<double> low;
  std::vector<double> high;
};

// The end of what a run printed.
struct ReportLog {
  std::string text;
  std::uint64_t left_out = 0;  // bytes before it
};

// What a table looks like, with a picture for each of its columns that has one.
struct ReportTable {
  TableProfile profile;
  std::vector<DriftPicture> pictures;  // as many as the profile has columns; only `a` is filled
};

// The tables of an input, an output or a snapshot that are known.
struct ReportTables {
  std::string role;  // "input", "output" or "snapshot"
  std::string path;  // recorded
  std::vector<ReportTable> tables;
};

struct ReportSide {
  std::string name;
  std::string id;          // of the run or snapshot; empty: the working tree
  std::optional<Run> run;  // absent: a snapshot, or the working tree
  std::vector<ReportSeries> series;
  std::optional<ReportLog> out;
  std::optional<ReportLog> err;
  std::optional<Snapshot> snapshot = {};  // of a page about one
  std::vector<ReportTables> tables = {};  // of a page about one run or snapshot
};

// How many files a data difference has in all; the difference itself may list fewer.
struct ReportCounts {
  std::string path;
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t changed = 0;
};

// What one page shows: a run or a snapshot, or two of something and what differs between them.
struct Report {
  std::string version;  // of mlrepro
  Timestamp made_at;
  std::vector<ReportSide> sides;              // one, or two
  std::optional<RunDiff> run_diff;            // lists everything, with patches
  std::optional<SnapshotDiff> snapshot_diff;  // of two snapshots, instead
  std::vector<ReportCounts> counts;           // of the data whose lists were cut
  std::vector<ReportFile> files;
  std::vector<std::string> notes;  // what was left out, and why
};

}  // namespace mlrepro::model
