// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/local_file_tree.hpp"
#include "sqlite/sqlite_profile_cache.hpp"
#include "support/error_of.hpp"
#include "support/table_session.hpp"
#include "support/temp_dir.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::analysis {
namespace {

// Several times what waits between who writes a table and who looks at it.
constexpr std::size_t k_table_size = 20'000'000;
constexpr unsigned k_patience_s = 120;

// Fails at once, and not for what it should unpack.
class UnpackerWithoutMemory final : public ports::Unpacker {
 public:
  [[nodiscard]] std::unique_ptr<ports::ByteSource> unpack_zstd(
      ports::ByteSource& packed) const override
  {
    (void)packed;
    throw model::Error(model::ErrorKind::io, "no memory to unpack with");
  }
};

class TableWorkspaceTest : public testing::TableSessionTest<::testing::Test> {
 protected:
  void SetUp() override
  {
    TableSessionTest::SetUp();
    std::filesystem::create_directory(scratch_);
    // Who waits for ever ends here.
    ::alarm(k_patience_s);
  }
  void TearDown() override { ::alarm(0); }

  StoredTable store(const std::string& name, const std::string& content)
  {
    const auto batch = world_.objects.begin();
    const auto object = ports::put_bytes(*batch, ports::ObjectKind::blob, content);
    batch->commit();
    StoredTable table;
    table.root.type = model::EntryType::file;
    table.root.digest = object.digest;
    table.root.size = content.size();
    table.table.name = name;
    table.table.bytes = content.size();
    table.table.digest = object.digest;
    return table;
  }

  static std::string csv_of_rows()
  {
    std::string text = "id,word\n";
    for (std::size_t i = 0; text.size() < k_table_size; ++i) {
      text += std::to_string(i) + ",some words of row " + std::to_string(i) + "\n";
    }
    return text;
  }

  model::Error refusal_of(const StoredTable& table)
  {
    TableWorkspace workspace({ports_, engine_, scratch_, &cache_, &unpacker_}, {});
    return testing::error_of([&] { (void)workspace.relation(table, CellTypes::found); });
  }

  bool keeps_nothing()
  {
    return database_.query_integer("SELECT count(*) FROM table_profiles") == 0;
  }

  testing::TempDir folder_;
  std::string scratch_ = folder_ / "scratch";
  posix::LocalFileTree files_;
  testing::UseCaseWorld world_;
  versioning::Ports data_{files_,          world_.objects, world_.stat_cache, world_.snapshots,
                          world_.digester, world_.clock,   world_.reporter};
  tracking::Ports ports_{data_,         world_.runs,      world_.live,
                         world_.source, world_.processes, world_.probe};
  sqlite::Database database_ =
      sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_write);
  sqlite::SqliteProfileCache cache_{database_};
  UnpackerWithoutMemory unpacker_;
};

TEST_F(TableWorkspaceTest, LooksAtATableAndKeepsHowItIsRead)
{
  const StoredTable table = store("x.csv", csv_of_rows());
  TableWorkspace workspace({ports_, engine_, scratch_, &cache_, &unpacker_}, {});
  EXPECT_GT(workspace.counted_relation(table, CellTypes::found).rows.value_or(0), 100'000U);
  EXPECT_FALSE(keeps_nothing());
}

TEST_F(TableWorkspaceTest, TellsWhatTheStoreSaysOfATableThatIsLookedAt)
{
  const StoredTable table = store("x.csv", csv_of_rows());
  world_.stored.damage(table.root.digest);
  const model::Error error = refusal_of(table);
  EXPECT_EQ(error.kind(), model::ErrorKind::corrupt);
  EXPECT_NE(error.message().find(table.root.digest.hex()), std::string::npos) << error.message();
  EXPECT_TRUE(keeps_nothing());
}

TEST_F(TableWorkspaceTest, NobodyWaitsForALookThatFails)
{
  const StoredTable table = store("x.csv.zst", "\x28\xb5\x2f\xfd" + std::string(k_table_size, 'x'));
  const model::Error error = refusal_of(table);
  EXPECT_EQ(error.kind(), model::ErrorKind::io);
  EXPECT_EQ(error.message(), "no memory to unpack with");
  EXPECT_TRUE(keeps_nothing());
}

}  // namespace
}  // namespace mlrepro::analysis
