# SPDX-License-Identifier: Apache-2.0
"""snapshot --sql: what a query returns is versioned as a Parquet file, with where it came from. The
files of SQLite, DuckDB, CSV, Parquet and JSON lines; test_query_postgres.py and test_query_odbc.py
have the servers."""

import ctypes
import hashlib
import os
import pathlib
import sqlite3

import pyarrow
import pyarrow.parquet
import pytest

from conftest import BINARY, new_project


def table_of(world, reference):
    target = world.folder.parent / f"restored-{hashlib.sha256(os.urandom(8)).hexdigest()[:8]}.parquet"
    world.mlr("restore", reference, "--to", target)
    return pyarrow.parquet.read_table(target)


def rows_of(world, reference):
    return [tuple(row.values()) for row in table_of(world, reference).to_pylist()]


def files_of(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}


def make_duckdb(path, sql):
    """A database of the library that mlrepro itself loads."""
    library = ctypes.CDLL(str(pathlib.Path(BINARY).parent / "libduckdb.so"))
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    assert library.duckdb_open(os.fsencode(path), ctypes.byref(database)) == 0
    assert library.duckdb_connect(database, ctypes.byref(connection)) == 0
    assert library.duckdb_query(connection, sql.encode(), None) == 0
    library.duckdb_disconnect(ctypes.byref(connection))
    library.duckdb_close(ctypes.byref(database))


@pytest.fixture
def shop(bare):
    """A folder with an SQLite database."""
    with sqlite3.connect(bare.folder / "shop.db") as database:
        database.executescript("""
            CREATE TABLE sales (store INTEGER, week INTEGER, price REAL, name TEXT, note);
            INSERT INTO sales VALUES (2, 1, 1.5, 'Tropicana', NULL), (5, 1, 2.25, 'Florida''s', 7),
                                     (2, 2, 0.1, 'Minute "Maid"', 'x');
        """)
    database.close()
    return bare


SELECT = "SELECT store, week, price, name FROM sales"


def test_rows_are_versioned_with_where_they_came_from(shop):
    before = files_of(shop.folder)
    answer = shop.mlr(
        "snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", "sales-2021", "--features", "week,price",
        "--target", "store", "--json",
    ).json
    assert answer["source"] == {
        "kind": "sqlite", "uri": "sqlite:shop.db", "query": SELECT, "product": answer["source"]["product"],
        "given_as": None, "rows": 3, "order_by": [],
        "columns": [
            {"name": "store", "source_type": "INTEGER", "type": "BIGINT", "role": "target"},
            {"name": "week", "source_type": "INTEGER", "type": "BIGINT", "role": "feature"},
            {"name": "price", "source_type": "REAL", "type": "DOUBLE", "role": "feature"},
            {"name": "name", "source_type": "TEXT", "type": "VARCHAR", "role": "inspection"},
        ],
    }
    assert answer["source"]["product"].startswith("SQLite 3.")
    assert (answer["name"], answer["path"], answer["files"]) == ("sales-2021", "sales-2021.parquet", 1)
    assert rows_of(shop, "sales-2021") == [(2, 1, 1.5, "Tropicana"), (5, 1, 2.25, "Florida's"), (2, 2, 0.1, 'Minute "Maid"')]
    assert files_of(shop.folder) == before, "nothing appears beside a source, and it stays as it is"
    shown = shop.mlr("show", "sales-2021").out
    for word in ("sqlite:shop.db", "SELECT store, week", "3 rows", "target", "inspection", "REAL", "DOUBLE"):
        assert word in shown
    assert "sales-2021" in shop.mlr("list", "snapshots").out
    shop.mlr("restore", "sales-2021")
    assert (shop.folder / "sales-2021.parquet").exists(), "restored under its name"


