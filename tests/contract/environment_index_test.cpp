// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "mlrepro/ports/run_store.hpp"
#include "sqlite/database.hpp"
#include "sqlite/environment_rows.hpp"
#include "sqlite/filter_sql.hpp"
#include "sqlite/json_text.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/statement.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Rows = std::vector<std::string>;

model::Environment environment_of(const std::string& numpy)
{
  model::Environment environment;
  environment.os = "Testix";
  environment.arch = "x86_64";
  environment.threads = 4;
  environment.interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  environment.packages = {
      {"Scikit_Learn", "1.5", ""}, {"scikit-learn", "1.4", ""}, {"numpy", numpy, ""}};
  environment.variables = {{"OMP_NUM_THREADS", "4"}, {"NumPy", "shadowed"}, {"python", "shadowed"}};
  environment.facts = {{"blas", "openblas"}, {"OMP_NUM_THREADS", "shadowed"}};
  return environment;
}

Rows index_of(const Database& database)
{
  Rows rows;
  Statement found(database,
                  "SELECT i.kind || ' ' || i.name || '=' || i.value || ' ' || count(*)"
                  " FROM environment_items i LEFT JOIN environment_contents c ON c.item = i.number"
                  " LEFT JOIN environment_numbers n ON n.number = c.environment"
                  " GROUP BY i.number ORDER BY 1");
  while (found.step()) {
    rows.push_back(found.text(0));
  }
  return rows;
}

Migrations steps_before_the_index()
{
  Migrations before;
  for (const std::string& step : migrations()) {
    if (step.find("environment_numbers") != std::string::npos) {
      break;
    }
    before.push_back(step);
  }
  return before;
}

class EnvironmentIndex : public ::testing::Test {
 protected:
  Rows plan_of(const ports::RunQuery& query) const
  {
    const SqlText sql = select_runs(database_, query);
    Statement plan(database_, "EXPLAIN QUERY PLAN " + sql.text);
    int index = 0;
    for (const Value& value : sql.values) {
      plan.put(++index, value);
    }
    Rows rows;
    while (plan.step()) {
      rows.push_back(plan.text(3));
    }
    return rows;
  }

  testing::TempDir folder_;
  Database database_ = Database::open(folder_ / "mlrepro.db", Mode::read_write);
};

TEST_F(EnvironmentIndex, HasWhatCanBeAskedForOnce)
{
  const auto first = write_environment(database_, environment_of("1.26.4"));
  EXPECT_EQ(write_environment(database_, environment_of("1.26.4")), first);
  EXPECT_THAT(index_of(database_),
              ElementsAre("0 arch=x86_64 1", "0 memory_bytes=0 1", "0 os=Testix 1", "0 threads=4 1",
                          "1 numpy=1.26.4 1", "1 scikit-learn=1.5 1", "2 OMP_NUM_THREADS=4 1",
                          "2 blas=openblas 1", "2 python=3.11.2 1"));
  write_environment(database_, environment_of("2.0"));
  const Rows both = index_of(database_);
  EXPECT_THAT(
      both, ::testing::IsSupersetOf({"1 numpy=1.26.4 1", "1 numpy=2.0 1", "1 scikit-learn=1.5 2"}))
      << "what two have is stored once";
}

TEST_F(EnvironmentIndex, IsMadeForEnvironmentsOfBefore)
{
  const Migrations before = steps_before_the_index();
  ASSERT_LT(before.size(), migrations().size());
  const std::string path = folder_ / "old.db";
  {
    const Database old = Database::open(path, Mode::read_write, before);
    for (const char* version : {"1.26.4", "2.0"}) {
      Statement(old, "INSERT INTO environments (digest, document) VALUES (?, ?)")
          .bind(version, to_json(environment_of(version)))
          .run();
    }
  }
  for (const char* version : {"1.26.4", "2.0"}) {
    write_environment(database_, environment_of(version));
  }
  EXPECT_EQ(index_of(Database::open(path, Mode::read_only)), index_of(database_))
      << "also in a copy of what may not be changed";
  EXPECT_EQ(index_of(Database::open(path, Mode::read_write)), index_of(database_));
}

// A step that looks through all packages for each variable takes minutes for so many.
TEST_F(EnvironmentIndex, IsMadeForManyEnvironmentsOfBefore)
{
  constexpr int k_environments = 400;
  constexpr int k_packages = 200;
  const std::string path = folder_ / "old.db";
  {
    Database old = Database::open(path, Mode::read_write, steps_before_the_index());
    old.execute("BEGIN");
    for (int i = 0; i < k_environments; ++i) {
      model::Environment environment = environment_of(std::to_string(i));
      for (int p = 0; p < k_packages; ++p) {
        environment.packages.push_back(
            {"package-" + std::to_string(p), "1." + std::to_string(i), ""});
      }
      Statement(old, "INSERT INTO environments (digest, document) VALUES (?, ?)")
          .bind(std::to_string(i), to_json(environment))
          .run();
    }
    old.execute("COMMIT");
  }
  const Database migrated = Database::open(path, Mode::read_write);
  // numpy and each package are in all versions, scikit-learn is in one.
  EXPECT_EQ(migrated.query_integer("SELECT count(*) FROM environment_items WHERE kind = 1"),
            k_environments * (k_packages + 1) + 1);
}

