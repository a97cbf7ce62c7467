# SPDX-License-Identifier: Apache-2.0
"""snapshot --sql through ODBC: Debian's drivers of SQLite and PostgreSQL."""

import datetime
import decimal
import signal
import sqlite3
import subprocess

import pytest

from database_world import PASSWORD, Postgres, USER
from faults import wait_until
from test_query_snapshot import files_of, rows_of, table_of

SQLITE_DRIVER = "/usr/lib/x86_64-linux-gnu/odbc/libsqlite3odbc.so"
POSTGRES_DRIVER = "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so"


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def shop(bare):
    with sqlite3.connect(bare.folder / "shop.db") as database:
        database.executescript("""
            CREATE TABLE sales (store INTEGER, week BIGINT, price DOUBLE, name VARCHAR(40), day DATE, at TIMESTAMP, pic BLOB, n DECIMAL(10,2));
            INSERT INTO sales VALUES (2, 9223372036854775807, 0.1, 'Trop\u00e9 \U0001f34a', '2021-06-01', '2021-06-01 01:02:03', x'00ff', 1.5),
                                     (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        """)
        database.execute("INSERT INTO sales VALUES (7, 1, 5e-300, ?, NULL, NULL, ?, -2.25)", ("x" * 200_000, b"\x01" * 150_000))
    database.close()
    return bare


def test_sqlite_through_its_driver(shop):
    before = files_of(shop.folder)
    source = f"odbc:DRIVER={SQLITE_DRIVER};Database={shop.folder}/shop.db;PWD=s3cr3t;UID=anna"
    answer = shop.mlr("snapshot", "--sql", "SELECT * FROM sales", "--from", source, "-n", "sales", "--json")
    assert answer.json["source"]["kind"] == "odbc"
    assert answer.json["source"]["uri"] == f"odbc:DRIVER={SQLITE_DRIVER};Database={shop.folder}/shop.db"
    assert answer.json["source"]["product"].startswith("SQLite")
    rows = rows_of(shop, "sales")
    assert rows[0][:4] == (2, 9223372036854775807, 0.1, "Trop\u00e9 \U0001f34a")
    assert rows[0][4] == datetime.date(2021, 6, 1)
    assert rows[0][6] == b"\x00\xff"
    assert rows[1] == (5, None, None, None, None, None, None, None)
    assert rows[2][2:4] == (5e-300, "x" * 200_000)
    assert rows[2][6] == b"\x01" * 150_000
    assert files_of(shop.folder) == before
    assert shop.mlr("check", "sales").out.count("same: ") == 1
    for sql, message in (
        ("DELETE FROM sales", "begins with 'DELETE'"), ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT * FROM nowhere", "nowhere"), ("SELECT store, store FROM sales", "both called"),
        ("WITH x AS (SELECT 1) DELETE FROM sales", "which writes"),
        ("WITH x AS (SELECT 1) DELETE FROM sales RETURNING *", "which writes"),
        ('SELECT 1 AS "' + "x" * 3000 + '"', "column 1 has a name that is too long"),
    ):
        assert message in shop.mlr("snapshot", "--sql", sql, "--from", source, "-n", "x", expect=2).err
    assert rows_of(shop, "sales") == rows and files_of(shop.folder) == before
    text = shop.mlr("show", "sales").out + shop.mlr("show", "sales", "--json").out
    stored = b"".join(path.read_bytes() for path in (shop.folder / ".mlrepro").rglob("*") if path.is_file())
    assert "s3cr3t" not in text and "anna" not in text
    assert b"s3cr3t" not in stored


def test_a_database_that_is_not_there_is_not_made(shop):
    source = f"odbc:DRIVER={SQLITE_DRIVER};Database={shop.folder}/none.db"
    shop.mlr("snapshot", "--sql", "SELECT 1 AS a", "--from", source, "-n", "x", expect=8)
    assert not (shop.folder / "none.db").exists()


def test_a_data_source_with_a_name(shop, tmp_path):
    (tmp_path / "odbc.ini").write_text(f"[warehouse]\nDriver={SQLITE_DRIVER}\nDatabase={shop.folder}/shop.db\n")
    env = {"ODBCINI": str(tmp_path / "odbc.ini")}
    answer = shop.mlr("snapshot", "--sql", "SELECT store FROM sales", "--from", "odbc:warehouse", "-n", "x", "--json", env=env).json
    assert answer["source"]["uri"] == "odbc:DSN=warehouse"
    assert rows_of(shop, "x") == [(2,), (5,), (7,)]
    nobody = shop.mlr("snapshot", "--sql", "SELECT 1", "--from", "odbc:DSN=nobody;PWD=s3cr3t", "-n", "x", expect=8)
    assert "Data source name not found" in nobody.err and "s3cr3t" not in nobody.err