def test_the_same_rows_are_the_same_snapshot_where_they_have_an_order(shop):
    one = shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", "a", "--order-by", "price", "--json")
    assert "no order" not in one.err
    two = shop.mlr(
        "snapshot", "--sql", SELECT + " ORDER BY name", "--from", "sqlite:shop.db", "-n", "b", "--order-by", "price", "--json"
    )
    assert one.json["id"] == two.json["id"]
    assert two.json["new_bytes"] == 0
    assert one.json["source"]["order_by"] == ["price"]
    assert [row[2] for row in rows_of(shop, "a")] == [0.1, 1.5, 2.25]
    assert "no order" in shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", "c").err
    shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", "d", "--order-by", "week desc,price desc")
    assert [row[1:3] for row in rows_of(shop, "d")] == [(2, 0.1), (1, 2.25), (1, 1.5)]


def test_values_that_a_column_of_sqlite_may_hold(shop):
    with sqlite3.connect(shop.folder / "odd.db") as database:
        database.execute('CREATE TABLE odd (whole, real, mixed INT, huge, text, bytes, empty REAL, "a ""b""\n\'c\'" , inf)')
        database.executemany(
            "INSERT INTO odd VALUES (?,?,?,?,?,?,?,?,?)",
            [
                (-(2**63), 0.1 + 0.2, 1, 2**63 - 1, "x" * 3_000_000, bytes(range(256)), None, "\u00e9\n\t\\\"'", float("inf")),
                (2**63 - 1, 5e-324, 2.5, 0.5, "", b"", None, "", float("-inf")),
                (None, 1e308, None, None, None, None, None, None, None),
            ],
        )
    database.close()
    answer = shop.mlr("snapshot", "--sql", "SELECT * FROM odd", "--from", "sqlite:odd.db", "-n", "odd", "--json").json
    types = {column["name"]: column["type"] for column in answer["source"]["columns"]}
    assert types == {
        "whole": "BIGINT", "real": "DOUBLE", "mixed": "DOUBLE", "huge": "VARCHAR", "text": "VARCHAR", "bytes": "BLOB",
        "empty": "DOUBLE", "a \"b\"\n'c'": "VARCHAR", "inf": "DOUBLE",
    }
    rows = rows_of(shop, "odd")
    # Not compared as a whole: what pytest would say about the difference has no end.
    assert rows[0][4].count("x") == len(rows[0][4]) == 3_000_000
    assert rows[0][:4] == (-(2**63), 0.1 + 0.2, 1.0, str(2**63 - 1))
    assert rows[0][5:] == (bytes(range(256)), None, "\u00e9\n\t\\\"'", float("inf"))
    assert rows[1:] == [
        (2**63 - 1, 5e-324, 2.5, "0.5", "", b"", None, "", float("-inf")),
        (None, 1e308, None, None, None, None, None, None, None),
    ]


def test_300_columns_and_no_rows(shop):
    names = [f'c{number} "x"' for number in range(300)]
    with sqlite3.connect(shop.folder / "wide.db") as database:
        database.execute("CREATE TABLE wide (" + ", ".join('"' + name.replace('"', '""') + '" INTEGER' for name in names) + ")")
        database.execute("INSERT INTO wide VALUES (" + ",".join(str(number) for number in range(300)) + ")")
    database.close()
    shop.mlr("snapshot", "--sql", "SELECT * FROM wide", "--from", "sqlite:wide.db", "-n", "wide", "--order-by", 'c7 "x"')
    assert table_of(shop, "wide").column_names == names
    assert rows_of(shop, "wide") == [tuple(range(300))]
    empty = shop.mlr("snapshot", "--sql", "SELECT * FROM wide WHERE 0", "--from", "sqlite:wide.db", "-n", "none", "--json").json
    assert empty["source"]["rows"] == 0
    assert table_of(shop, "none").num_rows == 0
    assert table_of(shop, "none").schema.types[0] == pyarrow.int64()


