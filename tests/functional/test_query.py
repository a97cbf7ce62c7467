# SPDX-License-Identifier: Apache-2.0
"""SQL over the tables of snapshots and over the record, and SQL that wants more than that."""

import contextlib
import csv
import gzip
import io
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import pytest
import zstandard

from conftest import BINARY, new_project
from faults import EVERYWHERE, wait_until
from screen import on_a_terminal

SALES = "product_id,day,price,sold,note\n1,2021-06-01,1.5,10,\n2,2021-06-01,2.25,20,new\n1,2021-06-02,1.5,0,\n"


@pytest.fixture
def shop(project):
    """Two versions of a dataset and a folder of tables, all as snapshots."""
    project.write(".gitignore", "data/\n.mlrepro/\n")
    project.write("data/sales.csv", SALES)
    project.mlr("snapshot", "data/sales.csv", "-n", "sales-2021")
    project.write("data/sales.csv", SALES.replace("2.25", "2.75").replace("2021", "2022"))
    project.mlr("snapshot", "data/sales.csv", "-n", "sales-2022")
    table = pa.table({"k": pa.array([1, 2, None], pa.int32()), "price": [1.5, None, 2.5], "tags": [["a"], [], None]})
    (project.folder / "data/all").mkdir()
    pq.write_table(table, project.folder / "data/all/prices.parquet")
    project.write("data/all/deep/events.jsonl", '{"a": 1, "b": "x"}\n{"a": 2.5}\n')
    project.write("data/all/readme.txt", "no table\n")
    project.mlr("snapshot", "data/all", "-n", "all")
    return project


def ask(project, sql, *words, **more):
    return project.mlr("query", sql, "--json", *words, **more).json


def rows(project, sql, **more):
    return ask(project, sql, **more)["rows"]


def refused(project, sql, code=2):
    result = project.mlr("query", sql, "--json", expect=code)
    assert result.out == "" and len(result.err.splitlines()) == 1
    error = result.error
    assert "\n" not in error["message"]
    return error["message"] + " | " + (error["hint"] or "")


def test_types_and_values(shop):
    answer = ask(shop, "SELECT * FROM snap('sales-2021')")
    assert answer["schema"] == "mlrepro.table/1" and answer["truncated"] is False
    assert answer["columns"] == [
        {"name": "product_id", "type": "BIGINT"},
        {"name": "day", "type": "DATE"},
        {"name": "price", "type": "DOUBLE"},
        {"name": "sold", "type": "BIGINT"},
        {"name": "note", "type": "VARCHAR"},
    ]
    assert answer["rows"] == [
        [1, "2021-06-01", 1.5, 10, None],
        [2, "2021-06-01", 2.25, 20, "new"],
        [1, "2021-06-02", 1.5, 0, None],
    ]


def test_two_snapshots_side_by_side(shop):
    sql = ("SELECT a.product_id, a.price, b.price FROM snap('sales-2021') a JOIN snap('sales-2022') b "
           "USING (product_id) WHERE a.price <> b.price AND a.sold = b.sold")
    assert rows(shop, sql) == [[2, 2.25, 2.75]]


def test_one_table_of_several(shop):
    assert rows(shop, "SELECT k, price, tags FROM snap('all:prices.parquet') ORDER BY k") == [
        [1, 1.5, "[a]"], [2, None, "[]"], [None, 2.5, None]]
    assert rows(shop, "SELECT a, b FROM snap('all:deep/events.jsonl')") == [[1.0, "x"], [2.5, None]]
    message = refused(shop, "FROM snap('all')")
    assert "prices.parquet" in message and "deep/events.jsonl" in message
    assert "prices.parquet" in refused(shop, "FROM snap('all:price.parquet')", 3)


def test_inputs_and_outputs_of_runs(shop):
    shop.write("make.sh", "sed s/1.5/9.5/ data/sales.csv > data/out.csv\n")
    shop.mlr("run", "-n", "maker", "-i", "data/sales.csv", "-i", "data/all", "-o", "data/out.csv", "--", "sh", "make.sh")
    assert rows(shop, "SELECT sum(price) FROM snap('maker:data/sales.csv')") == [[1.5 + 2.75 + 1.5]]
    assert rows(shop, "SELECT max(price) FROM snap('@1:data/out.csv')") == [[9.5]]
    assert rows(shop, "SELECT count(*) FROM snap('maker:data/all/prices.parquet')") == [[3]]
    assert "names a run" in refused(shop, "FROM snap('maker')")


