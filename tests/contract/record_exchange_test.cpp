// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/record_exchange.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "mlrepro/format/record_document.hpp"
#include "mlrepro/model/error.hpp"
#include "sqlite/sqlite_record_exchange.hpp"
#include "sqlite/sqlite_remote_list.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "support/error_of.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using model::Digest;
using model::ErrorKind;
using model::RunId;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Digest digest_of(std::uint8_t byte)
{
  Digest::Bytes bytes{};
  bytes.fill(byte);
  return Digest(bytes);
}

// A database of its own and what looks into it.
struct Place {
  testing::TempDir folder;
  sqlite::Database database =
      sqlite::Database::open(folder / "mlrepro.db", sqlite::Mode::read_write);
  sqlite::SqliteRunStore runs{database};
  sqlite::SqliteSnapshotStore snapshots{database};
  sqlite::SqliteRecordExchange exchange{database};

  [[nodiscard]] ports::IncomingRun taken(const RunId& id) const
  {
    ports::IncomingRun incoming{exchange.load(id), {}, digest_of(77)};
    for (const auto& [key, summary] : incoming.record.run.metrics) {
      incoming.points[key] = ports::metric_points(runs, id, key);
    }
    return incoming;
  }
  [[nodiscard]] std::string document(const RunId& id) const
  {
    return format::encode_run_document({exchange.load(id), {}, {}});
  }
};

class RecordExchange : public ::testing::Test {
 protected:
  // A run with something in every part of its record.
  void record_run(Place& place) const
  {
    model::Run run;
    run.id = id_;
    run.name = "a-run";
    run.experiment = "e";
    run.started_at = {1000};
    run.command = {"sh", "-c", "\xff\n"};
    run.cwd = ".";
    run.params["lr"] = {"0.1", "argv"};
    run.tags["stage"] = "dev";
    run.code.digest = digest_of(1);
    run.code.changes = {{"a", "staged-modified", digest_of(2)}};
    place.runs.insert(run);
    ports::RunEnd end;
    end.exit_code = 0;
    end.ended_at = {2000};
    end.inputs = {{"data", digest_of(3), digest_of(4), 1, 2, true, true}};
    end.environment = model::Environment{};
    end.environment->packages = {{"numpy", "1.0", "dist-info", {{"a.py", digest_of(5)}}}};
    end.logs.stdout_digest = digest_of(6);
    end.events = {model::MetricLogged{"loss", 0.5, 3, model::Timestamp{1500}},
                  model::MetricLogged{"loss", std::numeric_limits<double>::quiet_NaN(), 4, {}}};
    end.printed = {{"acc", "text:stdout", {{0.25, 0, {1600}, 7}}}};
    place.runs.seal(id_, end);
    model::Snapshot entry;
    entry.id = digest_of(3);
    entry.path = "data";
    entry.created_at = {1100};
    entry.root.digest = digest_of(4);
    entry.run = id_;
    place.snapshots.record(entry);
    place.runs.append(
        id_,
        {model::TagLogged{"stage", "prod"}, model::NoteLogged{"a note"},
         model::MetricLogged{"late", 7, {}, {}}, model::ArtifactLogged{{"plot", digest_of(8), 9}}},
        {3000});
    place.runs.record_proof({id_, other_, model::Level::data, "reproduced", {4000}});
  }

  RunId id_ = *RunId::parse("0123456789abcdef0123456789abcdef");
  RunId other_ = *RunId::parse("fedcba9876543210fedcba9876543210");
};

TEST_F(RecordExchange, CarriesARecordWhole)
{
  Place here;
  Place there;
  record_run(here);
  there.exchange.adopt({here.taken(id_)}, {}, {});
  EXPECT_EQ(there.document(id_), here.document(id_));
  for (const char* key : {"loss", "acc", "late"}) {
    const auto ours = ports::metric_points(here.runs, id_, key);
    const auto theirs = ports::metric_points(there.runs, id_, key);
    ASSERT_EQ(ours.size(), theirs.size()) << key;
    EXPECT_EQ(ours.front(), theirs.front()) << key;
  }
  EXPECT_THAT(there.snapshots.list({}), SizeIs(1));
  EXPECT_EQ(ports::find_run(there.runs, id_)->environment->packages,
            ports::find_run(here.runs, id_)->environment->packages);
}