@pytest.mark.parametrize("sql, message", [
    ("DELETE FROM sales", "begins with 'DELETE'"),
    ("UPDATE sales SET store = 1", "begins with 'UPDATE'"),
    ("WITH x AS (SELECT 1) DELETE FROM sales", "it has 'DELETE', which writes"),
    ("WITH x AS (SELECT 1) INSERT INTO sales (store) SELECT * FROM x RETURNING store", "it has 'INSERT', which writes"),
    ("WITH x AS (SELECT 1) REPLACE INTO sales (store) SELECT * FROM x", "it has 'INTO', which writes"),
    ("WITH x AS (SELECT 1) UPDATE sales AS s SET store = 7", "it has 'UPDATE', which writes"),
    ("SELECT 1; DROP TABLE sales", "more than one statement"),
    ("", "no query that it belongs to"),
    (" ; ", "no query"),
    ("SELEKT 1", "begins with 'SELEKT'"),
    ("SELECT * FROM nowhere", "no such table: nowhere"),
    ("SELECT prise FROM sales", "no such column: prise"),
    ("SELECT store, week AS Store FROM sales", "columns 1 and 2 are both called 'Store'"),
    ('SELECT store AS "" FROM sales', "column 1 has no name"),
    ("SELECT CAST(x'ff41' AS TEXT) AS name", "column 'name', row 1: its text is not UTF-8"),
    ("SELECT x'ff' AS a UNION ALL SELECT 'b'", "column 'a': has bytes and other values"),
])
def test_what_is_wrong_is_said_in_a_line_and_changes_nothing(shop, sql, message):
    before = files_of(shop.folder)
    refused = shop.mlr("snapshot", "--sql", sql, "--from", "sqlite:shop.db", "-n", "x", "--json", expect=2)
    assert message in refused.error["message"]
    assert "\n" not in refused.error["message"]
    assert files_of(shop.folder) == before
    if (shop.folder / ".mlrepro").exists():
        assert shop.mlr("list", "snapshots", "--json").json["snapshots"] == []


@pytest.mark.parametrize("words, message, hint", [
    (("--features", "prise"), "--features 'prise': no such column in the query", "'price'"),
    (("--target", "zzzzzz"), "--target 'zzzzzz'", "it has: store, week, price, name"),
    (("--split", "stores"), "--split 'stores'", "'store'"),
    (("--inspect", "nam"), "--inspect 'nam'", "'name'"),
    (("--order-by", "weak"), "--order-by 'weak'", "'week'"),
    (("--features", "price", "--target", "price"), "is a feature already", ""),
    (("shop.db",), "PATH", ""),
    (("--no-store",), "--no-store", ""),
    (("--sql-file", "q.sql"), "--sql and --sql-file", ""),
])
def test_words_that_do_not_fit(shop, words, message, hint):
    refused = shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", "x", *words, "--json", expect=2)
    assert message in refused.error["message"]
    assert hint in (refused.error["hint"] or "")


def test_a_source_has_to_be_named_and_be_there(shop):
    assert "from where" in shop.mlr("snapshot", "--sql", SELECT, "-n", "x", expect=2).err
    assert "no name" in shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", expect=2).err
    assert "--from" in shop.mlr("snapshot", "shop.db", "--from", "sqlite:shop.db", expect=2).err
    assert "is no kind of source" in shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlight:shop.db", "-n", "x", expect=2).err
    assert "no such variable" in shop.mlr("snapshot", "--sql", SELECT, "--from", "env:NOWHERE", "-n", "x", expect=2).err
    assert "No such file" in shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:nowhere.db", "-n", "x", expect=8).err
    shop.write("no.db", "this is no database, though it is long enough to be looked at as one" * 20)
    assert "not a database" in shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:no.db", "-n", "x", expect=8).err
    assert "its name is no table's" in shop.mlr("snapshot", "--sql", SELECT, "--from", "shop.db", "-n", "x", expect=2).err
    for name in ("../x", "a//b", "/x", "a:b"):
        shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", name, expect=2)
    assert shop.mlr("list", "snapshots", "--json").json["snapshots"] == []