def test_packed_and_partitioned(project):
    def put(name, data):
        path = project.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    text = b"a;b\n1;x\n2;y\n"
    put("d/one.csv.gz", gzip.compress(text))
    put("d/two.csv.zst", zstandard.compress(text))
    put("d/three.tsv", b"a\tb\n1\tx, y\n")
    put("d/four.jsonl.gz", gzip.compress(b'{"a": 1}\n'))
    put("d/five.NDJSON", b'{"a": {"b": [1, 2]}}\n')
    for region in ("north", "south"):
        put(f"d/parts/region={region}/year=2021/p.csv", f"x\n{len(region)}\n".encode())
    put("d/parts/_SUCCESS", b"")
    pq.write_table(pa.table({"v": [1]}), project.folder / "d/p0.parquet")
    (project.folder / "d/spark.parquet").mkdir()
    for i in range(2):
        pq.write_table(pa.table({"v": [i]}), project.folder / f"d/spark.parquet/part-{i}.parquet")
    project.mlr("snapshot", "d", "-n", "d")
    for name in ("one.csv.gz", "two.csv.zst"):
        assert rows(project, f"FROM snap('d:{name}')") == [[1, "x"], [2, "y"]]
    assert rows(project, "FROM snap('d:three.tsv')") == [[1, "x, y"]]
    assert rows(project, "FROM snap('d:four.jsonl.gz')") == [[1]]
    assert ask(project, "FROM snap('d:five.NDJSON')")["columns"] == [{"name": "a", "type": "STRUCT(b BIGINT[])"}]
    assert rows(project, "SELECT region, year, x FROM snap('d:parts') ORDER BY region") == [
        ["north", 2021, 5], ["south", 2021, 5]]
    assert rows(project, "SELECT v FROM snap('d:spark.parquet') ORDER BY v") == [[0], [1]]
    # By the content, whatever it is called.
    put("lone.csv", gzip.compress(text))
    project.mlr("snapshot", "lone.csv", "-n", "lone")
    assert rows(project, "SELECT count(*) FROM snap('lone')") == [[2]]


def test_parts_may_have_other_columns(project):
    """What only later parts have is not lost, and a column has a type that holds the values of all."""
    folder = project.folder / "d/p.parquet"
    folder.mkdir(parents=True)
    for i, part in enumerate(({"v": [1, 2]}, {"w": ["x"], "v": [1.5]})):
        pq.write_table(pa.table(part), folder / f"part-{i}.parquet")
    for i in range(40):
        project.write(f"d/j.jsonl/{i:02}.jsonl", '{"v": %s}\n' % ('1.5, "w": "x"' if i == 39 else i))
    project.mlr("snapshot", "d", "-n", "d")
    assert rows(project, "SELECT v, w FROM snap('d:p.parquet') ORDER BY v") == [[1, None], [1.5, "x"], [2, None]]
    assert rows(project, "SELECT sum(v), max(w) FROM snap('d:j.jsonl')") == [[sum(range(39)) + 1.5, "x"]]


def test_moments_keep_their_zone(project):
    """Whatever zone the machine is in."""
    moments = ["2021-02-03T10:00:00+02:00", "2021-02-03 10:00:00-0530", "2021-02-03T10:00:00.25Z", "2021-02-03 10:00"]
    shown = ["2021-02-03 08:00:00+00", "2021-02-03 15:30:00+00", "2021-02-03 10:00:00.25+00", "2021-02-03 10:00:00+00"]
    project.write("d/t.csv", "t,late\n" + "".join(f"{moment},2021-01-01 00:00:00\n" for moment in moments)
                  + "".join(",2021-01-01 00:00:00\n" for _ in range(3000)) + ",2021-01-01T00:00:00+01:00\n")
    project.write("d/t.jsonl", "".join('{"t": "%s", "n": {"t": "%s"}, "d": "01-02-2021"}\n' % (moment, moment)
                                       for moment in moments))
    project.mlr("snapshot", "d", "-n", "d")
    for name in ("t.csv", "t.jsonl"):
        answer = project.mlr("query", f"SELECT t FROM snap('d:{name}') WHERE t IS NOT NULL", "--json",
                             env={"TZ": "America/New_York"}).json
        assert answer["columns"] == [{"name": "t", "type": "TIMESTAMP WITH TIME ZONE"}]
        assert [row[0] for row in answer["rows"]] == shown
    assert rows(project, "SELECT max(late), min(late) FROM snap('d:t.csv')") == [
        ["2021-01-01 00:00:00+00", "2020-12-31 23:00:00+00"]]
    # Within objects, and in other forms, it is text.
    assert rows(project, "SELECT n.t, d FROM snap('d:t.jsonl')") == [[moment, "01-02-2021"] for moment in moments]


def test_folders_above_the_store_are_no_partitions(project):
    deep = project.folder / "owner=me/team=x"
    deep.mkdir(parents=True)
    project.write("owner=me/team=x/parts/region=north/p.csv", "x\n1\n")
    project.mlr("--store", ".mlrepro", "snapshot", "parts", "-n", "parts", cwd=deep)
    answer = project.mlr("--store", ".mlrepro", "query", "FROM snap('parts')", "--json", cwd=deep).json
    assert [c["name"] for c in answer["columns"]] == ["x", "region"] and answer["rows"] == [[1, "north"]]


