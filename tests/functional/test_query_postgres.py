# SPDX-License-Identifier: Apache-2.0
"""snapshot --sql on a real PostgreSQL: exact types, one moment, nothing written, no credentials
anywhere, a server that goes away."""

import contextlib
import datetime
import decimal
import signal
import socket
import subprocess
import threading
import time

import pytest

from database_world import PASSWORD, Postgres, USER
from faults import wait_until
from test_query_snapshot import make_duckdb, rows_of, table_of


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def world(bare, postgres):
    bare.postgres = postgres
    bare.environment["WAREHOUSE"] = postgres.address
    return bare


def take(world, sql, name="x", *more, expect=0, source="env:WAREHOUSE", env=None):
    return world.mlr("snapshot", "--sql", sql, "--from", source, "-n", name, "--json", *more, expect=expect, env=env)


TYPES = """
SELECT i, i::smallint AS s, i::bigint * 1000000000000 AS b, i::real / 3 AS r, i::float8 / 3 AS d, i % 2 = 0 AS t,
  (i / 3.0)::numeric(30,10) AS n, i / 3.0 AS u, date '2021-06-01' + i AS day, time '10:11:12.345678' AS clock,
  timestamp '2021-06-01 01:02:03.456789' AS at, timestamptz '2021-06-01 01:02:03.456789+05:30' AS moment,
  'a' || chr(9) || E'\\\\b\\n' || i AS txt, '\\x00ff5c'::bytea AS bytes, ARRAY[i, NULL, 3] AS list,
  ARRAY['a,b', 'c"d', NULL] AS words, '{"a": [1, 2]}'::jsonb AS j, '1 day 02:00'::interval AS span,
  'c0ffee00-0000-4000-8000-000000000001'::uuid AS id, NULL::int AS nothing, 'x'::char(3) AS c,
  row(1, 'x') AS pair, '10.0.0.1/8'::inet AS net, '12.34'::money AS m
FROM generate_series(1, 2) AS g(i) ORDER BY i
"""


def test_every_type_is_kept_exactly(world):
    source = take(world, TYPES, "types").json["source"]
    assert source["kind"] == "postgresql"
    assert source["uri"] == world.postgres.public_address
    assert source["product"].startswith("PostgreSQL 1")
    types = {column["name"]: (column["source_type"], column["type"]) for column in source["columns"]}
    assert types["n"] == ("numeric(30,10)", "DECIMAL(30,10)")
    assert types["u"] == ("numeric", "DECIMAL(38,20)")
    assert types["moment"] == ("timestamp with time zone", "TIMESTAMP WITH TIME ZONE")
    assert types["list"] == ("integer[]", "VARCHAR")
    assert types["pair"] == ("record", "VARCHAR")
    row = table_of(world, "types").to_pylist()[0]
    assert (row["i"], row["s"], row["b"], row["t"], row["nothing"]) == (1, 1, 1000000000000, False, None)
    assert row["d"] == 1 / 3
    assert row["n"] == decimal.Decimal("0.3333333333")
    assert row["u"] == decimal.Decimal("0.33333333333333333333")
    assert row["day"] == datetime.date(2021, 6, 2)
    assert row["clock"] == datetime.time(10, 11, 12, 345678)
    assert row["at"] == datetime.datetime(2021, 6, 1, 1, 2, 3, 456789)
    assert row["moment"] == datetime.datetime(2021, 5, 31, 19, 32, 3, 456789, tzinfo=datetime.timezone.utc)
    assert row["txt"] == "a\t\\b\n1"
    assert row["bytes"] == b"\x00\xff\x5c"
    assert (row["list"], row["words"]) == ("{1,NULL,3}", '{"a,b","c\\"d",NULL}')
    assert (row["j"], row["span"], row["c"], row["pair"]) == ('{"a": [1, 2]}', "1 day 02:00:00", "x  ", "(1,x)")
    assert row["id"] == "c0ffee00-0000-4000-8000-000000000001"