def test_a_query_from_a_file_and_a_source_from_a_variable(shop):
    shop.write("q.sql", "-- the history\nSELECT store\nFROM sales -- all of it")
    answer = shop.mlr(
        "snapshot", "--sql-file", "q.sql", "--from", "env:SHOP", "-n", "x", "--json", env={"SHOP": "sqlite:shop.db"}
    ).json
    assert answer["source"]["query"] == "SELECT store\nFROM sales"
    assert answer["source"]["given_as"] == "env:SHOP"
    assert rows_of(shop, "x") == [(2,), (5,), (2,)]


def test_a_log_beside_the_database_is_read_and_none_is_made(shop):
    path = shop.folder / "wal.db"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a INTEGER)")
    writer.execute("INSERT INTO t VALUES (1)")
    writer.commit()
    shop.mlr("snapshot", "--sql", "SELECT a FROM t", "--from", "sqlite:wal.db", "-n", "open")
    assert rows_of(shop, "open") == [(1,)], "what is in the log counts"
    writer.close()
    before = files_of(shop.folder)
    assert not (shop.folder / "wal.db-wal").exists()
    path.chmod(0o444)
    shop.mlr("snapshot", "--sql", "SELECT a FROM t", "--from", "sqlite:wal.db", "-n", "closed")
    assert rows_of(shop, "closed") == [(1,)]
    assert files_of(shop.folder) == before


def test_files_as_sources(shop):
    shop.write("sales.csv", "store,price,day\n2,1.5,2021-06-01\n5,,2021-06-02\n")
    shop.mlr("snapshot", "--sql", "SELECT * FROM sales WHERE price IS NULL", "--from", "sales.csv", "-n", "csv")
    assert [row[0] for row in rows_of(shop, "csv")] == [5]
    shown = shop.mlr("show", "csv", "--json").json["source"]
    assert (shown["kind"], shown["uri"]) == ("file", "file:sales.csv")
    shop.mlr("restore", "csv", "--to", "again.parquet")
    shop.mlr("snapshot", "--sql", "FROM data", "--from", "file:again.parquet", "-n", "parquet")
    assert rows_of(shop, "parquet") == rows_of(shop, "csv")
    shop.write("sub/lines.jsonl", '{"a": 1, "b": [1, 2]}\n{"a": 2, "b": []}\n')
    shop.mlr("snapshot", "--sql", "SELECT a, b, sum(a) OVER () AS s FROM lines", "--from", "sub/lines.jsonl", "-n", "lines")
    assert [(row[0], row[1], int(row[2])) for row in rows_of(shop, "lines")] == [(1, "[1, 2]", 3), (2, "[]", 3)]
    # Nothing else is read, neither elsewhere nor beside the file.
    shop.write("sub/secret.csv", "password\nhunter2\n")
    for other in ("read_csv('{}/secret.csv')", "read_text('{}/secret.csv')", "read_text('{}/*.csv')", "glob('{}/*')"):
        refused = shop.mlr("snapshot", "--sql", f"SELECT * FROM {other}".format(f"{shop.folder}/sub"), "--from", "sub/lines.jsonl",
                           "-n", "x", expect=2)
        assert "hunter2" not in refused.out + refused.err and "disabled" in refused.err
    shop.write("odd [1]*?.csv", "a\n7\n")
    shop.write("odd 1.csv", "a\n8\n")
    shop.mlr("snapshot", "--sql", 'SELECT a FROM "odd [1]*?"', "--from", "odd [1]*?.csv", "-n", "odd")
    assert rows_of(shop, "odd") == [(7,)]


