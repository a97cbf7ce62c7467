// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::sqlite {

// What clients of MLflow's protocol log besides runs: their experiments, datasets and models.
inline constexpr const char* k_mlflow_schema = R"sql(
-- NULL in `created_at`: made by its first run, and gone with its last one.
ALTER TABLE experiments ADD COLUMN created_at INTEGER;
ALTER TABLE experiments ADD COLUMN updated_at INTEGER;
ALTER TABLE experiments ADD COLUMN deleted_at INTEGER;

CREATE TABLE experiment_tags (
  experiment INTEGER NOT NULL REFERENCES experiments(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (experiment, key)
) WITHOUT ROWID;

-- 1: a client made it and ends it; no process of ours keeps it.
ALTER TABLE runs ADD COLUMN client INTEGER NOT NULL DEFAULT 0;
-- When a client deleted it; it stays on record until it is forgotten.
ALTER TABLE runs ADD COLUMN deleted_at INTEGER;

CREATE INDEX metrics_by_value ON metrics(key, last, run);

-- Datasets as clients describe them, once an experiment, name and fingerprint.
CREATE TABLE logged_datasets (
  number INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments(number) ON DELETE CASCADE,
  name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,   -- the client's own digest
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,                 -- NULL: not given
  profile TEXT,
  UNIQUE (experiment, name, fingerprint)
);
CREATE TABLE run_datasets (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  dataset INTEGER NOT NULL REFERENCES logged_datasets(number) ON DELETE CASCADE,
  snapshot TEXT,               -- of what its source held then; NULL: none was taken
  UNIQUE (run, dataset)
);
CREATE TABLE run_dataset_tags (
  link INTEGER NOT NULL REFERENCES run_datasets(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (link, key)
) WITHOUT ROWID;

CREATE TABLE logged_models (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,     -- "m-" and 32 hexadecimal digits
  experiment INTEGER NOT NULL REFERENCES experiments(number) ON DELETE CASCADE,
  name TEXT NOT NULL,
  model_type TEXT NOT NULL,
  source_run TEXT,             -- a run's id; that run may be gone
  status TEXT NOT NULL,        -- PENDING, READY, FAILED
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
);
CREATE INDEX logged_models_by_experiment ON logged_models(experiment, created_at);
CREATE TABLE logged_model_params (
  model INTEGER NOT NULL REFERENCES logged_models(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model, key)
) WITHOUT ROWID;
CREATE TABLE logged_model_tags (
  model INTEGER NOT NULL REFERENCES logged_models(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model, key)
) WITHOUT ROWID;
-- The last value of a metric that was logged for a model, by run and dataset. NULL is NaN.
CREATE TABLE logged_model_metrics (
  model INTEGER NOT NULL REFERENCES logged_models(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  run TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_fingerprint TEXT NOT NULL,
  step INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (model, key, run, dataset_name, dataset_fingerprint)
) WITHOUT ROWID;
CREATE TABLE model_artifacts (
  number INTEGER PRIMARY KEY,
  model INTEGER NOT NULL REFERENCES logged_models(number) ON DELETE CASCADE,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  UNIQUE (model, path)
);
-- Models that a run read or made.
CREATE TABLE run_models (
  run INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  role TEXT NOT NULL,          -- input, output
  model_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  PRIMARY KEY (run, role, model_id)
) WITHOUT ROWID;

CREATE TABLE registered_models (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE TABLE registered_model_tags (
  model INTEGER NOT NULL REFERENCES registered_models(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model, key)
) WITHOUT ROWID;
CREATE TABLE registered_model_aliases (
  model INTEGER NOT NULL REFERENCES registered_models(number) ON DELETE CASCADE,
  alias TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (model, alias)
) WITHOUT ROWID;
CREATE TABLE model_versions (
  number INTEGER PRIMARY KEY,
  model INTEGER NOT NULL REFERENCES registered_models(number) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  source TEXT NOT NULL,
  run_id TEXT NOT NULL,
  run_link TEXT NOT NULL,
  model_id TEXT NOT NULL,
  description TEXT NOT NULL,
  user_id TEXT NOT NULL,
  stage TEXT NOT NULL,         -- None, Staging, Production, Archived
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (model, version)
);
CREATE TABLE model_version_tags (
  version INTEGER NOT NULL REFERENCES model_versions(number) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (version, key)
) WITHOUT ROWID;
)sql";

}  // namespace mlrepro::sqlite
