// SPDX-License-Identifier: Apache-2.0
#include "analysis/report_files.hpp"

#include <algorithm>
#include <array>

#include "mlrepro/format/evaluation_file.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;

std::string lower_ending(const std::string& path)
{
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : model::lower_case(path.substr(dot));
}

bool may_be_picture(const std::string& path)
{
  constexpr std::array<const char*, 6> k_endings = {".png", ".jpg",  ".jpeg",
                                                    ".gif", ".webp", ".svg"};
  const std::string ending = lower_ending(path);
  return std::any_of(k_endings.begin(), k_endings.end(),
                     [&](const char* known) { return ending == known; });
}

}  // namespace

void DrawnFiles::add_artifacts(std::size_t side, const model::Run& run)
{
  for (const model::Artifact& artifact : run.artifacts) {
    add_file(side, artifact.path, artifact.digest, artifact.bytes);
  }
}

void DrawnFiles::add_outputs(std::size_t side, const model::Run& run)
{
  for (const model::RunData& output : run.outputs) {
    if (!output.snapshot || !output.stored) {
      continue;
    }
    if (const auto found = ports::find_snapshot(ports_.data.snapshots, *output.snapshot)) {
      add_content(side, found->root, output.path);
    }
  }
}

void DrawnFiles::add_content(std::size_t side, const model::TreeEntry& root,
                             const std::string& path)
{
  try {
    versioning::walk_tree(versioning::loader(ports_.data.objects), root,
                          [&](const std::string& below, const model::TreeEntry& entry) {
                            if (entry.type == model::EntryType::file) {
                              const bool nested = !below.empty() && !path.empty();
                              add_file(side, path + (nested ? "/" : "") + below, entry.digest,
                                       entry.size);
                            }
                            return true;
                          });
  } catch (const Error& error) {
    notes_.push_back("'" + path + "': its files can't be listed: " + error.message());
  }
}

void DrawnFiles::add_file(std::size_t side, const std::string& path, const model::Digest& digest,
                          std::uint64_t bytes)
{
  const bool picture = may_be_picture(path);
  if (!picture && (!format::may_hold_evaluation(path) || bytes > limits_.table_bytes)) {
    return;
  }
  if (++looked_into_[side] > limits_.looked_into) {
    if (looked_into_[side] == limits_.looked_into + 1) {
      notes_.push_back("Only the first " + std::to_string(limits_.looked_into) +
                       " pictures and tables of a side were looked at.");
    }
    return;
  }
  model::ReportFileSide file;
  file.digest = digest;
  file.bytes = bytes;
  if (picture) {
    add_picture(side, path, std::move(file));
  } else {
    add_evaluation(side, path, std::move(file));
  }
}

void DrawnFiles::add_picture(std::size_t side, const std::string& path, model::ReportFileSide file)
{
  if (file.bytes > limits_.picture_bytes) {
    file.omitted = "larger than " + format::human_bytes(limits_.picture_bytes);
  } else if (picture_bytes_ + file.bytes > limits_.pictures_bytes) {
    file.omitted =
        "the pictures of this page already take " + format::human_bytes(limits_.pictures_bytes);
  } else {
    try {
      file.content = versioning::load_blob(ports_.data.objects, *file.digest);
      file.media_type = format::picture_type(file.content);
      if (file.media_type.empty()) {
        file.content.clear();
        file.omitted = "not a PNG, JPEG, GIF, WebP or SVG picture, whatever its name says";
      }
      picture_bytes_ += file.content.size();
    } catch (const Error& error) {
      file.omitted = error.message();
    }
  }
  put(side, path, model::ReportFileKind::picture, std::move(file));
}

void DrawnFiles::add_evaluation(std::size_t side, const std::string& path,
                                model::ReportFileSide file)
{
  format::Evaluation evaluation;
  try {
    evaluation =
        format::read_evaluation(path, versioning::load_blob(ports_.data.objects, *file.digest));
  } catch (const Error& error) {
    notes_.push_back("'" + path + "': can't be read: " + error.message());
    return;
  }
  if (evaluation.empty()) {
    const std::string note = "'" + path +
                             "': no confusion matrix in one of the shapes that are drawn "
                             "(docs/reports.md, \"Files that are drawn\").";
    if (format::names_confusion(path) &&
        std::find(notes_.begin(), notes_.end(), note) == notes_.end()) {
      notes_.push_back(note);
    }
    return;
  }
  if (evaluation.too_many_classes) {
    file.omitted = "a confusion matrix of " + std::to_string(*evaluation.too_many_classes) +
                   " classes; up to " + std::to_string(format::k_most_classes) + " are drawn";
  }
  if (evaluation.too_many_curves) {
    file.omitted = std::to_string(*evaluation.too_many_curves) + " curves; up to " +
                   std::to_string(format::k_most_classes) + " are drawn";
  }
  const auto kind = evaluation.curves.empty() && !evaluation.too_many_curves
                        ? model::ReportFileKind::confusion_matrix
                        : model::ReportFileKind::curves;
  file.matrix = std::move(evaluation.matrix);
  file.curves = std::move(evaluation.curves);
  put(side, path, kind, std::move(file));
}

void DrawnFiles::put(std::size_t side, const std::string& path, model::ReportFileKind kind,
                     model::ReportFileSide file)
{
  model::ReportFile& drawn = files_[{kind, path}];
  drawn.path = path;
  drawn.kind = kind;
  // The same content on both sides is carried once.
  const auto& other = drawn.sides[1 - side];
  if (other && other->digest == file.digest && !file.content.empty()) {
    picture_bytes_ -= file.content.size();
    file.content.clear();
  }
  drawn.sides[side] = std::move(file);
}

std::vector<model::ReportFile> DrawnFiles::take()
{
  std::vector<model::ReportFile> files;
  for (auto& [key, file] : files_) {
    files.push_back(std::move(file));
  }
  files_.clear();
  return files;
}

}  // namespace mlrepro::analysis