def test_the_record_as_tables(project):
    for i in range(3):
        project.mlr("run", "-n", f"r{i}", "-p", f"lr=0.{i}", "-t", f"team=t{i}", "--", "sh", "-c",
                    f"for s in 1 2 3; do echo '{{\"metric\":\"loss\",\"value\":{i}.5,\"step\":'$s'}}' >> $MLREPRO_METRICS; done; exit {i}",
                    expect=i)
    assert rows(project, "SELECT name, status, exit_code FROM runs ORDER BY started_at") == [
        ["r0", "finished", 0], ["r1", "failed", 1], ["r2", "failed", 2]]
    assert rows(project, "SELECT r.name, m.last, m.step, m.count, p.value, t.value FROM runs r "
                         "JOIN metrics m ON m.run_id = r.id JOIN params p ON p.run_id = r.id "
                         "JOIN tags t ON t.run_id = r.id "
                         "WHERE m.metric = 'loss' AND p.param = 'lr' AND t.tag = 'team' ORDER BY m.last DESC LIMIT 2") == [
        ["r2", 2.5, 3, 3, "0.2", "t2"], ["r1", 1.5, 3, 3, "0.1", "t1"]]
    assert rows(project, "SELECT run, step, value FROM points WHERE metric = 'loss' ORDER BY value, step")[:4] == [
        ["r0", 1, 0.5], ["r0", 2, 0.5], ["r0", 3, 0.5], ["r1", 1, 1.5]]
    assert [row[0] for row in rows(project, "SELECT column_name FROM (DESCRIBE runs)")][:4] == [
        "id", "name", "experiment", "status"]
    assert rows(project, "WITH runs AS (SELECT 7 AS x) SELECT x FROM runs") == [[7]]
    assert rows(project, "SELECT typeof(started_at), started_at <= ended_at FROM runs LIMIT 1") == [["TIMESTAMP", True]]


def test_forms_of_the_answer(shop):
    sql = "SELECT product_id, note, price AS x, '' AS e FROM snap('sales-2021') ORDER BY sold"
    plain = shop.mlr("query", sql).out.splitlines()
    assert plain[0].split() == ["product_id", "note", "x", "e"]
    assert plain[1].split() == ["BIGINT", "VARCHAR", "DOUBLE", "VARCHAR"]
    assert [line.split() for line in plain[2:]] == [["1", "null", "1.5"], ["1", "null", "1.5"], ["2", "new", "2.25"]]
    table = list(csv.reader(io.StringIO(shop.mlr("query", sql, "--csv").out)))
    assert table[0] == ["product_id", "note", "x", "e"] and len(table) == 4
    assert ',""\n' in shop.mlr("query", sql, "--csv").out
    answer = ask(shop, "SELECT 'NaN'::DOUBLE, 'Infinity'::DOUBLE, 0.1, 1e300, 12345678901234567890, true")
    assert answer["rows"] == [["NaN", "Infinity", "0.1", 1e300, "12345678901234567890", True]]
    assert shop.mlr("query", "-", "--csv", stdin=b"SELECT 1 AS one;\n").out == "one\n1\n"
    # An empty answer is a whole one.
    assert ask(shop, "SELECT 1 AS a WHERE false") == {
        "schema": "mlrepro.table/1", "columns": [{"name": "a", "type": "INTEGER"}], "rows": [], "truncated": False}


def test_long_texts_and_narrow_terminals(project):
    project.mlr("init")
    sql = "SELECT i, repeat('x', 1000000) AS long, 'a' || chr(10) || repeat('é', 300) AS lines FROM range(3) t(i)"
    plain = project.mlr("query", sql)
    assert [len(line) for line in plain.out.splitlines()] == [len("     i  ") + 200 + 2 + 5, len("BIGINT  ") + 200 + 2 + 7] + [6 + 2 + 200 + 2 + 200] * 3
    assert plain.out.count("x…  a\\x0aé") == 3 and "texts are cut off" in plain.err
    assert [len(cell) for cell in rows(project, sql)[0][1:]] == [1_000_000, 302], "whole for programs"
    seen = on_a_terminal(project, "query", sql, "--color", "never", columns=60, expect=0)
    table = [line for line in seen.splitlines() if "cut off" not in line]
    assert len(table) == 5 and max(map(len, table)) == 60, seen
    assert "texts are cut off" not in project.mlr("query", "SELECT repeat('x', 200) AS a").err
    wide = ", ".join(f"{number} AS column_{number}" for number in range(40))
    seen = on_a_terminal(project, "query", f"SELECT {wide}", "--color", "never", columns=60, expect=0)
    assert "column_39" in seen and "cut off" not in seen, "there is no width that would do"


def test_instants_do_not_depend_on_where_they_are_read(project):
    moment = pa.array([1622590200_000000], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table({"moment": moment}), project.folder / "t.parquet")
    project.mlr("snapshot", "t.parquet", "-n", "t")
    for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
        sql = "SELECT moment, moment::DATE AS day, date_part('hour', moment) AS hour FROM snap('t')"
        assert rows(project, sql, env={"TZ": zone}) == [["2021-06-01 23:30:00+00", "2021-06-01", 23]]


