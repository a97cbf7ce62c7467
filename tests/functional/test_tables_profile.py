# SPDX-License-Identifier: Apache-2.0
"""Profiles of tables: every figure beside pandas and NumPy, on generated and real tables."""

import datetime
import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from faults import EVERYWHERE


def profile(project, path, *options):
    document = project.mlr("snapshot", path, "--no-pointer", "--profile", "--json", *options).json
    assert document["profile"]["schema"] == "mlrepro.profile/1"
    return document["profile"]["tables"]


def columns(table):
    return {column["name"]: column for column in table["columns"]}


def close(found, expected):
    return found == pytest.approx(expected, rel=1e-12, abs=1e-300)


def check_numbers(column, series):
    finite = series[np.isfinite(series)]
    assert column["missing"] == 0 or column["missing"] == int(series.isna().sum()) - column["nan"]
    assert column["distinct"]["value"] == finite.nunique() + (1 if np.isposinf(series).any() else 0) + (
        1 if np.isneginf(series).any() else 0)
    numbers = column["numbers"]
    assert numbers["min"] == finite.min() and numbers["max"] == finite.max()
    assert numbers["mean"] == pytest.approx(finite.mean(), rel=1e-12, abs=1e-14 * finite.abs().max())
    assert numbers["deviation"] == pytest.approx(finite.std(), rel=1e-9)
    assert column["percentiles"] == pytest.approx(np.percentile(finite, range(101)), rel=1e-12, abs=1e-12)
    edges = column["histogram"]["edges"]
    assert edges == sorted(set(column["percentiles"][10:100:10]))
    bins = np.searchsorted(edges, finite, side="left")
    assert column["histogram"]["counts"] == np.bincount(bins, minlength=len(edges) + 1).tolist()


@pytest.mark.parametrize("name", ["iris", "wine", "diabetes", "breast_cancer"])
def test_real_tables(project, name):
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    path = project.folder / "data" / f"{name}.csv"
    path.parent.mkdir()
    frame.to_csv(path, index=False)
    frame = pd.read_csv(path)
    [table] = profile(project, f"data/{name}.csv")
    assert table["rows"] == table["sampled"] == len(frame) and table["exact"] and table["format"] == "csv"
    assert [column["name"] for column in table["columns"]] == list(frame.columns)
    for key, column in columns(table).items():
        assert column["class"] == "numeric"
        check_numbers(column, frame[key].astype(float))


@pytest.fixture
def mixed(project):
    """One of each kind, with what is missing."""
    random = np.random.default_rng(1)
    n = 1000
    number = random.normal(10, 3, n)
    frame = pd.DataFrame({
        "id": range(n),
        "number": np.where(random.random(n) < 0.1, np.nan, number),
        "count": random.poisson(3, n),
        "city": random.choice(["Łódź", "Paris", "a,\"b\"", "x"], n, p=[0.5, 0.3, 0.15, 0.05]),
        "flag": random.random(n) < 0.25,
        "day": [datetime.date(2021, 1, 1) + datetime.timedelta(days=int(d)) for d in random.integers(0, 365, n)],
        "same": "one",
        "none": None,
    })
    frame.to_csv(project.folder / "mixed.csv", index=False)
    frame.to_json(project.folder / "mixed.jsonl", orient="records", lines=True)
    return project, frame


def test_every_kind_of_column(mixed):
    project, frame = mixed
    [table] = profile(project, "mixed.csv")
    found = columns(table)
    assert {name: column["class"] for name, column in found.items() if name != "none"} == {
        "id": "numeric", "number": "numeric", "count": "numeric", "city": "text", "flag": "boolean", "day": "time",
        "same": "text"}
    check_numbers(found["number"], frame["number"])
    check_numbers(found["count"], frame["count"].astype(float))
    assert found["number"]["missing"] == frame["number"].isna().sum()
    assert found["id"]["notes"] == ["key-like"] and found["same"]["notes"] == ["constant"]
    assert found["none"]["notes"] == ["empty"] and found["none"]["missing"] == 1000
    counts = frame["city"].value_counts()
    assert {item["value"]: item["count"] for item in found["city"]["top"]} == counts.to_dict()
    assert found["city"]["top_is_all"] and found["city"]["top"][0]["value"] == "Łódź"
    lengths = frame["city"].str.len()
    assert found["city"]["lengths"]["max"] == lengths.max()
    assert close(found["city"]["lengths"]["mean"], lengths.mean())
    assert {item["value"]: item["count"] for item in found["flag"]["top"]} == {
        "true": frame["flag"].sum(), "false": (~frame["flag"]).sum()}
    assert found["day"]["first"] == str(frame["day"].min()) and found["day"]["last"] == str(frame["day"].max())
    seconds = pd.to_datetime(frame["day"]).astype("datetime64[s]").astype("int64")
    assert close(found["day"]["numbers"]["mean"], seconds.mean())