def test_numbers_that_are_none(world):
    answer = take(world, "SELECT v::float8 AS d, v::real AS r, v::numeric AS n, v::numeric(4,1) AS p FROM (VALUES ('NaN'), "
                         "('Infinity'), ('-Infinity'), ('1.5')) AS t(v) WHERE v <> 'Infinity' AND v <> '-Infinity'", "nan")
    assert "column 'n' has NaN" in answer.err and "column 'p' has NaN" in answer.err
    rows = rows_of(world, "nan")
    assert [str(value) for value in rows[0]] == ["nan"] * 4
    assert rows[1] == (1.5, 1.5, 1.5, 1.5)
    take(world, "SELECT v::float8 AS d, v::date AS day FROM (VALUES ('Infinity'), ('-infinity')) AS t(v)", "inf", expect=0)
    assert table_of(world, "inf").column("d").to_pylist() == [float("inf"), float("-inf")]
    refused = take(world, "SELECT date '0044-03-15 BC' AS ides", expect=2)
    assert "column 'ides': no DATE holds its value '0044-03-15 BC'" in refused.error["message"]


def test_hostile_names_and_empty_answers(world):
    names = ['a"b', "c'd", "e\nf", "\u00fcml\u00e4ut", "select", "x" * 63, "%s;--", "tab\tname", "a,b"]
    columns = ", ".join(f'{number} AS "' + name.replace('"', '""') + '"' for number, name in enumerate(names))
    answer = take(world, f"SELECT {columns}", "names", "--order-by", "c'd", "--features", "a,b", "--features", "%s;--,select")
    roles = [column["name"] for column in answer.json["source"]["columns"] if column["role"] == "feature"]
    assert roles == ["select", "%s;--", "a,b"]
    assert world.mlr("check", "names", "--key", "a,b", "--json").json["same"]
    assert table_of(world, "names").column_names == names
    assert rows_of(world, "names") == [tuple(range(len(names)))]
    take(world, "SELECT 1 AS a WHERE false -- nothing", "none")
    assert table_of(world, "none").num_rows == 0
    wide = ", ".join(f"{number} AS c{number}" for number in range(300))
    take(world, f"SELECT {wide}", "wide")
    assert table_of(world, "wide").num_columns == 300
    assert "no columns" in take(world, "SELECT FROM generate_series(1, 3)", expect=2).error["message"]
    take(world, "SELECT repeat('x', 30000000) AS huge", "huge")
    assert rows_of(world, "huge")[0][0].count("x") == 30_000_000


@pytest.mark.parametrize("sql, message", [
    ("WITH x AS (DELETE FROM kept RETURNING *) SELECT * FROM x", "it has 'DELETE', which writes"),
    ("WITH x AS (INSERT INTO kept VALUES (2) RETURNING *) SELECT * FROM x", "it has 'INSERT', which writes"),
    ("SELECT * INTO other FROM kept", "it has 'INTO', which writes"),
    ("SELECT nextval('counter')", "read-only transaction"),
    ("SELECT * FROM kept FOR UPDATE", "read-only transaction"),
    ("SELECT emptied()", "read-only transaction"),
    ("SELECT set_config('transaction_read_only', 'off', false) AS a", "must be set before any query"),
    ("SELECT 1; SELECT 2", "more than one statement"),
    ("SELECT 1) TO STDOUT; DROP TABLE kept; --", "more than one statement"),
    ("SELECT 1) TO PROGRAM 'touch /tmp/x' --", "syntax error"),
    ("SELECT nothing FROM kept", 'column "nothing" does not exist, at character 8'),
    ("SELECT * FROM nowhere", 'relation "nowhere" does not exist, at character 15'),
    ("SELECT 1/0 AS x", "division by zero"),
    ("SELECT 1 AS a, 2 AS a", "both called 'a'"),
    ('SELECT 1 AS a, 2 AS "A"', "both called 'A' but for upper and lower case"),
    ("SELECT $1::int AS a", "parameter"),
    ("TABLE kept LIMIT 'x'", "invalid input syntax"),
])
def test_sql_that_is_wrong_or_writes(world, sql, message):
    world.postgres.sql("DROP TABLE IF EXISTS kept; DROP SEQUENCE IF EXISTS counter; CREATE TABLE kept AS SELECT 1 AS a; CREATE SEQUENCE counter;"
                       "CREATE OR REPLACE FUNCTION emptied() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING a'")
    refused = take(world, sql, expect=2)
    assert message in refused.error["message"]
    assert "\n" not in refused.error["message"]
    assert world.postgres.sql("SELECT * FROM kept").stdout == b"1\n"
    if (world.folder / ".mlrepro").exists():
        assert world.mlr("list", "snapshots", "--json").json["snapshots"] == []


