// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::sqlite {

// What environments have, by name: runs are found by it without a look into any document. And which
// runs have not ended: each command looks for those that were lost.
inline constexpr const char* k_environments_schema = R"sql(
CREATE TABLE environment_numbers (
  number INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE REFERENCES environments(digest) ON DELETE CASCADE
);

-- Each once, however many environments have it.
CREATE TABLE environment_items (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,       -- 0 os, kernel, ...; 1 a package; 2 interpreter, variable, fact
  name TEXT NOT NULL,          -- of a package in lower case, with '-' for '_' and '.'
  value TEXT NOT NULL,         -- a version, the variable's or the fact's value
  UNIQUE (name, kind, value)
);

CREATE TABLE environment_contents (
  item INTEGER NOT NULL,
  environment INTEGER NOT NULL,
  PRIMARY KEY (item, environment)
) WITHOUT ROWID;

CREATE INDEX runs_unfinished ON runs(id) WHERE status = 'running' AND client = 0;
CREATE INDEX runs_by_environment ON runs(environment, started_at, deleted_at);

INSERT INTO environment_numbers (digest) SELECT digest FROM environments;

-- As sqlite/environment_rows.cpp does with new ones. Text that is not UTF-8 is left out.
CREATE TEMP TABLE packages AS
  SELECT n.number AS environment,
    replace(replace(lower(json_extract(p.value, '$[0]')), '_', '-'), '.', '-') AS name,
    json_extract(p.value, '$[1]') AS value, min(p.key) AS place
  FROM environment_numbers n JOIN environments e USING (digest),
    json_each(e.document, '$.packages') p
  WHERE json_type(p.value, '$[0]') = 'text' AND json_type(p.value, '$[1]') = 'text'
  GROUP BY 1, 2;
CREATE INDEX temp.packages_by_name ON packages(environment, name);
CREATE TEMP TABLE others AS
  SELECT n.number AS environment, json_extract(e.document, '$.interpreter.name') AS name,
    json_extract(e.document, '$.interpreter.version') AS value, 0 AS place
  FROM environment_numbers n JOIN environments e USING (digest)
  WHERE json_type(e.document, '$.interpreter.name') = 'text'
    AND json_type(e.document, '$.interpreter.version') = 'text'
  UNION ALL
  SELECT n.number, json_extract(i.value, '$[0]'), json_extract(i.value, '$[1]'), 1
  FROM environment_numbers n JOIN environments e USING (digest),
    json_each(e.document, '$.variables') i
  WHERE json_type(i.value, '$[0]') = 'text' AND json_type(i.value, '$[1]') = 'text'
  UNION ALL
  SELECT n.number, json_extract(i.value, '$[0]'), json_extract(i.value, '$[1]'), 2
  FROM environment_numbers n JOIN environments e USING (digest),
    json_each(e.document, '$.facts') i
  WHERE json_type(i.value, '$[0]') = 'text' AND json_type(i.value, '$[1]') = 'text';
CREATE TEMP TABLE contents AS
  SELECT n.number AS environment, 0 AS kind, f.key AS name, CAST(f.atom AS TEXT) AS value
  FROM environment_numbers n JOIN environments e USING (digest), json_each(e.document) f
  WHERE f.key IN ('os', 'kernel', 'arch', 'cpu', 'threads', 'memory_bytes') AND f.atom <> ''
  UNION ALL
  SELECT environment, 1, name, value FROM packages
  UNION ALL
  SELECT environment, 2, name, value
  FROM (SELECT environment, name, value, min(place) FROM others GROUP BY environment, name) o
  WHERE NOT EXISTS (SELECT 1 FROM packages p WHERE p.environment = o.environment
    AND p.name = replace(replace(lower(o.name), '_', '-'), '.', '-'));
INSERT OR IGNORE INTO environment_items (kind, name, value) SELECT kind, name, value FROM contents;
INSERT INTO environment_contents (item, environment)
  SELECT i.number, c.environment FROM contents c JOIN environment_items i USING (name, kind, value);
DROP TABLE contents;
DROP TABLE others;
DROP TABLE packages;
)sql";

}  // namespace mlrepro::sqlite
