// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_content.hpp"

#include <algorithm>
#include <set>

namespace mlrepro::plan {
namespace {

using model::ContentPart;
using model::FileContent;

constexpr std::size_t k_max_reasons = 5;

std::string called(const ContentPart& part)
{
  return part.name.empty() ? "the content" : part.name;
}

// In the order of their names, as both sides are.
std::vector<std::string> differing_parts(const FileContent& a, const FileContent& b)
{
  std::vector<std::string> reasons;
  auto left = a.parts.begin();
  auto right = b.parts.begin();
  while (left != a.parts.end() || right != b.parts.end()) {
    if (right == b.parts.end() || (left != a.parts.end() && left->name < right->name)) {
      reasons.push_back(called(*left++) + " is missing in the replay");
    } else if (left == a.parts.end() || right->name < left->name) {
      reasons.push_back(called(*right++) + " is missing in the record");
    } else {
      if (left->digest != right->digest) {
        reasons.push_back(called(*left) + " differs");
      }
      ++left;
      ++right;
    }
  }
  return reasons;
}

std::vector<std::string> differing_items(const FileContent& a, const FileContent& b)
{
  std::set<std::string> names;
  for (const auto* side : {&a.ignored, &b.ignored}) {
    for (const auto& [name, value] : *side) {
      names.insert(name);
    }
  }
  std::vector<std::string> differing;
  for (const std::string& name : names) {
    const auto left = a.ignored.find(name);
    const auto right = b.ignored.find(name);
    if (left == a.ignored.end() || right == b.ignored.end() || left->second != right->second) {
      differing.push_back(name);
    }
  }
  if (differing.empty() && !a.layout.empty()) {
    differing.push_back(a.layout);
  }
  return differing;
}

void shorten(std::vector<std::string>& reasons)
{
  if (reasons.size() > k_max_reasons) {
    const std::size_t more = reasons.size() - k_max_reasons;
    reasons.resize(k_max_reasons);
    reasons.push_back("and " + std::to_string(more) + " more");
  }
}

}  // namespace

model::ContentComparison compare_content(const FileContent& recorded, const FileContent& replayed)
{
  model::ContentComparison result;
  const auto name_of = [](const FileContent& file) {
    return file.format.empty() ? std::string("another format") : file.format;
  };
  if (recorded.format != replayed.format) {
    result.reasons = {name_of(recorded) + " then, " + name_of(replayed) + " now"};
    return result;
  }
  for (const FileContent* side : {&recorded, &replayed}) {
    if (!side->opaque.empty() && result.reasons.empty()) {
      result.reasons = {side->opaque};
    }
  }
  if (!result.reasons.empty()) {
    return result;
  }
  if (recorded.format.empty()) {
    result.reasons = {"other content"};
    return result;
  }
  result.reasons = differing_parts(recorded, replayed);
  result.same = result.reasons.empty();
  shorten(result.reasons);
  result.ignored = differing_items(recorded, replayed);
  return result;
}

}  // namespace mlrepro::plan