def test_a_file_that_is_no_table_is_named_as_the_source_is(shop):
    shop.write("ragged.csv", "a,b\n1,2\n3\n")
    refused = shop.mlr("snapshot", "--sql", "FROM data", "--from", "ragged.csv", "-n", "x", "--json", expect=2)
    assert refused.error["message"] == "source 'file:ragged.csv': line 3: 1 cell where the header has 2"
    shop.write("torn.parquet", "PAR1 and then nothing")
    assert "source 'file:torn.parquet': no Parquet file" in shop.mlr(
        "snapshot", "--sql", "FROM data", "--from", "torn.parquet", "-n", "x", expect=2).err
    for name in ("ragged.csv", "shop.db"):
        assert "it is no DuckDB database" in shop.mlr("snapshot", "--sql", SELECT, "--from", f"duckdb:{name}", "-n", "x", expect=8).err
    os.mkfifo(shop.folder / "pipe.db")
    assert "it is no file" in shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:pipe.db", "-n", "x", expect=8).err


def test_duckdb_as_a_source(shop):
    make_duckdb(
        shop.folder / "w.duckdb",
        "CREATE TABLE t AS SELECT i, i * 1.5 AS x, 'a' || i AS s, TIMESTAMP '2021-06-01' + INTERVAL (i) DAY AS at, "
        "'\\x00\\xFF'::BLOB AS b, [i] AS l, 170141183460469231731687303715884105::HUGEINT AS h FROM range(3) r(i); "
        "CREATE SCHEMA mart; CREATE VIEW mart.v AS SELECT max(i) AS m FROM t",
    )
    before = files_of(shop.folder)
    shop.mlr("snapshot", "--sql", "SELECT * FROM t ORDER BY i DESC", "--from", "duckdb:w.duckdb", "-n", "t")
    rows = rows_of(shop, "t")
    assert [row[0] for row in rows] == [2, 1, 0]
    assert rows[0][2] == "a2" and rows[0][4] == b"\x00\xff" and rows[0][5] == "[2]"
    assert int(rows[0][6]) == 170141183460469231731687303715884105
    shop.mlr("snapshot", "--sql", "SELECT m FROM mart.v", "--from", "duckdb:w.duckdb", "-n", "v")
    assert rows_of(shop, "v") == [(2,)]
    assert files_of(shop.folder) == before
    refused = shop.mlr("snapshot", "--sql", "SELECT * FROM nowhere", "--from", "duckdb:w.duckdb", "-n", "x", expect=2)
    assert "nowhere" in refused.err
    refused = shop.mlr(
        "snapshot", "--sql", f"SELECT * FROM read_text('{shop.folder}/shop.db')", "--from", "duckdb:w.duckdb", "-n", "x", expect=2
    )


def test_a_duckdb_database_is_asked_as_duckdb_would(shop):
    """Its macros and types go by their names, and a view that no longer works stands in nobody's way."""
    shop.write("secret.csv", "a\nhunter2\n")
    make_duckdb(
        shop.folder / "w.duckdb",
        "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE MACRO twice(x) AS x * 2; CREATE TABLE gone AS SELECT 1 AS a; "
        "CREATE VIEW broken AS SELECT * FROM gone; DROP TABLE gone; CREATE SCHEMA mart; "
        f"CREATE VIEW mart.outside AS SELECT * FROM read_csv('{shop.folder}/secret.csv', header=true, columns={{'a': 'VARCHAR'}}); "
        "CREATE TABLE t AS SELECT 'bad'::mood AS m, 4 AS i, TIMESTAMPTZ '2021-06-01 23:30:00+00' AS moment",
    )
    take = lambda sql, **more: shop.mlr("snapshot", "--sql", sql, "--from", "duckdb:w.duckdb", "-n", "t", "--json", **more)  # noqa: E731
    sql = "SELECT m, twice(i) AS i, moment::DATE::VARCHAR AS day, moment::VARCHAR AS moment, [moment] AS list FROM t WHERE m < 'bad'::mood OR true"
    taken = [take(sql, env={"TZ": zone}).json["digest"] for zone in ("UTC", "America/New_York", "Asia/Tokyo")]
    assert len(set(taken)) == 1, "the time zone of a machine says nothing about the rows"
    assert rows_of(shop, "t") == [("bad", 8, "2021-06-01", "2021-06-01 23:30:00+00", "['2021-06-01 23:30:00+00']")]
    broken = take("SELECT * FROM broken", expect=2)
    assert broken.error["message"].startswith("source 'duckdb:w.duckdb': ") and "gone" in broken.error["message"]
    outside = take("SELECT * FROM mart.outside", expect=2)
    assert "hunter2" not in outside.out + outside.err and "disabled" in outside.err


