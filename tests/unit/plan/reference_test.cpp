// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using ReferenceKind = Reference::Kind;
using ::testing::HasSubstr;

struct ReferenceCase {
  std::string text;
  ReferenceKind kind;
  std::size_t position;
  std::string word, value, path;
};

TEST(Reference, IsTakenApart)
{
  const std::string hex(64, 'a');
  const std::vector<ReferenceCase> cases = {
      {"@1", ReferenceKind::latest, 1, "", "", ""},
      {"@12:model.pkl", ReferenceKind::latest, 12, "", "", "model.pkl"},
      {"@orders", ReferenceKind::of_experiment, 1, "orders", "", ""},
      {"@orders:2", ReferenceKind::of_experiment, 2, "orders", "", ""},
      {"@orders:2:data/a:b", ReferenceKind::of_experiment, 2, "orders", "", "data/a:b"},
      {"tag:stage=prod", ReferenceKind::tag, 1, "stage", "prod", ""},
      {"tag:k=", ReferenceKind::tag, 1, "k", "", ""},
      {"tag:k=a=b", ReferenceKind::tag, 1, "k", "a=b", ""},
      {"brave-otter", ReferenceKind::word, 1, "brave-otter", "", ""},
      {"brave-otter:data/x", ReferenceKind::word, 1, "brave-otter", "", "data/x"},
      {"7f3a:a:b", ReferenceKind::word, 1, "7f3a", "", "a:b"},
      {"sha256:" + hex, ReferenceKind::word, 1, hex, "", ""},
      {"sha256:abc:x", ReferenceKind::word, 1, "abc", "", "x"},
      {"data/a:b", ReferenceKind::word, 1, "data/a:b", "", ""},
      {"./a:b", ReferenceKind::word, 1, "./a:b", "", ""},
      {":a", ReferenceKind::word, 1, ":a", "", ""},
      {"data.snap", ReferenceKind::word, 1, "data.snap", "", ""},
      {"\xff", ReferenceKind::word, 1, "\xff", "", ""}};
  for (const ReferenceCase& item : cases) {
    const Reference reference = parse_reference(item.text);
    EXPECT_EQ(reference.kind, item.kind) << item.text;
    EXPECT_EQ(reference.position, item.position) << item.text;
    EXPECT_EQ(reference.word, item.word) << item.text;
    EXPECT_EQ(reference.value, item.value) << item.text;
    EXPECT_EQ(reference.path, item.path) << item.text;
  }
}

TEST(Reference, RefusesWhatCanNameNothing)
{
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty"},
      {"@", "must follow '@'"},
      {"@:1", "must follow '@'"},
      {"@0", "counting starts at 1"},
      {"@0:x", "counting starts at 1"},
      {"@orders:0", "counting starts at 1"},
      {"@orders:", "'' is no number"},
      {"@orders:x", "'x' is no number"},
      {"@orders:-1", "'-1' is no number"},
      {"@1:", "a path must follow ':'"},
      {"@orders:1:", "a path must follow ':'"},
      {"run:", "a path must follow ':'"},
      {"tag:k", "write tag:key=value"},
      {"tag:=v", "write tag:key=value"},
      {"sha256:", "a digest must follow"}};
  for (const auto& [text, message] : cases) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr("reference '" + text + "': "),
                          [&text = text] { parse_reference(text); });
    testing::expect_error(model::ErrorKind::usage, HasSubstr(message),
                          [&text = text] { parse_reference(text); });
  }
}

}  // namespace
}  // namespace mlrepro::plan
