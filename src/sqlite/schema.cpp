// SPDX-License-Identifier: Apache-2.0
#include "sqlite/schema.hpp"

#include "sqlite/schema_environments.hpp"
#include "sqlite/schema_imports.hpp"
#include "sqlite/schema_mlflow.hpp"

namespace mlrepro::sqlite {
namespace {

// Released migrations are never edited: a change of the schema is one more entry.
constexpr const char* k_runs = R"sql(
-- Digests are 64 hexadecimal digits. Times are milliseconds since 1970 in UTC. Columns that say
-- "JSON" hold a document; text in it that is not UTF-8 is written {"hex": "..."}.

CREATE TABLE experiments (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- An environment is shared by all the runs that had it.
CREATE TABLE environments (
  digest TEXT PRIMARY KEY,     -- SHA-256 of the document
  document TEXT NOT NULL       -- JSON
) WITHOUT ROWID;

CREATE TABLE runs (
  number INTEGER PRIMARY KEY,  -- grows: the order in which runs were recorded
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  experiment INTEGER NOT NULL REFERENCES experiments(number),
  status TEXT NOT NULL,        -- running, finished, failed, killed, lost
  exit_code INTEGER,
  signal INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  parent TEXT,                 -- the run that this one replays
  command TEXT NOT NULL,       -- JSON, a list
  cwd TEXT NOT NULL,
  top TEXT NOT NULL,
  program TEXT NOT NULL,
  user TEXT NOT NULL,
  host TEXT NOT NULL,
  code_commit TEXT NOT NULL,
  code_branch TEXT NOT NULL,
  code_remote_url TEXT NOT NULL,
  code_in_git INTEGER NOT NULL,
  code_dirty INTEGER NOT NULL,
  code_digest TEXT,
  code_changes TEXT NOT NULL,    -- JSON, as are the next two
  code_submodules TEXT NOT NULL,
  code_omitted TEXT NOT NULL,
  note TEXT NOT NULL,
  metric_files TEXT NOT NULL,    -- JSON, a list
  environment TEXT,              -- a digest; its document may not be here
  user_s REAL NOT NULL,
  system_s REAL NOT NULL,
  max_rss_bytes INTEGER NOT NULL,
  stdout_digest TEXT,
  stderr_digest TEXT,
  index_digest TEXT,
  keep INTEGER NOT NULL,         -- levels: 0 none, 1 code, ... 5 evaluation
  seed INTEGER,
  problems TEXT NOT NULL,        -- JSON, a list
  recorded INTEGER NOT NULL,
  missing TEXT NOT NULL          -- JSON, a list
);
CREATE INDEX runs_by_start ON runs(started_at);
CREATE INDEX runs_by_name ON runs(name);
CREATE INDEX runs_by_experiment ON runs(experiment, started_at);

-- `as_number` is the value where it reads as a number, for comparing and sorting.
CREATE TABLE params (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  as_number REAL,
  source TEXT NOT NULL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE INDEX params_by_key ON params(key, run, as_number);

-- NULL in `last` is NaN. `min` and `max` are NULL when every value is NaN.
CREATE TABLE metrics (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  last REAL,
  last_step INTEGER NOT NULL,
  min REAL,
  max REAL,
  count INTEGER NOT NULL,
  added_later INTEGER NOT NULL,
  UNIQUE (run, key)
);
CREATE INDEX metrics_by_key ON metrics(key, run, last);

-- NULL in `value` is NaN. `ordinal` counts from 0 in the order of logging.
CREATE TABLE metric_points (
  metric INTEGER NOT NULL REFERENCES metrics(number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  step INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (metric, ordinal)
) WITHOUT ROWID;

CREATE TABLE tags (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  as_number REAL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE INDEX tags_by_key ON tags(key, run);

-- Values that a tag had before it was overwritten.
CREATE TABLE tag_history (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  replaced_at INTEGER NOT NULL
);
CREATE INDEX tag_history_by_run ON tag_history(run, key);

-- What was added to a run after it had ended.
CREATE TABLE additions (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL
);
CREATE INDEX additions_by_run ON additions(run);

-- Inputs and outputs, in the order in which they were declared.
CREATE TABLE run_data (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  role TEXT NOT NULL,          -- input, output
  ordinal INTEGER NOT NULL,
  path TEXT NOT NULL,
  snapshot TEXT,               -- NULL: there was nothing at the path
  digest TEXT,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  stored INTEGER NOT NULL,     -- 0: identity only
  changed INTEGER NOT NULL,    -- while the run was running
  PRIMARY KEY (run, role, ordinal)
) WITHOUT ROWID;
CREATE INDEX run_data_by_snapshot ON run_data(snapshot, run);

CREATE TABLE artifacts (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  UNIQUE (run, path)
);

-- Reproductions that succeeded up to a level.
CREATE TABLE proofs (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  replay TEXT NOT NULL,        -- a run's id; that run may be gone
  level INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX proofs_by_run ON proofs(run, level);

-- One row each time a snapshot was taken: a dataset's changelog.
CREATE TABLE dataset_entries (
  number INTEGER PRIMARY KEY,
  snapshot TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  root_name TEXT NOT NULL,
  root_type INTEGER NOT NULL,  -- 0 file, 1 folder, 2 symlink
  root_executable INTEGER NOT NULL,
  root_size INTEGER NOT NULL,
  root_files INTEGER NOT NULL,
  root_digest TEXT NOT NULL,
  stored_bytes INTEGER NOT NULL,
  new_bytes INTEGER NOT NULL,
  stored INTEGER NOT NULL,     -- 0: identity only
  source_kind TEXT NOT NULL,
  source_uri TEXT,
  source_query TEXT
);
CREATE INDEX dataset_entries_by_time ON dataset_entries(created_at);
CREATE INDEX dataset_entries_by_snapshot ON dataset_entries(snapshot);
CREATE INDEX dataset_entries_by_digest ON dataset_entries(root_digest);
CREATE INDEX dataset_entries_by_name ON dataset_entries(name);
CREATE INDEX dataset_entries_by_path ON dataset_entries(path);

-- A cache: both tables may be emptied at any time.
CREATE TABLE stat_roots (
  number INTEGER PRIMARY KEY,
  root TEXT NOT NULL UNIQUE
);
CREATE TABLE stat_cache (
  root INTEGER NOT NULL REFERENCES stat_roots(number) ON DELETE CASCADE,
  path TEXT NOT NULL,
  type INTEGER NOT NULL,       -- 0 file, 1 folder, 2 symlink, 3 other
  executable INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  digest TEXT NOT NULL,
  stored INTEGER NOT NULL,
  PRIMARY KEY (root, path)
) WITHOUT ROWID;
)sql";

// The stat cache is a file of its own (docs/format.md, "Stat cache").
constexpr const char* k_no_stat_cache = R"sql(
DROP TABLE stat_cache;
DROP TABLE stat_roots;
)sql";

// What was forgotten, and why content is there that no record names any more.
constexpr const char* k_forgetting = R"sql(
-- The run whose input or output the entry is; NULL: taken by itself.
ALTER TABLE dataset_entries ADD COLUMN run TEXT;
CREATE INDEX dataset_entries_by_run ON dataset_entries(run);

-- Content that forgotten records named, until it is collected.
CREATE TABLE former_content (
  number INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  reason TEXT NOT NULL
);

-- Content that was destroyed: of files and links, and the folders that they were in.
CREATE TABLE forgotten_content (
  digest TEXT PRIMARY KEY,
  folder INTEGER NOT NULL,     -- 1: only parts of it are gone
  path TEXT NOT NULL,          -- one of those it had
  at INTEGER NOT NULL,
  destroyed INTEGER NOT NULL   -- 0: to be done yet
) WITHOUT ROWID;
)sql";

// Metrics that were found in the output, and what was looked for.
constexpr const char* k_printed_metrics = R"sql(
ALTER TABLE runs ADD COLUMN scalar_patterns TEXT NOT NULL DEFAULT '[]';   -- JSON, a list
ALTER TABLE runs ADD COLUMN scalar_templates TEXT NOT NULL DEFAULT '[]';  -- JSON, a list

-- NULL: logged; 'text:stdout', 'text:stderr': found there.
ALTER TABLE metrics ADD COLUMN source TEXT;

-- Which line of the output a point was found on, from 1. Logged points have no row.
CREATE TABLE metric_lines (
  metric INTEGER NOT NULL REFERENCES metrics(number) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  line INTEGER NOT NULL,
  PRIMARY KEY (metric, ordinal)
) WITHOUT ROWID;
)sql";

// What tracing a run found.
constexpr const char* k_traces = R"sql(
ALTER TABLE runs ADD COLUMN trace TEXT;  -- JSON; NULL: not asked for

-- 0: only the trace found it.
ALTER TABLE run_data ADD COLUMN declared INTEGER NOT NULL DEFAULT 1;
-- Whether the trace saw it used; NULL: nobody looked.
ALTER TABLE run_data ADD COLUMN traced INTEGER;
-- 1: of the folder only the files that were used.
ALTER TABLE run_data ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
)sql";

// Sweeps, and whether a run was asked to end.
constexpr const char* k_sweeps = R"sql(
ALTER TABLE runs ADD COLUMN stopped_by INTEGER;  -- a signal
ALTER TABLE runs ADD COLUMN sweep TEXT;          -- JSON; NULL: the run is no sweep
ALTER TABLE runs ADD COLUMN sweep_item INTEGER;  -- its number in the sweep that is its parent
CREATE INDEX runs_by_parent ON runs(parent) WHERE parent IS NOT NULL;
)sql";

// Where to push to and pull from, and which documents of other stores the records have in them.
constexpr const char* k_sharing = R"sql(
CREATE TABLE remotes (
  name TEXT PRIMARY KEY,
  location TEXT NOT NULL       -- an absolute path of this machine
) WITHOUT ROWID;

CREATE TABLE run_documents (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  document TEXT NOT NULL,      -- SHA-256 of it
  revision TEXT,               -- of the record that it says; NULL: it was joined with others
  PRIMARY KEY (run, document)
) WITHOUT ROWID;
)sql";

