// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mlrepro/analysis/report.hpp"

namespace mlrepro::analysis {

// The pictures, confusion matrices and curves among the files of both sides of a report.
class DrawnFiles {
 public:
  DrawnFiles(const tracking::Ports& ports, const ReportLimits& limits)
      : ports_(ports), limits_(limits)
  {
  }

  // Each names what it could not read in `notes`.
  void add_artifacts(std::size_t side, const model::Run& run);
  void add_outputs(std::size_t side, const model::Run& run);
  // `path` is what stands before the paths in it.
  void add_content(std::size_t side, const model::TreeEntry& root, const std::string& path);

  // By path.
  [[nodiscard]] std::vector<model::ReportFile> take();
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  void add_file(std::size_t side, const std::string& path, const model::Digest& digest,
                std::uint64_t bytes);
  void add_picture(std::size_t side, const std::string& path, model::ReportFileSide file);
  void add_evaluation(std::size_t side, const std::string& path, model::ReportFileSide file);
  void put(std::size_t side, const std::string& path, model::ReportFileKind kind,
           model::ReportFileSide file);

  const tracking::Ports& ports_;
  const ReportLimits& limits_;
  std::map<std::pair<model::ReportFileKind, std::string>, model::ReportFile> files_;
  std::array<std::size_t, 2> looked_into_{};
  std::uint64_t picture_bytes_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace mlrepro::analysis
