// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/fold_files.hpp"

#include <algorithm>

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using model::FileCheck;

// 0 is the best.
int badness(CheckStatus status)
{
  switch (status) {
    case CheckStatus::same:
    case CheckStatus::skipped:
      return 0;
    case CheckStatus::same_content:
      return 1;
    case CheckStatus::within_tolerance:
      return 2;
    case CheckStatus::varies:
    case CheckStatus::missing:
      return 3;
    case CheckStatus::differs:
      return 4;
  }
  return 4;
}

void add_new(std::vector<std::string>& list, const std::vector<std::string>& items)
{
  for (const std::string& item : items) {
    if (std::find(list.begin(), list.end(), item) == list.end()) {
      list.push_back(item);
    }
  }
}

}  // namespace

void fold_files(std::vector<FileCheck> files, model::OutputCheck& output)
{
  std::stable_sort(files.begin(), files.end(), [](const FileCheck& a, const FileCheck& b) {
    return badness(a.status) > badness(b.status);
  });
  output.files_not_the_same = files.size();
  const CheckStatus worst = files.empty() ? CheckStatus::differs : files.front().status;
  // A file that one side lacks makes the folder another one.
  output.status = worst == CheckStatus::missing ? CheckStatus::differs : worst;
  for (const FileCheck& file : files) {
    add_new(output.ignored, file.ignored);
  }
  if (files.size() > model::k_max_listed_files) {
    files.resize(model::k_max_listed_files);
  }
  const int least = std::min(badness(worst), badness(CheckStatus::missing));
  for (const FileCheck& file : files) {
    if (badness(file.status) < least) {
      break;
    }
    for (const std::string& reason : file.reasons) {
      output.reasons.push_back(file.path.empty() ? reason : "'" + file.path + "': " + reason);
    }
  }
  if (output.reasons.empty() && output.status == CheckStatus::differs) {
    output.reasons = {"other content"};
  }
  output.files = std::move(files);
}

}  // namespace mlrepro::plan
