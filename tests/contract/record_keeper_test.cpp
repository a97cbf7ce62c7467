// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "sqlite/sqlite_record_keeper.hpp"
#include "sqlite/statement.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using ::testing::IsEmpty;

class RecordKeeper : public ::testing::Test {
 protected:
  testing::TempDir folder_;
  sqlite::Database database_ =
      sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_write);
  sqlite::SqliteRecordKeeper keeper_{database_};
};

TEST_F(RecordKeeper, AnEmptyDatabaseNamesNothing)
{
  const auto content = keeper_.recorded_content();
  EXPECT_THAT(content.needed, IsEmpty());
  EXPECT_THAT(content.former, IsEmpty());
  EXPECT_THAT(content.condemned, IsEmpty());
}

// Whoever adds a column has to say here whether it names an object. If it does, it belongs into
// the query of SqliteRecordKeeper as well, or garbage collection removes what it names.
TEST_F(RecordKeeper, EveryColumnThatNamesAnObjectIsKnown)
{
  const std::map<std::string, std::set<std::string>> text_columns = {
      {"experiments", {"name"}},
      {"environments", {"digest", "document"}},  // of the document beside it: no object
      {"runs",
       {"id",
        "name",
        "status",
        "parent",
        "command",
        "cwd",
        "top",
        "program",
        "user",
        "host",
        "code_commit",
        "code_branch",
        "code_remote_url",
        "code_digest /* object */",
        "code_changes /* objects */",
        "code_submodules",
        "code_omitted",
        "note",
        "metric_files",
        "environment",
        "stdout_digest /* object */",
        "stderr_digest /* object */",
        "index_digest /* object */",
        "problems",
        "missing",
        "scalar_patterns",
        "scalar_templates",
        "trace",
        "sweep"}},
      {"params", {"key", "value", "source"}},
      {"metrics", {"key", "source"}},
      {"metric_points", {}},
      {"metric_lines", {}},
      {"tags", {"key", "value"}},
      {"tag_history", {"key", "value"}},
      {"additions", {"kind", "key", "value"}},
      {"run_data", {"role", "path", "snapshot", "digest /* object */"}},
      {"artifacts", {"path", "digest /* object */"}},
      {"proofs", {"replay", "verdict"}},
      {"dataset_entries",
       {"snapshot", "name", "path", "root_name", "root_digest /* object */", "source_kind",
        "source_uri", "source_query", "run"}},
      {"query_results", {"product", "given_as"}},
      {"query_order", {"expression"}},
      {"query_columns", {"name", "source_type", "type", "role"}},
      {"experiment_tags", {"key", "value"}},
      {"logged_datasets",
       {"name", "fingerprint", "source_type", "source", "schema", "profile"}},  // a client's words
      {"run_datasets", {"snapshot"}},  // of the entry that its run has
      {"run_dataset_tags", {"key", "value"}},
      {"logged_models", {"id", "name", "model_type", "source_run", "status"}},
      {"logged_model_params", {"key", "value"}},
      {"logged_model_tags", {"key", "value"}},
      {"logged_model_metrics", {"key", "run", "dataset_name", "dataset_fingerprint"}},
      {"model_artifacts", {"path", "digest /* object */"}},
      {"run_models", {"role", "model_id"}},
      {"registered_models", {"name", "description"}},
      {"registered_model_tags", {"key", "value"}},
      {"registered_model_aliases", {"alias"}},
      {"model_versions",
       {"source", "place", "run_id", "run_link", "model_id", "description", "user_id", "stage"}},
      {"model_version_tags", {"key", "value"}},
      {"former_content", {"digest /* object, needed no more */", "reason"}},
      {"table_profiles", {"digest", "key", "snapshot", "document"}},  // a cache: keeps no object
      {"environment_numbers", {"digest"}},
      {"environment_items", {"name", "value"}},
      {"environment_contents", {}},
      {"imported_runs", {"state"}},  // of another tracker, as the next two
      {"imported_logged_models", {"state"}},
      {"imported_registered_models", {"state"}},
      {"remotes", {"name", "location"}},
      {"run_documents", {"document", "revision"}},  // of other stores: no object of this one
      {"forgotten_content", {"digest /* object, to be destroyed */", "path"}},
  };
  std::map<std::string, std::set<std::string>> found;
  sqlite::Statement columns(database_,
                            "SELECT t.name, c.name, c.type FROM sqlite_schema t,"
                            " pragma_table_info(t.name) c WHERE t.type = 'table'");
  while (columns.step()) {
    auto& of_table = found[columns.text(0)];
    if (columns.text(2) == "TEXT") {
      of_table.insert(columns.text(1));
    }
  }
  std::map<std::string, std::set<std::string>> known;
  for (const auto& [table, names] : text_columns) {
    for (const std::string& name : names) {
      known[table].insert(name.substr(0, name.find(' ')));
    }
    known[table];
  }
  EXPECT_EQ(found, known);
}

}  // namespace
}  // namespace mlrepro