TEST_F(EnvironmentIndex, GoesWithTheLastRun)
{
  write_environment(database_, environment_of("1.26.4"));
  model::Run run;
  run.id = model::RunId::from_bytes({1});
  run.environment = environment_of("2.0");
  SqliteRunStore(database_).insert(run);
  delete_unused_environments(database_);
  EXPECT_THAT(index_of(database_), ::testing::Contains("1 numpy=2.0 1"));
  EXPECT_THAT(index_of(database_), Not(::testing::Contains(HasSubstr("1.26.4"))));
  database_.execute("DELETE FROM runs");
  delete_unused_environments(database_);
  EXPECT_THAT(index_of(database_), IsEmpty());
  EXPECT_EQ(database_.query_integer("SELECT count(*) FROM environment_contents"), 0);
}

// No document is read, and the item is looked up once, not for each run.
TEST_F(EnvironmentIndex, FindsAndSortsWithoutADocument)
{
  std::vector<ports::RunQuery> queries(6);
  queries[0].sort_key = "environment.arch";
  queries[1].sort_key = "environment.numpy";
  queries[2].filter = "environment.numpy = '1.26.4'";
  queries[3].filter = "environment.numpy >= '1.26' and not environment.'Scikit_Learn' = '1.5'";
  queries[4].filter = "environment.blas is not null";
  queries[5].filter = "environment.arch in ('x86_64', 'aarch64')";
  for (const ports::RunQuery& query : queries) {
    std::string plan;
    for (const std::string& row : plan_of(query)) {
      plan += row + "\n";
    }
    SCOPED_TRACE(plan);
    EXPECT_THAT(plan, Not(HasSubstr("VIRTUAL TABLE"))) << "JSON is taken apart";
    EXPECT_THAT(plan, HasSubstr("MATERIALIZE item\n"));
    EXPECT_THAT(plan, HasSubstr("SEARCH i USING COVERING INDEX"));
    EXPECT_THAT(plan, HasSubstr("SEARCH c USING PRIMARY KEY (item=?)"));
    EXPECT_THAT(plan, HasSubstr("SEARCH n USING INTEGER PRIMARY KEY (rowid=?)"));
    EXPECT_THAT(plan, HasSubstr("SEARCH item USING AUTOMATIC COVERING INDEX (digest=?)"));
    EXPECT_THAT(plan, Not(HasSubstr("SCAN i"))) << "every item of every environment";
    if (!query.sort_key.empty()) {
      EXPECT_THAT(plan, HasSubstr("SCAN r USING COVERING INDEX runs_by_environment"));
    }
  }
}

TEST_F(EnvironmentIndex, SaysTheSameAsTheRecord)
{
  SqliteRunStore store(database_);
  for (std::uint8_t number = 1; number <= 3; ++number) {
    model::Run run;
    run.id = model::RunId::from_bytes({number});
    run.name = "run-" + std::to_string(number);
    run.started_at = {number};
    if (number < 3) {
      run.environment = environment_of(number == 1 ? "1.9" : "1.26.4");
    }
    store.insert(run);
  }
  const auto names = [&](const std::string& filter, const std::string& sort = "") {
    ports::RunQuery query;
    query.filter = filter;
    query.sort_key = sort;
    Rows found;
    for (const model::Run& run : store.list(query)) {
      found.push_back(run.name);
    }
    return found;
  };
  EXPECT_THAT(names("environment.NumPy = '1.9'"), ElementsAre("run-1"));
  EXPECT_THAT(names("environment.numpy > '1.9'"), ElementsAre("run-2")) << "as versions";
  EXPECT_THAT(names("not environment.numpy = '1.9'"), ElementsAre("run-2")) << "not what lacks it";
  EXPECT_THAT(names("environment.numpy is null"), ElementsAre("run-3"));
  EXPECT_THAT(names("environment.'scikit-learn' = '1.5'"), ElementsAre("run-2", "run-1"));
  EXPECT_THAT(names("environment.python like '3.%'"), ElementsAre("run-2", "run-1"));
  EXPECT_THAT(names("environment.OMP_NUM_THREADS != '4'"), IsEmpty());
  EXPECT_THAT(names("environment.cpu is not null"), IsEmpty()) << "an empty text is none";
  EXPECT_THAT(names("", "environment.numpy"), ElementsAre("run-2", "run-1", "run-3"));
}

}  // namespace
}  // namespace mlrepro::sqlite