def test_limit(project):
    project.mlr("init")
    sql = "SELECT i FROM range(1000) t(i)"
    assert len(project.mlr("query", sql).out.splitlines()) == 102
    assert "--limit 0" in project.mlr("query", sql).err
    assert len(project.mlr("query", sql, "--limit", "0").out.splitlines()) == 1002
    assert len(project.mlr("query", sql, "--csv").out.splitlines()) == 1001
    cut = ask(project, sql, "--limit", "3")
    assert cut["rows"] == [[0], [1], [2]] and cut["truncated"] is True
    assert ask(project, sql, "--limit", "1000")["truncated"] is False
    project.mlr("query", sql, "--limit", "x", expect=2)


def test_parquet_out(shop):
    target = shop.folder / "out.parquet"
    result = shop.mlr("query", "FROM snap('sales-2021')", "--parquet", "out.parquet")
    assert result.out == "" and "3 rows" in result.err
    table = pq.read_table(target)
    assert table.schema.names == ["product_id", "day", "price", "sold", "note"]
    assert table.column("price").to_pylist() == [1.5, 2.25, 1.5]
    assert str(table.schema.field("day").type) == "date32[day]"
    before = target.read_bytes()
    assert "there already" in shop.mlr("query", "SELECT 1", "--parquet", "out.parquet", expect=4).err
    assert target.read_bytes() == before
    shop.mlr("query", "SELECT 1", "--parquet", "no/such/out.parquet", expect=3)
    shop.mlr("query", "SELECT 1", "--parquet", "x.parquet", "--csv", expect=2)
    shop.mlr("query", "SELECT nothing", "--parquet", "y.parquet", expect=2)
    assert not (shop.folder / "y.parquet").exists()
    # On another file system than the store's.
    other = pathlib.Path("/dev/shm") / f"mlrepro-query-{os.getpid()}.parquet"
    try:
        shop.mlr("query", "SELECT 7 AS x", "--parquet", str(other))
        assert pq.read_table(other).to_pylist() == [{"x": 7}]
    finally:
        other.unlink(missing_ok=True)
    assert [p for p in shop.folder.iterdir() if p.name.startswith(".mlrepro-new")] == []


def test_unknown_references(shop):
    message = refused(shop, "FROM snap('sales-2020')", 3)
    assert "sales-2020" in message and "sales-202" in message.split("|")[1]
    shop.write("data/new.csv", "a\n1\n")
    assert "snapshot data/new.csv" in refused(shop, "FROM snap('data/new.csv')", 3)
    assert "one text" in refused(shop, "FROM snap(sales)")
    assert "nothere" in refused(shop, "FROM nothere")
    assert "syntax error" in refused(shop, "SELECT FROM WHERE")
    assert "not closed" in refused(shop, "SELECT 'x")
    assert "no_such_column" in refused(shop, "SELECT no_such_column FROM snap('sales-2021')")


HOSTILE = [
    "SELECT * FROM read_text('{0}')",
    "SELECT * FROM read_blob('{0}')",
    "SELECT * FROM read_csv('{0}', header=false, columns={{'a': 'VARCHAR'}})",
    "SELECT * FROM read_csv_auto('{0}')",
    "SELECT * FROM sniff_csv('{0}')",
    "SELECT * FROM read_json('{0}')",
    "SELECT * FROM read_json_objects('{0}')",
    "SELECT * FROM read_ndjson('{0}')",
    "SELECT * FROM read_parquet('{0}')",
    "SELECT * FROM parquet_metadata('{0}')",
    "SELECT * FROM parquet_schema('{0}')",
    "SELECT * FROM parquet_scan('{0}')",
    "SELECT * FROM read_duckdb('{0}')",
    "SELECT * FROM '{0}'",
    "SELECT * FROM \"{0}\"",
    "FROM query('SELECT * FROM read_text(''{0}'')')",
    "FROM query_table('{0}')",
    "SELECT (SELECT content FROM read_text('{0}'))",
    "WITH t AS (FROM read_text('{0}')) FROM t",
    "SELECT * FROM read_text(['{0}'])",
    "SELECT * FROM read_text('file://{0}')",
    "SELECT * FROM read_text('/proc/self/root{0}')",
    "SELECT * FROM read_text('{1}/../../../../../../../../../../..{0}')",
    "SELECT * FROM glob('{2}/*')",
    "SELECT * FROM read_text('{2}/**')",
    "SELECT * FROM sqlite_scan('{0}', 'x')",
    "SELECT * FROM read_xlsx('{0}')",
    "SELECT * FROM st_read('{0}')",
    "SELECT getenv('HOME')",
    "SELECT * FROM read_csv('https://example.org/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM 'http://127.0.0.1:1/x.parquet'",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{0}'')'))",
    "COPY (SELECT 1) TO '{1}/x.csv'",
    "COPY runs FROM '{0}'",
    "(COPY (SELECT 1) TO '{1}/x.csv')",
    "SELECT 1) TO '{1}/x.csv' (FORMAT csv); --",
    "ATTACH '{0}'",
    "ATTACH '{1}/x.db'",
    "DETACH memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{1}/x.duckdb_extension'",
    "FORCE INSTALL httpfs",
    "UPDATE EXTENSIONS",
    "EXPORT DATABASE '{1}'",
    "IMPORT DATABASE '{1}'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET enable_external_access",
    "SET VARIABLE x = getvariable('y')",
    "PRAGMA database_list",
    "PRAGMA import_database('{1}')",
    "CALL pragma_database_list()",
    "CALL enable_logging(storage='file', storage_config={{'path': '{1}'}})",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE TABLE runs AS SELECT 1",
    "CREATE SECRET (TYPE s3)",
    "CREATE MACRO f() AS 1",
    "CREATE FUNCTION f() AS TABLE FROM read_text('{0}')",
    "DROP TABLE runs",
    "INSERT INTO runs SELECT * FROM runs",
    "DELETE FROM runs",
    "UPDATE runs SET name = 'x'",
    "MERGE INTO runs USING runs r ON false WHEN NOT MATCHED THEN INSERT VALUES (1)",
    "TRUNCATE runs",
    "ALTER TABLE runs ADD COLUMN x INT",
    "WITH t AS (SELECT 1) INSERT INTO runs SELECT * FROM runs",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{1}/x.csv'",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "BEGIN",
    "CHECKPOINT",
    "VACUUM",
    "USE memory",
    "COMMENT ON TABLE runs IS 'x'",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '{1}/x.csv'",
    ".shell id",
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    project = new_project(tmp_path_factory.mktemp("guarded"))
    project.mlr("init")
    project.write("secret/key.txt", "a,b\nTOP,SECRET\n")
    (project.folder / "work").mkdir()
    return project