// What is known of the answers of queries that were versioned.
constexpr const char* k_query_results = R"sql(
CREATE TABLE query_results (
  entry INTEGER PRIMARY KEY REFERENCES dataset_entries(number) ON DELETE CASCADE,
  product TEXT NOT NULL,       -- what the source says it is
  given_as TEXT NOT NULL,      -- 'env:NAME': its address came from a variable; else empty
  row_count INTEGER NOT NULL
);

-- By what the rows are sorted; none: as the source returned them.
CREATE TABLE query_order (
  entry INTEGER NOT NULL REFERENCES query_results(entry) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  expression TEXT NOT NULL,
  PRIMARY KEY (entry, ordinal)
) WITHOUT ROWID;

CREATE TABLE query_columns (
  entry INTEGER NOT NULL REFERENCES query_results(entry) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  source_type TEXT NOT NULL,   -- in the source's words; may be empty
  type TEXT NOT NULL,          -- as it is stored
  role TEXT,                   -- feature, target, split, inspection; NULL: nobody said
  PRIMARY KEY (entry, ordinal)
) WITHOUT ROWID;
)sql";

// What tables look like, a cache. It quotes their values, and goes with their content.
constexpr const char* k_table_profiles = R"sql(
CREATE TABLE table_profiles (
  digest TEXT NOT NULL,        -- of the file, or of the folder's tree node
  key TEXT NOT NULL,           -- how it was read
  snapshot TEXT NOT NULL,      -- one that has it; forgetting that forgets this
  document TEXT NOT NULL,      -- JSON, mlrepro.profile/1
  PRIMARY KEY (digest, key)
) WITHOUT ROWID;
)sql";

// Where the artifacts of a version are that was made of another version: that may be deleted.
constexpr const char* k_version_places =
    "ALTER TABLE model_versions ADD COLUMN place TEXT NOT NULL DEFAULT '';";

// Of the last point; NULL: it is to be looked up.
constexpr const char* k_times_of_last_points =
    "ALTER TABLE metrics ADD COLUMN last_time_ms INTEGER;";

}  // namespace

const Migrations& migrations()
{
  static const Migrations steps = {k_runs,           k_no_stat_cache,
                                   k_forgetting,     k_printed_metrics,
                                   k_traces,         k_sweeps,
                                   k_sharing,        k_mlflow_schema,
                                   k_query_results,  k_table_profiles,
                                   k_imports_schema, k_environments_schema,
                                   k_version_places, k_times_of_last_points};
  return steps;
}

}  // namespace mlrepro::sqlite
