// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/merge_records.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace mlrepro::plan {
namespace {

using model::MetricPoint;
using model::RunRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

model::Digest digest_of(std::uint8_t byte)
{
  model::Digest::Bytes bytes{};
  bytes.fill(byte);
  return model::Digest(bytes);
}

// As `log tag` does at this time.
void set_tag(RunRecord& record, const std::string& key, const std::string& value, std::int64_t at)
{
  const auto old = record.run.tags.find(key);
  if (old != record.run.tags.end()) {
    record.tag_history.push_back({key, old->second, {at}});
  }
  record.run.tags[key] = value;
  record.run.additions.push_back({{at}, "tag", key, value});
}

TEST(PlanGrowth, OfEqualRecordsIsNothing)
{
  RunRecord record;
  set_tag(record, "a", "b", 5);
  record.run.params["lr"] = {"0.1", "argv"};
  record.run.metrics["loss"] = {std::numeric_limits<double>::quiet_NaN(), 1, {}, {}, 2, false, ""};
  EXPECT_TRUE(plan_growth(record, record).empty());
}

TEST(PlanGrowth, TakesWhatIsNew)
{
  RunRecord ours;
  ours.run.params["lr"] = {"0.1", "argv"};
  RunRecord theirs = ours;
  theirs.run.params["later"] = {"1", "log"};
  theirs.run.params["lr"].value = "0.2";
  theirs.run.additions.push_back({{7}, "note", "", "a note"});
  theirs.run.artifacts.push_back({"plot.png", digest_of(1), 5});
  theirs.proofs.push_back({{}, model::Level::data, "reproduced", {9}});
  theirs.run.metrics["auc"] = {0.5, 0, 0.5, 0.5, 1, true, ""};
  const RecordGrowth growth = plan_growth(ours, theirs);
  EXPECT_THAT(growth.params, ElementsAre(Pair("later", model::Parameter{"1", "log"})))
      << "what is recorded stays";
  EXPECT_THAT(growth.notes, ElementsAre("a note"));
  EXPECT_THAT(growth.additions, ElementsAre(theirs.run.additions.front()));
  EXPECT_THAT(growth.artifacts, ElementsAre(theirs.run.artifacts.front()));
  EXPECT_THAT(growth.proofs, ElementsAre(theirs.proofs.front()));
  EXPECT_THAT(growth.metrics, ElementsAre("auc"));
  EXPECT_TRUE(plan_growth(theirs, ours).empty());
}

TEST(PlanGrowth, TheNewerValueOfATagWinsOnBothSides)
{
  RunRecord base;
  base.run.tags["stage"] = "dev";
  RunRecord older = base;
  RunRecord newer = base;
  set_tag(older, "stage", "z-old", 10);
  set_tag(newer, "stage", "a-new", 20);
  const RecordGrowth growth = plan_growth(older, newer);
  EXPECT_THAT(growth.tags, ElementsAre(Pair("stage", "a-new")));
  EXPECT_THAT(growth.tag_history,
              ::testing::UnorderedElementsAre(model::TagChange{"stage", "dev", {20}},
                                              model::TagChange{"stage", "z-old", {20}}));
  EXPECT_THAT(plan_growth(newer, older).tags, IsEmpty());
}

TEST(PlanGrowth, ATieIsTheSameOnBothSides)
{
  RunRecord a;
  RunRecord b;
  set_tag(a, "k", "one", 10);
  set_tag(b, "k", "two", 10);
  EXPECT_THAT(plan_growth(a, b).tags, ElementsAre(Pair("k", "two")));
  EXPECT_THAT(plan_growth(b, a).tags, IsEmpty());
}

TEST(MissingPoints, AreThoseThatOnlyTheOtherHas)
{
  const MetricPoint first{1, 0, {1}};
  const MetricPoint ours{2, 1, {2}};
  const MetricPoint theirs{3, 1, {3}};
  const MetricPoint nan{std::numeric_limits<double>::quiet_NaN(), 2, {4}};
  EXPECT_THAT(missing_points({first, ours}, {first, theirs}), ElementsAre(theirs));
  EXPECT_THAT(missing_points({first}, {first, first}), ElementsAre(first));
  EXPECT_THAT(missing_points({first, nan}, {nan, first}), IsEmpty());
  EXPECT_THAT(missing_points({}, {first, theirs}), ElementsAre(first, theirs));
}

TEST(ContentOf, NamesEverythingThatIsStored)
{
  RunRecord record;
  record.run.code.digest = digest_of(1);
  record.run.code.changes = {{"a", "staged-modified", digest_of(2)}, {"b", "modified", {}}};
  record.run.logs = {digest_of(3), digest_of(4), digest_of(5)};
  record.run.artifacts = {{"x", digest_of(6), 1}};
  record.run.inputs = {{"in", digest_of(90), digest_of(7), 1, 1, true, false},
                       {"known", digest_of(91), digest_of(92), 1, 1, false, false}};
  model::Snapshot entry;
  entry.root.type = model::EntryType::folder;
  entry.root.digest = digest_of(8);
  record.entries.push_back(entry);
  entry.root.digest = digest_of(93);
  entry.stored = model::Stored::identity_only;
  record.entries.push_back(entry);
  std::vector<std::pair<model::Digest, bool>> found;
  for (const RecordedRoot& root : content_of(record)) {
    found.emplace_back(root.digest, root.folder);
  }
  EXPECT_THAT(found,
              ::testing::UnorderedElementsAre(Pair(digest_of(1), true), Pair(digest_of(2), false),
                                              Pair(digest_of(3), false), Pair(digest_of(4), false),
                                              Pair(digest_of(5), false), Pair(digest_of(6), false),
                                              Pair(digest_of(7), false), Pair(digest_of(8), true)));
}

}  // namespace
}  // namespace mlrepro::plan