def test_postgresql_through_its_driver(bare, postgres):
    postgres.sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept (a int, n numeric, d float8, t text, b bytea, at timestamp, moment timestamptz);"
                 "INSERT INTO kept VALUES (1, 1234567890123.0123456789, 0.1, 'a\u00e9', '\\x00ff', '2021-06-01 01:02:03.5', '2021-06-01 01:02:03+05'), (2, NULL, NULL, NULL, NULL, NULL, NULL)")
    source = f"odbc:DRIVER={POSTGRES_DRIVER};Server=127.0.0.1;Port={postgres.port};Database=postgres;UID={USER};PWD={{{PASSWORD}}}"
    bare.mlr("snapshot", "--sql", "SELECT * FROM kept ORDER BY a", "--from", "env:SOURCE", "-n", "kept", env={"SOURCE": source})
    row = table_of(bare, "kept").to_pylist()[0]
    assert row["n"] == decimal.Decimal("1234567890123.0123456789")
    assert (row["a"], row["d"], row["t"], row["b"]) == (1, 0.1, "a\u00e9", b"\x00\xff")
    assert row["at"] == datetime.datetime(2021, 6, 1, 1, 2, 3, 500000)
    assert row["moment"] == datetime.datetime(2021, 5, 31, 20, 2, 3), "in UTC, wherever the server is"
    assert bare.mlr("check", "kept", env={"SOURCE": source}).code == 0
    wrong = bare.mlr("snapshot", "--sql", "SELECT 1 AS a", "--from", source.replace(PASSWORD, "wr0ng"), "-n", "x", expect=8)
    assert "wr0ng" not in wrong.err
    postgres.sql("CREATE OR REPLACE FUNCTION emptied() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING a'; CREATE SEQUENCE IF NOT EXISTS counter")
    for sql in ("SELECT emptied() AS a", "SELECT nextval('counter') AS a"):
        assert "read-only transaction" in bare.mlr("snapshot", "--sql", sql, "--from", source, "-n", "x", expect=2).err
    assert postgres.sql("SELECT count(*) FROM kept").stdout == b"2\n"
    hidden = "SELECT a AS x$b$ FROM kept; COMMIT; BEGIN READ WRITE; DELETE FROM kept; COMMIT; SELECT a AS x$b$ FROM kept"
    assert "more than one statement" in bare.mlr("snapshot", "--sql", hidden, "--from", source, "-n", "x", expect=2).err
    for sql, message in (("SELECT 1 AS a /* /* */ , 2 AS b -- */ */", "a comment within a comment"),
                         ("SELECT 1 AS a DELETE FROM kept COMMIT", "'DELETE', which begins another statement")):
        assert message in bare.mlr("snapshot", "--sql", sql, "--from", source, "-n", "x", expect=2).err
    assert postgres.sql("SELECT count(*) FROM kept").stdout == b"2\n"


def test_an_interrupted_query_ends_at_the_server_too(bare, postgres):
    source = f"odbc:DRIVER={POSTGRES_DRIVER};Server=127.0.0.1;Port={postgres.port};Database=postgres;UID={USER};PWD={{{PASSWORD}}}"
    taken = bare.popen("snapshot", "--sql", "SELECT pg_sleep(600)::text AS s", "--from", "env:SOURCE", "-n", "long",
                       env={"SOURCE": source}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    wait_until(lambda: postgres.sql(sleeps).stdout == b"1\n")
    taken.send_signal(signal.SIGINT)
    assert taken.wait(timeout=60) == 130
    wait_until(lambda: postgres.sql(sleeps).stdout == b"0\n")


def test_libraries_that_are_not_installed(bare, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("libpq.so.5", "libodbc.so.2"):
        (empty / name).write_bytes(b"no library")
    env = {"LD_LIBRARY_PATH": str(empty)}
    missing = bare.mlr("snapshot", "--sql", "SELECT 1 AS a", "--from", "postgresql://h/d", "-n", "x", "--json", expect=8, env=env)
    assert "libpq.so.5" in missing.error["message"] and "apt-get install libpq5" in missing.error["hint"]
    missing = bare.mlr("snapshot", "--sql", "SELECT 1 AS a", "--from", "odbc:x", "-n", "x", "--json", expect=8, env=env)
    assert "libodbc.so.2" in missing.error["message"] and "apt-get install libodbc2" in missing.error["hint"]