def test_credentials_in_a_query_are_not_kept(shop):
    sql = "SELECT store /* postgresql://anna:s3cret@h/d */, 'host=h password=s3cret' AS a -- pwd=s3cret\nFROM sales"
    said = [shop.mlr("snapshot", "--sql", sql, "--from", "sqlite:shop.db", "-n", "a"), shop.mlr("show", "a")]
    assert "held credentials, which were not kept" in shop.mlr("check", "a", expect=2).err
    sql = "SELECT store /* postgresql://anna:s3cret@h/d */ FROM sales"
    said += [shop.mlr("snapshot", "--sql", sql, "--from", "sqlite:shop.db", "-n", "b"), shop.mlr("check", "b", "--json")]
    stored = b"".join(path.read_bytes() for path in (shop.folder / ".mlrepro").rglob("*") if path.is_file())
    assert b"s3cret" not in stored + b"".join(one.raw_out + one.raw_err for one in said)


def test_a_grown_table_costs_what_is_new(shop):
    with sqlite3.connect(shop.folder / "big.db") as database:
        database.execute("CREATE TABLE t (week INTEGER, store INTEGER, price REAL, name TEXT)")
        rows = lambda first, last: (  # noqa: E731
            (week, store, (week * 7919 + store * 104729) % 10007 / 100, f"product {(week * store) % 97}")
            for week in range(first, last) for store in range(1000)
        )
        database.executemany("INSERT INTO t VALUES (?,?,?,?)", rows(0, 200))
        database.commit()
        take = lambda name: shop.mlr(  # noqa: E731
            "snapshot", "--sql", "SELECT * FROM t", "--from", "sqlite:big.db", "-n", "sales", "--order-by", "week,store", "--json"
        ).json
        first = take("first")
        database.executemany("INSERT INTO t VALUES (?,?,?,?)", rows(200, 210))
        database.commit()
        second = take("second")
    database.close()
    assert second["source"]["rows"] == 210_000
    # Ten weeks of two hundred, and the row group that they continue.
    assert second["new_bytes"] < first["stored_bytes"] * (10 / 200 + 32_768 / 200_000) * 1.15


def test_a_run_keeps_the_query_of_its_input_wherever_it_goes(shop, tmp_path):
    shop.mlr("snapshot", "--sql", SELECT, "--from", "sqlite:shop.db", "-n", "sales", "--target", "price")
    shop.mlr("restore", "sales")
    shop.mlr("run", "-n", "first", "-i", "sales.parquet", "--", "true")
    shop.mlr("export", "first", "-o", "first.mlr")
    other = new_project(tmp_path / "o")
    other.mlr("import", shop.folder / "first.mlr")
    there = other.mlr("show", "first:sales.parquet", "--json").json
    assert there["source"]["query"] == SELECT
    assert [column["role"] for column in there["source"]["columns"]] == ["inspection", "inspection", "target", "inspection"]
    share = tmp_path / "share"
    share.mkdir()
    shop.mlr("remote", "add", "origin", share)
    shop.mlr("push")
    other.mlr("remote", "add", "origin", share)
    other.mlr("pull")
    mine = shop.mlr("show", "sales", "--json").json
    theirs = other.mlr("show", "sales", "--json").json
    assert theirs["source"] == mine["source"]
    assert rows_of(other, "sales") == rows_of(shop, "sales")
    shop.mlr("forget", "sales")
    assert shop.mlr("show", "first:sales.parquet", "--json").json["source"]["query"] == SELECT