def test_nan_and_infinite_are_counted_apart(project):
    project.write("x.csv", "v\n1.5\nnan\ninf\n-inf\n\n2.5\n")
    [table] = profile(project, "x.csv")
    column = columns(table)["v"]
    assert column["class"] == "numeric"
    assert (column["missing"], column["nan"], column["infinite"]) == (1, 1, 2)
    assert column["numbers"] == {"min": 1.5, "max": 2.5, "mean": 2.0, "deviation": pytest.approx(math.sqrt(0.5))}


def test_equal_bytes_have_an_equal_profile(project, mixed, tmp_path):
    first = project.mlr("snapshot", "mixed.csv", "--no-pointer", "--profile", "--json").json["profile"]
    texts = {json.dumps(project.mlr("snapshot", "mixed.csv", "--no-pointer", "--profile", "--json", "--store",
                                    tmp_path / f"store-{i}").json["profile"]) for i in range(3)}
    assert texts == {json.dumps(first)}


def test_a_profile_is_taken_once_and_shown_where_it_is_known(mixed):
    project, frame = mixed
    project.mlr("snapshot", "mixed.csv", "--no-pointer", "-n", "mixed")
    assert project.mlr("show", "mixed", "--json").json["profile"] is None
    text = project.mlr("show", "mixed", "--profile").out
    assert "1000 rows, 8 columns, csv" in text and "key-like" in text and "▁" in text
    known = project.mlr("show", "mixed", "--json").json["profile"]
    assert known["tables"][0]["rows"] == 1000
    # The same content under another name costs nothing: it is known at once.
    (project.folder / "copy.csv").write_bytes((project.folder / "mixed.csv").read_bytes())
    project.mlr("snapshot", "copy.csv", "--no-pointer", "-n", "copy")
    assert project.mlr("show", "copy", "--json").json["profile"]["tables"][0]["columns"] == known["tables"][0]["columns"]


def test_without_utf8_it_is_ascii(mixed):
    project, _ = mixed
    project.mlr("snapshot", "mixed.csv", "--no-pointer", "-n", "mixed")
    text = project.mlr("show", "mixed", "--profile", env={"LANG": "C", "LC_ALL": "C"}).out
    line = next(line for line in text.splitlines() if line.strip().startswith("number"))
    assert line.isascii() and ("@" in line or "#" in line)


def test_other_formats_say_the_same(mixed):
    project, frame = mixed
    [csv] = profile(project, "mixed.csv")
    [lines] = profile(project, "mixed.jsonl")
    assert lines["format"] == "jsonl" and lines["rows"] == csv["rows"]
    for key in ("number", "count", "id"):
        assert columns(lines)[key]["percentiles"] == pytest.approx(columns(csv)[key]["percentiles"])


def test_a_folder_has_a_profile_a_table(project):
    project.write("data/a.csv", "x\n1\n2\n")
    project.write("data/b/c.tsv", "y\tz\n1\tu\n")
    project.write("data/readme.txt", "no table\n")
    tables = profile(project, "data")
    assert [(table["path"], table["rows"], len(table["columns"])) for table in tables] == [
        ("a.csv", 2, 1), ("b/c.tsv", 1, 2)]