@pytest.mark.parametrize("sql", HOSTILE)
def test_reaches_nothing_outside(guarded, sql):
    project, secret, work = guarded, guarded.folder / "secret/key.txt", guarded.folder / "work"
    sql = sql.format(secret, work, secret.parent)
    message = refused(project, sql + " -- runs")
    assert "SECRET" not in message
    assert list(work.iterdir()) == []
    assert secret.read_text() == "a,b\nTOP,SECRET\n"
    assert leftovers(project) == []


def test_says_little_about_itself(project):
    """What may be asked is harmless: settings are shown, and can't be changed."""
    project.mlr("init")
    assert rows(project, "SELECT current_setting('enable_external_access')") == [[False]]
    assert rows(project, "SELECT current_setting('lock_configuration')") == [[True]]
    assert rows(project, "SELECT count(*) FROM duckdb_secrets()") == [[0]]
    assert rows(project, "SELECT current_setting('autoinstall_known_extensions')") == [[False]]


def leftovers(project):
    tmp = project.folder / ".mlrepro/tmp"
    return sorted(p.name for p in tmp.iterdir()) if tmp.exists() else []


def test_leaves_nothing_behind(shop):
    rows(shop, "FROM snap('sales-2021')")
    refused(shop, "SELECT nothing FROM snap('sales-2021')")
    assert leftovers(shop) == []
    process = shop.popen("query", "SELECT count(*) FROM snap('sales-2021'), range(1000000) a, range(1000000) b",
                         stdout=subprocess.DEVNULL)
    wait_until(lambda: any("tables" in name for name in leftovers(shop)))
    folder = next(p for p in (shop.folder / ".mlrepro/tmp").iterdir() if "tables" in p.name)
    assert folder.stat().st_mode & 0o777 == 0o700
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert leftovers(shop) != []
    shop.mlr("list")
    assert leftovers(shop) == []


def test_without_the_engine(shop, tmp_path):
    lone = tmp_path / "bin"
    lone.mkdir()
    shutil.copy(BINARY, lone / "mlrepro")
    def run(*words, **more):
        return subprocess.run([lone / "mlrepro", *words], cwd=shop.folder, env={**shop.environment, **more},
                              capture_output=True, text=True)
    missing = run("query", "FROM snap('sales-2021')")
    assert missing.returncode == 8 and "install-deps" in missing.stderr and len(missing.stderr.splitlines()) == 2
    assert run("list", "snapshots").returncode == 0
    assert run("diff", "sales-2021", "sales-2022").returncode == 0
    wrong = run("query", "SELECT 1", MLREPRO_DUCKDB="/no/such.so")
    assert wrong.returncode == 8 and "/no/such.so" in wrong.stderr
    broken = run("query", "SELECT 1", MLREPRO_DUCKDB=str(shop.write("x.so", "no library")))
    assert broken.returncode == 8 and "x.so" in broken.stderr
    library = pathlib.Path(BINARY).resolve().parent / "libduckdb.so"
    if library.exists():
        assert run("query", "SELECT 1 AS a", "--csv", MLREPRO_DUCKDB=str(library)).stdout == "a\n1\n"


def snap_of(project, name, data):
    path = project.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    project.mlr("snapshot", name, "-n", name)