def everything_in(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_credentials_reach_nothing(world):
    world.postgres.sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 1 AS a")
    said = []
    address = world.postgres.address
    said.append(take(world, "SELECT a FROM kept", "one", "-v"))
    said.append(take(world, "SELECT a FROM kept", "two", source=address))
    said.append(take(world, "SELECT a FROM kept", "three", source=f"postgresql:host=127.0.0.1 port={world.postgres.port} "
                     f"user={USER} password='{PASSWORD}' dbname=postgres"))
    said.append(take(world, "SELECT a FROM kept", "four", source=f"{address}?application_name=x&sslmode=disable"))
    said.append(take(world, "SELECT nope FROM kept", source=address, expect=2))
    wrong = address.replace("s3cr3t", "wr0ngs3cr3t")
    said.append(take(world, "SELECT a FROM kept", source=wrong, expect=8))
    assert "password authentication failed" in said[-1].err
    said.append(take(world, "SELECT a FROM kept", source=address.replace("/postgres", "/nowhere"), expect=8))
    said.append(take(world, "SELECT a FROM kept", source=address.replace("s3cr3t%2F", "s3cr3t%2"), expect=2))
    said.append(take(world, "SELECT a FROM kept", source=address + "?nonsense=s3cr3t", expect=2))
    said.append(world.mlr("run", "-n", "r", "--", "true", "--from", address))
    said.append(take(world, f"SELECT a, 'host=h password=s3cr3t {USER}' AS b FROM kept", "five"))
    for name in ("one", "two", "three", "four", "five"):
        said += [world.mlr("show", name), world.mlr("show", name, "--json"), world.mlr("check", name, env={"PGPASSWORD": "s3cr3t"}, expect=0 if name == "one" else 2 if name == "five" else 8)]
    text = b"".join(result.raw_out + result.raw_err for result in said) + everything_in(world.folder)
    for secret in (b"s3cr3t", b"p@ss", b"p%40ss", b"anna:", b"wr0ng"):
        assert secret not in text, secret
    assert world.mlr("show", "four", "--json").json["source"]["uri"].endswith("/postgres?sslmode=disable")


def test_what_the_library_reads(world, tmp_path):
    world.postgres.sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 1 AS a")
    pgpass = tmp_path / "pgpass"
    pgpass.write_text(f"127.0.0.1:*:*:{USER}:{PASSWORD}\n")
    pgpass.chmod(0o600)
    plain = world.postgres.public_address
    env = {"PGPASSFILE": str(pgpass), "PGUSER": USER}
    take(world, "SELECT a FROM kept", "one", source=plain, env=env)
    assert world.mlr("check", "one", env=env).out.count("same") == 1
    services = tmp_path / "services"
    services.write_text(f"[warehouse]\nhost=127.0.0.1\nport={world.postgres.port}\nuser={USER}\ndbname=postgres\n")
    env = {"PGPASSFILE": str(pgpass), "PGSERVICEFILE": str(services), "PGSERVICE": "warehouse"}
    assert take(world, "SELECT a FROM kept", "two", source="postgresql:", env=env).json["source"]["uri"] == plain
    env = {"PGPASSFILE": str(pgpass), "PGSERVICEFILE": str(services)}
    uri = take(world, "SELECT a FROM kept", "three", source="postgresql:///?service=warehouse", env=env).json["source"]["uri"]
    assert uri == plain + "?service=warehouse"
    assert world.mlr("check", "three", env=env).code == 0


def test_the_socket_of_a_server(world):
    env = {"PGPASSWORD": PASSWORD, "PGUSER": USER}
    source = f"postgresql:///postgres?host={world.postgres.folder}&port={world.postgres.port}"
    uri = take(world, "SELECT 1 AS a", "one", source=source, env=env).json["source"]["uri"]
    assert uri == source
    assert world.mlr("check", "one", env=env).code == 0


SLEEPS = "FROM pg_stat_activity WHERE application_name = 'mlrepro' AND wait_event = 'PgSleep'"


def sleeps(world):
    """Whether a query of mlrepro has come as far as its pg_sleep()."""
    return world.postgres.sql(f"SELECT count(*) {SLEEPS}").stdout != b"0\n"


def test_all_rows_are_of_one_moment(world):
    world.postgres.sql("DROP TABLE IF EXISTS moving; CREATE TABLE moving AS SELECT i AS a FROM generate_series(1, 20) i")
    taken = world.popen(
        "snapshot", "--sql", "SELECT a, pg_sleep(0.1)::text AS s, (SELECT count(*) FROM moving) AS c FROM moving ORDER BY a",
        "--from", "env:WAREHOUSE", "-n", "moment", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    wait_until(lambda: sleeps(world))
    world.postgres.sql("DELETE FROM moving WHERE a > 10; INSERT INTO moving SELECT 100 + i FROM generate_series(1, 50) i")
    assert taken.wait(timeout=300) == 0
    assert [(row[0], row[2]) for row in rows_of(world, "moment")] == [(number, 20) for number in range(1, 21)]


def test_a_server_that_goes_away_leaves_nothing_on_record(world):
    killer = threading.Thread(target=lambda: wait_until(
        lambda: world.postgres.sql(f"SELECT pg_terminate_backend(pid) {SLEEPS}").stdout))
    killer.start()
    gone = take(world, "SELECT i, pg_sleep(CASE WHEN i > 2000 THEN 0.05 ELSE 0 END)::text AS s FROM generate_series(1, 4000) i", expect=8)
    killer.join()
    assert "terminating connection" in gone.error["message"] or "closed the connection" in gone.error["message"]
    assert world.mlr("list", "snapshots", "--json").json["snapshots"] == []
    nobody = take(world, "SELECT 1 AS a", source="postgresql://127.0.0.1:1/postgres", expect=8)
    assert "Connection refused" in nobody.error["message"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_query_ends_at_the_server_too(world, number):
    taken = world.popen("snapshot", "--sql", "SELECT pg_sleep(600)::text AS s", "--from", "env:WAREHOUSE", "-n", "long",
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: sleeps(world))
    taken.send_signal(number)
    assert taken.wait(timeout=60) == 130
    assert taken.stderr.read().decode().splitlines()[-1] == "mlrepro: interrupted"
    wait_until(lambda: not sleeps(world))
    assert world.mlr("list", "snapshots", "--json").json["snapshots"] == []
    assert [path for path in (world.folder / ".mlrepro/tmp").iterdir() if "tables" in path.name] == []


def test_a_server_ends_the_query_of_a_command_that_was_killed(world):
    taken = world.popen("snapshot", "--sql", "SELECT pg_sleep(600)::text AS s", "--from", "env:WAREHOUSE", "-n", "long",
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: sleeps(world))
    taken.kill()
    taken.wait(timeout=60)
    wait_until(lambda: not sleeps(world))


class SlowAnswer:
    """Stands before a server, and keeps its answer to a statement that has `word` until it may go on."""

    def __init__(self, port, word):
        self.server = port
        self.word = word
        self.asked = threading.Event()
        self.may_go_on = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.server))
            held = threading.Event()
            threading.Thread(target=self.pass_on, args=(client, server, held, True), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(server, client, held, False), daemon=True).start()

    def pass_on(self, giver, taker, held, question):
        with contextlib.suppress(OSError):
            while piece := giver.recv(65536):
                if question and self.word in piece:
                    held.set()
                if not question and held.is_set():
                    self.asked.set()
                    self.may_go_on.wait()
                taker.sendall(piece)
            taker.shutdown(socket.SHUT_WR)


def test_a_signal_between_two_statements_is_not_lost(world):
    """The server, idle in the transaction, ignores the request to cancel; the query itself must not begin."""
    before = SlowAnswer(world.postgres.port, b"BEGIN TRANSACTION")
    address = world.postgres.address.replace(f":{world.postgres.port}/", f":{before.port}/")
    taken = world.popen("snapshot", "--sql", "SELECT pg_sleep(600)::text AS s", "--from", "env:SLOW", "-n", "long",
                        env={"SLOW": address}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert before.asked.wait(timeout=60)
    taken.send_signal(signal.SIGTERM)
    time.sleep(1)
    before.may_go_on.set()
    assert taken.wait(timeout=60) == 130
    assert taken.stderr.read().decode().splitlines()[-1] == "mlrepro: interrupted"
    assert not sleeps(world)


def test_the_transaction_ends_with_the_rows(world):
    """Not when they are sorted, written and stored: until then the view could not be dropped."""
    world.postgres.sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT i AS a, md5(i::text) AS b FROM generate_series(1, 400000) i")
    taken = world.popen("snapshot", "--sql", "SELECT * FROM kept", "--from", "env:WAREHOUSE", "-n", "long", "--order-by", "b",
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    last = "SELECT query FROM pg_stat_activity WHERE application_name = 'mlrepro'"

    def committed():
        """Seen, and the command was at work still; absent as long as neither is known."""
        seen = world.postgres.sql(last).stdout.startswith(b"COMMIT")
        ended = taken.poll() is not None
        return [seen and not ended] if seen or ended else None

    assert wait_until(committed) == [True]
    assert taken.wait(timeout=300) == 0


def test_a_check_says_where_rows_of_a_server_differ_from_those_of_a_file(world):
    """Types have other names there, and the same values."""
    world.postgres.sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept (i int, n numeric(8,2), d date, t text, b bool, moment timestamptz);"
                       "INSERT INTO kept VALUES (1, 1.50, '2021-06-01', 'x', true, '2021-06-01 10:00+02'), (2, NULL, NULL, '', false, NULL)")
    take(world, "SELECT * FROM kept", "kept", "--order-by", "i")
    make_duckdb(world.folder / "w.duckdb", "CREATE TABLE kept (i BIGINT, n DOUBLE, d DATE, t VARCHAR, b BOOLEAN, moment TIMESTAMPTZ);"
                "INSERT INTO kept VALUES (2, NULL, NULL, '', false, NULL), (1, 1.5, '2021-06-01', 'x', true, '2021-06-01 08:00:00+00')")
    assert world.mlr("check", "kept", "--from", "duckdb:w.duckdb", "--json").json["checks"][0]["verdict"] == "same"


def test_many_rows_come_as_a_stream(world):
    answer = take(world, "SELECT i, i * 0.25::float8 AS x, 'name ' || i % 1000 AS n FROM generate_series(1, 1000000) i", "many", "--order-by", "i")
    assert answer.json["source"]["rows"] == 1_000_000
    table = table_of(world, "many")
    assert table.num_rows == 1_000_000
    assert table.column("i").to_pylist()[-1] == 1_000_000