def test_one_table_below_what_is_recorded(project):
    """As queries and row diffs name it: RUN:PATH, SNAPSHOT:PATH."""
    project.write("data/sub/a.csv", "x\n1\n2\n")
    project.write("data/b.csv", "y\n1\n2\n3\n")
    project.mlr("snapshot", "data", "--no-pointer", "-n", "both")
    project.mlr("run", "-n", "used", "-i", "data", "--", "true")
    for reference in ("used:data/sub/a.csv", "both:sub/a.csv", "used:data/sub"):
        document = project.mlr("show", reference, "--profile", "--json").json
        assert document["path"] == "data" and document["files"] == 2
        assert [(table["path"], table["rows"]) for table in document["profile"]["tables"]] == [("sub/a.csv", 2)]
    text = project.mlr("show", "used:data/b.csv", "--profile").out
    assert "3 rows, 1 column" in text and "sub/a.csv" not in text
    error = project.mlr("show", "used:data/c.csv", "--profile", "--json", expect=3).error
    assert "no table 'c.csv' in there" in error["message"]
    assert "no input or output" in project.mlr("show", "used:data/b.csv", "--json", expect=3).error["message"]
    assert "no run and no snapshot" in project.mlr("show", "data/b.csv", "--profile", "--json", expect=3).error["message"]


def test_profiles_go_with_their_content(mixed):
    project, _ = mixed
    project.mlr("snapshot", "mixed.csv", "--no-pointer", "--profile", "-n", "mixed")
    database = project.folder / ".mlrepro" / "mlrepro.db"
    value = "Łódź".encode()
    everything = database.read_bytes() + b"".join(
        path.read_bytes() for path in database.parent.glob("mlrepro.db-*"))
    assert value in everything
    project.mlr("forget", "mixed")
    everything = database.read_bytes() + b"".join(
        path.read_bytes() for path in database.parent.glob("mlrepro.db-*"))
    assert value not in everything


@pytest.mark.parametrize("name, content", [
    ("empty.csv", b""),
    ("header.csv", b"a,b\n"),
    ("one.csv", b"a\n1\n"),
    ("huge.csv", b"a\n1e308\n-1e308\n1e308\n"),
    ("wide.csv", ",".join(f"c{i}" for i in range(100)).encode() + b"\n" + b",".join(b"1" for _ in range(100)) + b"\n"),
    ("quotes.csv", b'"a ""b""; DROP TABLE x --","select"\n1,2\n'),
    ("same.csv", b"a,a,A\n1,2,3\n"),
    ("long.csv", b"a\n" + b"x" * 1_000_000 + b"\ny\n"),
    ("binary.csv", bytes(range(256)) * 10),
    ("cut.parquet", b"PAR1\x15\x04"),
])
def test_odd_tables_are_profiled_or_named(project, name, content):
    project.write(name, content)
    result = project.mlr("snapshot", name, "--no-pointer", "--profile", "--json")
    tables = (result.json["profile"] or {"tables": []})["tables"]
    assert (len(tables) == 1) != (name in result.err), result.err
    assert len(result.err.splitlines()) <= 2
    if tables:
        assert all(column["missing"] <= tables[0]["rows"] for column in tables[0]["columns"])


def test_more_columns_than_are_loaded_at_once(project):
    count = 10_000 if EVERYWHERE else 1_100
    project.write("wide.csv", "\n".join(",".join(row) for row in (
        [f"c{i}" for i in range(count)], [str(i % 7) for i in range(count)], ["0"] * count)) + "\n")
    table, = project.mlr("snapshot", "wide.csv", "--no-pointer", "--profile", "--json").json["profile"]["tables"]
    assert table["rows"] == table["sampled"] == 2 and len(table["columns"]) == count
    for i in (0, 999, 1000, count - 1):
        column = table["columns"][i]
        assert (column["name"], column["numbers"]["max"], column["missing"]) == (f"c{i}", i % 7, 0)


def test_what_can_not_be_profiled_says_so(project):
    project.write("x.txt", "1\n")
    project.write("x.csv", "a\n1\n")
    assert "no table in 'x.txt'" in project.mlr("snapshot", "x.txt", "--profile", "--no-pointer").err
    error = project.mlr("snapshot", "x.csv", "--profile", "--no-store", "--no-pointer", "--json", expect=2).error
    assert "--no-store" in error["message"]
    project.mlr("run", "--", "true")
    error = project.mlr("show", "@1", "--profile", "--json", expect=2).error
    assert "--profile" in error["message"] and "RUN:PATH" in error["hint"]


def test_a_table_that_can_not_be_read_is_named(project):
    project.write("x.csv", "a,b\n1\n")
    assert "warning: file 'x.csv': line 2: 1 cell where the header has 2" in project.mlr(
        "snapshot", "x.csv", "--profile", "--no-pointer").err
    error = project.mlr("show", "x.csv", "--profile", "--json", expect=2).error
    assert "'x.csv': line 2" in error["message"]