TEST_F(RecordExchange, TellsWhatItsDocumentsSay)
{
  Place here;
  record_run(here);
  ASSERT_THAT(here.exchange.runs(), SizeIs(1));
  EXPECT_EQ(here.exchange.runs().front().document, std::nullopt);
  here.exchange.note_document(here.exchange.load(id_), digest_of(9));
  EXPECT_EQ(here.exchange.runs().front().document, digest_of(9));
  here.runs.append(id_, {model::NoteLogged{"more"}}, {5000});
  EXPECT_EQ(here.exchange.runs().front().document, std::nullopt) << "it has grown";
  EXPECT_THAT(here.exchange.runs().front().known, ElementsAre(digest_of(9)));
  Place there;
  there.exchange.adopt({here.taken(id_)}, {}, {});
  EXPECT_EQ(there.exchange.runs().front().document, digest_of(77));
}

TEST_F(RecordExchange, JoinsWhatBothAdded)
{
  Place here;
  Place there;
  record_run(here);
  there.exchange.adopt({here.taken(id_)}, {}, {});
  here.runs.append(id_, {model::TagLogged{"stage", "old"}, model::MetricLogged{"late", 8, 1, {}}},
                   {6000});
  there.runs.append(id_, {model::TagLogged{"stage", "new"}, model::MetricLogged{"late", 9, 1, {}}},
                    {7000});
  here.exchange.adopt({there.taken(id_)}, {}, {});
  there.exchange.adopt({here.taken(id_)}, {}, {});
  for (Place* place : {&here, &there}) {
    const auto run = ports::find_run(place->runs, id_);
    EXPECT_EQ(run->tags.at("stage"), "new");
    EXPECT_EQ(run->metrics.at("late").count, 3);
  }
  const std::string before = here.document(id_);
  here.exchange.adopt({there.taken(id_)}, {}, {});
  EXPECT_EQ(here.document(id_), before) << "nothing is joined twice";
}

TEST_F(RecordExchange, ARunningRunIsLeftAlone)
{
  Place here;
  Place there;
  record_run(here);
  model::Run run = here.exchange.load(id_).run;
  run.status = model::RunStatus::running;
  run.tags["stage"] = "mine";
  there.runs.insert(run);
  EXPECT_FALSE(there.exchange.runs().front().ended);
  there.exchange.adopt({here.taken(id_)}, {}, {});
  EXPECT_EQ(ports::find_run(there.runs, id_)->tags.at("stage"), "mine");
}

TEST_F(RecordExchange, CarriesSnapshotsAndWhatWasForgotten)
{
  Place here;
  model::Snapshot snapshot;
  snapshot.id = digest_of(3);
  snapshot.path = "data";
  snapshot.root.digest = digest_of(4);
  here.exchange.adopt({}, {snapshot}, {{digest_of(4), false, "data", {5}}});
  EXPECT_THAT(here.exchange.snapshots(), SizeIs(1));
  EXPECT_EQ(here.snapshots.list({}).front().forgotten, model::Timestamp{5});
  here.exchange.adopt({}, {}, {{digest_of(4), false, "elsewhere", {9}}});
  EXPECT_THAT(here.exchange.tombstones(),
              ElementsAre(model::Tombstone{digest_of(4), false, "data", {5}}));
}

TEST_F(RecordExchange, AdoptsAllOrNothing)
{
  Place here;
  Place there;
  record_run(here);
  ports::IncomingRun wrong = here.taken(id_);
  wrong.points["no such metric"] = {{1, 0, {1}}};
  EXPECT_EQ(error_of([&] { there.exchange.adopt({wrong}, {}, {}); }).kind(), ErrorKind::corrupt);
  EXPECT_THAT(there.exchange.runs(), IsEmpty());
  EXPECT_EQ(error_of([&] { (void)there.exchange.load(id_); }).kind(), ErrorKind::not_found);
}

TEST(RemoteList, NamesEachPlaceOnce)
{
  Place here;
  sqlite::SqliteRemoteList remotes(here.database);
  EXPECT_THAT(remotes.list(), IsEmpty());
  remotes.add({"b", "/two"});
  remotes.add({"a", "/one"});
  EXPECT_EQ(error_of([&] { remotes.add({"a", "/three"}); }).kind(), ErrorKind::conflict);
  ASSERT_THAT(remotes.list(), SizeIs(2));
  EXPECT_EQ(remotes.list().front().location, "/one");
  EXPECT_TRUE(remotes.remove("a"));
  EXPECT_FALSE(remotes.remove("a"));
  EXPECT_THAT(remotes.list(), SizeIs(1));
}

}  // namespace
}  // namespace mlrepro