BAD = {
    "ragged.csv": ("a,b\n1,2\n3\n", "line 3: 1 cell where the header has 2"),
    "wide.csv": ("a,b\n1,2\n3,4,5\n", "line 3: 3 cells where the header has 2"),
    "latin.csv": (b"a,b\n1,caf\xe9\n", "line 2: bytes that are not UTF-8"),
    "utf16.csv": ("a,b\n1,2\n".encode("utf-16"), "UTF-8"),
    "twice.csv": ("a,b,A\n1,2,3\n", "columns 1 and 3 are both called 'A'"),
    "empty.csv": ("", "no header"),
    "open.csv": ('a,b\n1,"x\n2,y\n', "quote"),
    "torn.parquet": (b"PAR1 and then nothing", "file 'torn.parquet': no Parquet file, or one that was cut short"),
    "short.parquet": (b"PAR", "file 'short.parquet': no Parquet file, or one that was cut short"),
    "broken.jsonl": ('{"a": 1}\n{"a": \n', "line 2"),
    "empty.jsonl": ("", "no line at all"),
    "list.jsonl": ("[1, 2]\n", "no JSON object"),
    "repeated.jsonl": ('{"a": 1, "a": 2}\n', "line 1: Object {"),
    "cases.jsonl": ('{"a": 1}\n{"A": 2}\n', "keys 'A' and 'a'"),
    "nameless.jsonl": ('{"": 1, "b": 2}\n', "a key without a name"),
    "headless.parquet": (b"PAR1" + b"\xff" * 60 + (50).to_bytes(4, "little") + b"PAR1", "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables(project, name):
    data, cause = BAD[name]
    snap_of(project, name, data)
    message = refused(project, f"SELECT * FROM snap('{name}')")
    assert name in message and cause.lower() in message.lower(), message
    assert f"'{name}': file" not in message and ".mlrepro/tmp" not in message


@pytest.mark.parametrize("ending, pack, cause", [
    (".gz", gzip.compress, "the gzip data is not whole"),
    (".zst", zstandard.ZstdCompressor(write_checksum=True).compress, "the zstd data is not whole"),
])
def test_what_was_cut_short_is_no_shorter_table(project, ending, pack, cause):
    """Wherever it was cut: also at the end of a row, and within the checksum at the end."""
    data = pack(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * 7919 % 10007) for i in range(50_000)))
    for name, size in (("half", len(data) // 2), ("most", len(data) - 200), ("all", len(data) - 1)):
        project.write(f"cut/{name}.csv{ending}", data[:size])
    project.write(f"cut/lines.jsonl{ending}", pack(b'{"a": 1}\n' * 50_000)[:-9])
    project.write(f"cut/whole.csv{ending}", data + pack(b"1,2\n"))
    project.mlr("snapshot", "cut", "-n", "cut")
    assert rows(project, f"SELECT count(*) FROM snap('cut:whole.csv{ending}')") == [[50_001]]
    for name in ("half.csv", "most.csv", "all.csv", "lines.jsonl"):
        name += ending
        assert f"'{name}': {cause}: it ends early" in refused(project, f"FROM snap('cut:{name}')")
        assert name in project.mlr("diff", f"cut/{name}", f"cut:{name}", "--no-key", expect=2).err
    problems = project.mlr("show", "cut", "--profile", expect=0).err
    assert problems.count(cause) == 4


def test_long_last_rows_are_not_lost(project):
    """One row that is longer than what the engine reads at once, and has no other behind it."""
    long = b"x" * 40_000_000
    for name, text in (("alone", b"a,b\n1," + long + b"\n"), ("last", b"a,b\n" + b"0,y\n" * 1000 + b"1," + long),
                       ("quoted", b'a,b\n0,y\n1,"' + long + b'"\n')):
        project.write(f"{name}.csv", text)
        project.mlr("snapshot", f"{name}.csv", "-n", name)
        count = 1001 if name == "last" else 2 if name == "quoted" else 1
        assert rows(project, f"SELECT count(*), max(length(b)) FROM snap('{name}')") == [[count, len(long)]]
    same = project.mlr("diff", "last", "last.csv", "--key", "a", "--json").json
    assert same["same"] and same["a"]["rows"] == 1001
    packed = zstandard.ZstdCompressor().compress(b"a,b\n" + b"0,y\n" * 1000 + b"1," + long)
    snap_of(project, "packed.csv.zst", packed)
    assert rows(project, "SELECT count(*), max(length(b)) FROM snap('packed.csv.zst')") == [[1001, len(long)]]
    project.write("open.csv", b'a,b\n1,"' + long + b"\n")
    project.mlr("snapshot", "open.csv", "-n", "open")
    assert "never closed" in refused(project, "FROM snap('open')")


def test_how_a_table_is_read_is_found_once(project):
    """It is kept by content, goes with its snapshot, and what can't be understood of it is found anew."""
    data = 'id,code\r\n1,"two\nlines"\r\n2,x\r\n'  # line breaks within quotes need not be like all others
    snap_of(project, "first.csv", data)
    project.mlr("snapshot", "first.csv", "-n", "again")
    store = project.folder / ".mlrepro" / "mlrepro.db"

    def kept(change=None):
        with contextlib.closing(sqlite3.connect(store)) as database, database:
            if change:
                database.execute("UPDATE table_profiles SET document = ?", (change,))
            return [row[0] for row in database.execute("SELECT document FROM table_profiles WHERE key LIKE 'facts %'")]

    expected = [[1, "two\nlines"], [2, "x"]]
    assert rows(project, "FROM snap('first.csv')") == expected
    (document,) = kept()
    assert json.loads(document)["types"] == ["BIGINT", "VARCHAR"]
    kept(document.replace("BIGINT", "DOUBLE"))
    assert rows(project, "SELECT typeof(id) FROM snap('again') LIMIT 1") == [["DOUBLE"]]
    kept("{")
    assert rows(project, "FROM snap('again')") == expected
    assert project.mlr("diff", "first.csv", "again", "--key", "id", "--json").json["same"]
    assert kept() == [document]
    project.mlr("forget", "first.csv", "again")
    assert kept() == []


def kept_facts(project):
    with contextlib.closing(sqlite3.connect(project.folder / ".mlrepro" / "mlrepro.db")) as database:
        return database.execute("SELECT count(*) FROM table_profiles WHERE key LIKE 'facts %'").fetchone()[0]


def random_lines(bytes_of_them):
    """Rows that hardly pack."""
    noise = random.Random(5).randbytes(bytes_of_them // 4)
    return b"".join(b"%d,%s\n" % (at, noise[at : at + 16].hex().encode()) for at in range(0, len(noise), 8))


def test_damage_that_is_met_while_a_table_is_looked_at(project):
    """Far behind what is on its way between who writes the table and who looks at it."""
    snap_of(project, "big.csv", b"id,code\n" + random_lines(12_000_000))
    pack = max((project.folder / ".mlrepro/objects").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    data = bytearray(pack.read_bytes())
    data[len(data) * 9 // 10] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(data)
    error = project.mlr("query", "SELECT count(*) FROM snap('big.csv')", "--json", expect=6).error
    assert error["kind"] == "corrupt" and "object" in error["message"] and ".mlrepro/tmp" not in error["message"]
    assert kept_facts(project) == 0 and leftovers(project) == []


def test_nobody_waits_for_a_look_that_ended(project):
    """However much there is to write of a table behind what tells that it is not plain, or no table."""
    lines = random_lines(12_000_000)
    count = lines.count(b"\n")
    packed = bytearray(gzip.compress(lines, 1))
    packed[200_000] ^= 0xFF
    for name, data in (("header.csv", b'id,"the\ncode"\n' + lines), ("ragged.csv", b"id,code\n1,2,3\n" + lines),
                       ("packed.csv.gz", bytes(packed))):
        snap_of(project, name, data)
    assert rows(project, "SELECT count(*), count(\"the\ncode\") FROM snap('header.csv')") == [[count, count]]
    assert "line 2: 3 cells where the header has 2" in refused(project, "FROM snap('ragged.csv')")
    assert "the gzip data is not whole" in refused(project, "FROM snap('packed.csv.gz')")
    assert kept_facts(project) == 1 and leftovers(project) == []


def test_no_question_waits_for_who_writes(shop):
    with contextlib.closing(sqlite3.connect(shop.folder / ".mlrepro" / "mlrepro.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        assert rows(shop, "SELECT count(*) FROM snap('sales-2021')") == [[3]]
        shop.mlr("diff", "sales-2021", "sales-2022", "--key", "product_id,day")
        assert time.monotonic() - begin < 30, "as long as it waits for others' writes elsewhere is 60 s"
        assert kept_facts(shop) == 0
        writer.execute("ROLLBACK")
    assert rows(shop, "SELECT count(*) FROM snap('sales-2021')") == [[3]]
    assert kept_facts(shop) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs mount")
def test_a_read_only_store_answers(shop, tmp_path):
    store = shop.folder / ".mlrepro"
    if subprocess.run(["mount", "--bind", store, store], capture_output=True).returncode != 0:
        pytest.skip("mount is not permitted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", store], check=True)
        places = {"TMPDIR": str(tmp_path / "link")}
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        for _ in range(2):
            assert rows(shop, "SELECT count(*), sum(sold) FROM snap('sales-2021')", env=places) == [[3, 30]]
        shop.mlr("diff", "sales-2021", "sales-2022", "--key", "product_id,day", env=places)
        assert shop.mlr("show", "sales-2021", "--profile", "--json", env=places).json["profile"]["tables"]
        assert list((tmp_path / "real").iterdir()) == []
        taken = shop.mlr("snapshot", "--sql", "FROM sales", "--from", "data/sales.csv", "-n", "one", env=places, expect=7)
        assert "read-only" in taken.err.lower() and list((tmp_path / "real").iterdir()) == []
    finally:
        subprocess.run(["umount", store], check=True)
    assert kept_facts(shop) == 0


def test_odd_tables_that_work(project):
    snap_of(project, "header.csv", "a,b\n")
    answer = ask(project, "FROM snap('header.csv')")
    assert answer["rows"] == [] and [c["name"] for c in answer["columns"]] == ["a", "b"]
    snap_of(project, "bom.csv", "\ufeffa,b\r\n1,2\r\n")
    assert ask(project, "FROM snap('bom.csv')")["columns"][0]["name"] == "a"
    snap_of(project, "index.csv", ",x\n0,1.5\n1,NaN\n")
    assert rows(project, "SELECT column0, x FROM snap('index.csv')") == [[0, 1.5], [1, "NaN"]]
    snap_of(project, "lines.csv", 'a,b\n1,"x\ny"\n2,"say ""hi"""\n')
    assert rows(project, "FROM snap('lines.csv')") == [[1, "x\ny"], [2, 'say "hi"']]
    snap_of(project, "last.csv", "a,b\n1,2")
    assert rows(project, "FROM snap('last.csv')") == [[1, 2]]
    snap_of(project, "one.csv", "a\n1\n\n3\n")
    assert [r[0] for r in rows(project, "FROM snap('one.csv')")] == [1, None, 3]
    snap_of(project, "codes.csv", "zip,big,plus,mixed,flag,when,blank\n"
            "01234,12345678901234567890,1_000,1,true,2021-01-01T10:00:00,\n"
            "99999,1,2,x,False,2021-01-01 10:00,\n")
    assert [c["type"] for c in ask(project, "FROM snap('codes.csv')")["columns"]] == [
        "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN", "TIMESTAMP", "VARCHAR"]
    assert rows(project, "SELECT zip, big FROM snap('codes.csv')")[0] == ["01234", "12345678901234567890"]


def test_types_do_not_depend_on_the_first_rows(project):
    text = "n,late,f\n" + "".join(f"{i},,{i}\n" for i in range(5000)) + "x,7,0.5\n"
    snap_of(project, "late.csv", text)
    answer = ask(project, "SELECT n, late, f FROM snap('late.csv') ORDER BY late NULLS LAST LIMIT 1")
    assert [c["type"] for c in answer["columns"]] == ["VARCHAR", "BIGINT", "DOUBLE"]
    assert answer["rows"] == [["x", 7, 0.5]]


def test_thousands_of_columns(project):
    count = 10_000 if EVERYWHERE else 2_000
    names = ",".join(f"c{i}" for i in range(count))
    snap_of(project, "wide.csv", names + "\n" + ",".join(str(i) for i in range(count)) + "\n")
    assert rows(project, f"SELECT c0, c{count - 1} FROM snap('wide.csv')") == [[0, count - 1]]


def test_a_huge_cell(project):
    size = 100_000_000 if EVERYWHERE else 30_000_000
    snap_of(project, "long.csv", b"a,b\n1," + b"x" * size + b"\n2,y\n")
    result = project.mlr("query", "SELECT a, length(b) FROM snap('long.csv')", "--json", expect=0)
    assert result.json["rows"] == [[1, size], [2, 1]]


def test_types_are_the_same_by_whichever_reader(project):
    """Plain CSV is looked at without the engine, one with a blank line only by it."""
    columns = {
        "whole": ["1", "-20", "999999999999999999", ""], "long": ["9223372036854775807", "1", "2", ""],
        "number": ["1", "2.5", "1e-3", ""], "digits": ["1234567890123456", "0.5", "2", ""],
        "seventeen": ["12345678901234567", "0.5", "2", ""], "padded": [" 1", "2", "3 ", ""],
        "code": ["007", "1", "2", ""], "truth": ["true", "FALSE", "True", ""], "mixed": ["true", "1", "0", ""],
        "day": ["2021-01-01", "2024-02-29", "1999-12-31", ""], "time": ["2021-01-01 10:00", "2021-01-01T10:00:01.5",
        "2021-01-01 10:00:00", ""], "zone": ["2021-01-01 10:00", "2021-01-01T10:00:01.5Z", "2021-01-01 10:00:00", ""], "some": ["2021-01-01", "2021-01-01 10:00", "2021-01-01", ""],
        "infinite": ["inf", "nan", "1.5", ""], "word": ["nothing", "1", "2021-01-01", ""],
        "quoted": ['"1"', '"2"', "3", '""'], "text": ['"say ""hi"""', '"two\nlines"', "é", ""],
        "empty": ["", "", "", ""],
    }  # fmt: skip
    rows_of = ["".join(",".join(cells) + "\n") for cells in zip(*columns.values(), strict=True)]
    data = (",".join(columns) + "\n" + "".join(rows_of) * 9000).encode()
    assert len(data) > 2 << 20  # more than is read at once
    (project.folder / "plain.csv").write_bytes(data)
    (project.folder / "packed.csv.gz").write_bytes(gzip.compress(data + b"\n", 1))
    project.mlr("snapshot", "plain.csv", "packed.csv.gz")
    described = [
        rows(project, f"SELECT column_name, column_type FROM (DESCRIBE snap('{name}'))")
        for name in ("plain.csv", "packed.csv.gz")
    ]
    assert described[0] == described[1]
    types = dict(described[0])
    assert [types[name] for name in ("whole", "long", "number", "digits", "seventeen", "padded", "code", "truth")] == [
        "BIGINT", "BIGINT", "DOUBLE", "DOUBLE", "VARCHAR", "BIGINT", "VARCHAR", "BOOLEAN"]  # fmt: skip
    assert rows(project, "SELECT count(*), count(quoted), count(empty) FROM snap('plain.csv')") == [[36000, 27000, 0]]
