# SPDX-License-Identifier: Apache-2.0
"""diff --key, --rows and --no-key: what became of each row, beside a reference made with pandas."""

import collections
import csv
import gzip
import io
import random

import pandas as pd
import pytest
from row_diff_reference import Reference, read

COLUMNS = ["id", "store", "day", "name", "price", "units", "serial", "code", "sold"]
NUMERIC = {"id", "store", "price", "units", "serial"}
NAMES = ["", "Orange juice", "naïve café", "橙汁", "a,b", 'say "hi"', "two\nlines", "tab\there", " blank ", "🍊"]


@pytest.fixture
def tables(project):
    """A project with a store, where files can be compared."""
    project.mlr("init")
    return project


def make_row(chance, number):
    return [
        number // 3, number % 3 + 1, f"2021-{number % 12 + 1:02d}-{number % 28 + 1:02d}", chance.choice(NAMES),
        chance.choice(["", f"{chance.random() * 100:.4f}", f"{chance.randrange(100)}.0"]),
        chance.choice(["", chance.randrange(1000)]), 90071992547409930000 + number, f"{number % 1000:06d}",
        chance.choice(["true", "false"]),
    ]  # fmt: skip


def edit(chance, rows):
    """Another table: rows gone, come, in another order, and cells changed."""
    edited = [list(row) for row in rows if chance.random() > 0.05]
    for row in edited:
        if chance.random() < 0.1:
            column = chance.randrange(2, len(COLUMNS))
            row[column] = make_row(chance, chance.randrange(10_000))[column]
        if chance.random() < 0.05 and row[4] != "":
            row[4] = f"{float(row[4]) + 0.001:.4f}"
    edited += [make_row(chance, 10_000 + number) for number in range(chance.randrange(20))]
    chance.shuffle(edited)
    return edited


def write_csv(path, rows, columns=COLUMNS):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def compare(project, *words, a="a.csv", b="b.csv", expect=0):
    return project.mlr("diff", a, b, *words, "--json", expect=expect).json


def delta(project, *words, a="a.csv", b="b.csv"):
    text = project.mlr("diff", a, b, *words, "--csv").raw_out.decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def text(cell):
    return "" if cell is None else cell


def write_pair(project, a, b):
    project.write("a.csv", a)
    project.write("b.csv", b)


def write_random_pair(project, seed, doubled=0):
    chance = random.Random(seed)
    rows = [make_row(chance, number) for number in range(600)]
    edited = edit(chance, rows)
    for table in (rows, edited):
        for _ in range(doubled):
            row = list(chance.choice(rows))
            row[3] = chance.choice(["twin", row[3]])
            table.append(row)
    write_csv(project.folder / "a.csv", rows)
    write_csv(project.folder / "b.csv", edited)


def check_against_pandas(project, words, tolerances=None):
    reference = Reference(read(project.folder / "a.csv"), read(project.folder / "b.csv"), ["id", "store"], NUMERIC,
                          tolerances)  # fmt: skip
    answer = compare(project, "--key", "id,store", *words)
    assert answer["counts"] == reference.counts()
    by_column = collections.Counter(name for _, name in reference.changes)
    assert {column["name"]: column["changed"] for column in answer["compared"]} == {
        name: by_column[name] for name in COLUMNS[2:]
    }
    assert answer["a"]["rows"] - answer["counts"]["removed"] + answer["counts"]["added"] == answer["b"]["rows"]
    lines = delta(project, "--key", "id,store", *words)
    changed = {
        (reference.identity((line["id"], line["store"]), ["id", "store"]), line["column"]): (line["old"], line["new"])
        for line in lines if line["change"] == "changed"
    }  # fmt: skip
    assert changed == {key: (text(a), text(b)) for key, (a, b) in reference.changes.items()}
    for name, rows in (("removed", reference.removed), ("added", reference.added)):
        found = [line for line in lines if line["change"] == name]
        assert len(found) == (len(COLUMNS) - 2) * sum(rows.values())
        keys = collections.Counter(
            reference.identity((line["id"], line["store"]), ["id", "store"]) for line in found if line["column"] == "day"
        )
        expected = collections.Counter()
        for row, times in rows.items():
            expected[row[:2]] += times
        assert keys == expected
    doubled = {
        reference.identity((line["id"], line["store"]), ["id", "store"]): (int(line["old"]), int(line["new"]))
        for line in lines if line["change"] == "duplicate"
    }  # fmt: skip
    assert doubled == reference.duplicates
    return answer, reference


@pytest.mark.parametrize("seed", range(5))
def test_random_edits_are_found_as_pandas_finds_them(tables, seed):
    write_random_pair(tables, seed)
    answer, reference = check_against_pandas(tables, [])
    assert not answer["same"] and reference.changes and reference.removed and reference.added
    assert answer["key"] == {"source": "given", "columns": ["id", "store"]}
    assert answer["columns"]["same"]


@pytest.mark.parametrize("seed", range(3))
def test_duplicate_keys_are_counted_and_no_row_is_lost(tables, seed):
    write_random_pair(tables, seed, doubled=12)
    answer, reference = check_against_pandas(tables, [])
    assert answer["counts"]["duplicate_keys"] > 5
    answer = compare(tables, "--key", "id,store", "--limit", "100")
    listed = {tuple(item["key"]): (item["a"], item["b"]) for item in answer["rows"]["duplicates"]}
    assert listed == {tuple(map(str, key)): sizes for key, sizes in reference.duplicates.items()}


def test_tolerances_as_pandas_has_them(tables):
    write_random_pair(tables, 7)
    exact = compare(tables, "--key", "id,store")
    answer, _ = check_against_pandas(tables, ["--tolerance", "price=0.0015"], {"price": (0.0015, 0)})
    price = next(column for column in answer["compared"] if column["name"] == "price")
    before = next(column for column in exact["compared"] if column["name"] == "price")
    assert price["tolerated"] > 0 and price["tolerated"] + price["changed"] == before["changed"]
    assert price["tolerance"] == {"absolute": 0.0015, "relative": 0}
    answer, _ = check_against_pandas(tables, ["--tolerance", "50%"], {name: (0, 0.5) for name in NUMERIC})
    assert all(c["tolerance"]["relative"] == (0.5 if c["name"] in NUMERIC else 0) for c in answer["compared"])


@pytest.mark.parametrize("seed", range(3))
def test_whole_rows_are_a_multiset(tables, seed):
    write_random_pair(tables, seed, doubled=30)
    reference = Reference(read(tables.folder / "a.csv"), read(tables.folder / "b.csv"), ["id"], NUMERIC)
    left, right = reference.rows(reference.a), reference.rows(reference.b)
    answer = compare(tables, "--no-key")
    assert answer["counts"]["removed"] == sum((left - right).values())
    assert answer["counts"]["added"] == sum((right - left).values())
    assert answer["counts"]["changed"] == answer["counts"]["duplicate_keys"] == 0
    assert answer["key"] == {"source": "none", "columns": []}
    lines = delta(tables, "--no-key")
    for change, rows in (("removed", left - right), ("added", right - left)):
        found = collections.Counter()
        for line in (line for line in lines if line["change"] == change):
            found[reference.identity([line[name] or None for name in COLUMNS], COLUMNS)] += int(line["rows"])
        assert found == rows


def test_the_answer_is_the_same_every_time(tables):
    write_random_pair(tables, 11, doubled=9)
    for words in (["--key", "id,store", "--csv"], ["--rows", "--json"], ["--no-key", "--csv"], ["--key", "id,store"]):
        first = tables.mlr("diff", "a.csv", "b.csv", *words).raw_out
        assert all(tables.mlr("diff", "a.csv", "b.csv", *words).raw_out == first for _ in range(3))


def test_rows_come_in_the_order_of_the_key(tables):
    write_pair(tables, "id,x\n10,1\n9,1\n100,1\n,1\n", "id,x\n")
    assert [line["id"] for line in delta(tables, "--key", "id")] == ["9", "10", "100", ""]


# What pandas finds in the texts holds for other formats of the same values.
@pytest.mark.parametrize("suffix", ["csv.gz", "tsv", "tsv.gz", "parquet", "jsonl"])
def test_the_format_makes_no_difference(tables, suffix):
    write_random_pair(tables, 3)
    expected = compare(tables, "--key", "id,store")
    frame = pd.read_csv(tables.folder / "b.csv", dtype={"code": str, "serial": str, "name": str}, keep_default_na=False,
                        na_values={"price": [""], "units": [""]})  # fmt: skip
    frame["units"] = frame["units"].astype("Int64")
    path = tables.folder / f"b.{suffix}"
    if suffix == "csv.gz":
        path.write_bytes(gzip.compress((tables.folder / "b.csv").read_bytes()))
    elif suffix.startswith("tsv"):
        data = frame.to_csv(None, sep="\t", index=False).encode()
        path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    elif suffix == "parquet":
        frame["day"] = pd.to_datetime(frame["day"]).dt.date
        frame.to_parquet(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True, force_ascii=False)
    answer = compare(tables, "--key", "id,store", b=path.name)
    assert answer["counts"] == expected["counts"]
    assert [(c["name"], c["changed"]) for c in answer["compared"]] == [
        (c["name"], c["changed"]) for c in expected["compared"]
    ]
    assert answer["b"]["format"] == {"csv.gz": "csv", "tsv": "tsv", "tsv.gz": "tsv", "parquet": "parquet",
                                     "jsonl": "json_lines"}[suffix]  # fmt: skip


def test_parquet_keeps_null_and_empty_text_apart(tables):
    pd.DataFrame({"id": [1, 2], "x": ["", None]}).to_parquet(tables.folder / "a.parquet")
    pd.DataFrame({"id": [1, 2], "x": [None, None]}).to_parquet(tables.folder / "b.parquet")
    answer = compare(tables, "--key", "id", a="a.parquet", b="b.parquet")
    assert answer["rows"]["changed"] == [{"key": ["1"], "cells": [{"column": "x", "a": "", "b": None}]}]
    assert tables.mlr("diff", "a.parquet", "b.parquet", "--key", "id", "--csv").out == (
        'change,id,column,old,new\nchanged,1,x,"",\n'
    )
    # CSV has one way to write both.
    tables.write("c.csv", 'id,x\n1,""\n2,\n')
    assert compare(tables, "--key", "id", a="a.parquet", b="c.csv")["same"]
    assert compare(tables, "--key", "id", a="c.csv", b="b.parquet")["same"]


@pytest.mark.parametrize(
    "a, b, changed",
    [
        ("1.0", "1", False), ("1.50", "1.5", False), ("-0.0", "0.0", False), ("1e3", "1000", False),
        ("007", "7", True), ("12345678901234567890", "12345678901234567891", True),
        ("9007199254740993", "9007199254740992.0", True), ("9007199254740993", "9007199254740993", False),
        ("170141183460469231731687303715884105729", "170141183460469231731687303715884105728", True),
        ("2021-01-01", "2021-01-01 00:00:00", False), ("2021-01-01", "2021-01-02", True),
        ("2021-01-01T10:00:00", "2021-01-01 10:00:00", False), ("x", "X", True), ("x", " x", True),
        ("2021-01-01T10:00:00+02:00", "2021-01-01T10:00:00-05:00", True),
        ("2021-01-01T10:00:00+02:00", "2021-01-01 08:00:00Z", False),
        ("2021-01-01T10:00:00+0230", "2021-01-01 07:30:00", False),
        ("2021-01-01 10:00:00.123456789", "2021-01-01 10:00:00.123456788", True),
        ("é", "e\u0301", True), ("true", "True", False), ("1", "true", True), ("", "0", True), ("nan", "nan", False),
    ],
)  # fmt: skip
def test_cells_are_the_same_when_their_values_are(tables, a, b, changed):
    write_pair(tables, f"id,x\n1,{a}\n", f"id,x\n1,{b}\n")
    assert compare(tables, "--key", "id")["counts"]["changed"] == int(changed)
    if a and b:
        # The same holds for a key.
        answer = compare(tables, "--key", "x")
        assert answer["counts"]["removed"] == answer["counts"]["added"] == int(changed)


def test_moments_with_a_zone_are_the_same_in_every_format(tables):
    when = pd.to_datetime(["2021-01-01T10:00:00+02:00", "2021-06-01T00:00:00.5Z", None], utc=True, format="ISO8601")
    pd.DataFrame({"id": [1, 2, 3], "t": when}).to_parquet(tables.folder / "a.parquet")
    tables.write("b.csv", "id,t\n1,2021-01-01T08:00:00Z\n2,2021-05-31T20:00:00.5-04:00\n3,\n")
    tables.write("b.jsonl", '{"id": 1, "t": "2021-01-01T10:00:00+02:00"}\n{"id": 2, "t": "2021-06-01 00:00:00.5"}\n'
                            '{"id": 3}\n')  # fmt: skip
    for name in ("b.csv", "b.jsonl"):
        answer = compare(tables, "--key", "id", a="a.parquet", b=name)
        assert answer["counts"]["changed"] == 0 and answer["columns"]["added"] == answer["columns"]["removed"] == []
    assert compare(tables, "--key", "id", a="a.parquet", b="b.csv")["same"]


def test_one_text_makes_a_column_one_of_text(tables):
    write_pair(tables, "id,x\n1,1.50\n2,2\n", "id,x\n1,1.50\n2,n/a\n")
    answer = compare(tables, "--key", "id")
    assert answer["rows"]["changed"] == [{"key": ["2"], "cells": [{"column": "x", "a": "2", "b": "n/a"}]}]
    assert answer["columns"]["retyped"] == [
        {"name": {"a": "x", "b": "x"}, "type": {"a": "DOUBLE", "b": "VARCHAR"}, "position": {"a": 2, "b": 2}}
    ]


def test_what_only_a_late_row_shows_counts(tables):
    rows = "".join(f"{i},{i}\n" for i in range(20_000))
    write_pair(tables, "id,x\n" + rows, "id,x\n" + rows[:-6] + "019999\n")
    answer = compare(tables, "--key", "id")
    assert answer["rows"]["changed"][0]["cells"] == [{"column": "x", "a": "19999", "b": "019999"}]


def test_null_is_a_key_and_is_said(tables):
    write_pair(tables, "id,x\n1,a\n,b\n", "id,x\n1,a\n,c\n")
    answer = compare(tables, "--key", "id")
    assert answer["rows"]["changed"] == [{"key": [None], "cells": [{"column": "x", "a": "b", "b": "c"}]}]
    assert (answer["a"]["null_keys"], answer["b"]["null_keys"]) == (1, 1)
    out = tables.mlr("diff", "a.csv", "b.csv", "--key", "id").out
    assert "NULL in it, taken as a value: 1 rows of a, 1 of b" in out


def test_duplicate_keys_with_the_same_rows_are_no_difference(tables):
    write_pair(tables, "id,x\n1,a\n1,b\n2,c\n", "id,x\n1,b\n1,a\n2,c\n")
    answer = compare(tables, "--key", "id", "--exit-code")
    assert answer["same"]
    assert answer["rows"]["duplicates"] == [{"key": ["1"], "a": 2, "b": 2}]
    write_pair(tables, "id,x\n1,a\n1,b\n1,b\n", "id,x\n1,b\n1,a\n")
    answer = compare(tables, "--key", "id", "--exit-code", expect=1)
    assert answer["rows"]["removed"] == [{"key": ["1"], "cells": ["1", "b"], "times": 1}]
    assert answer["rows"]["duplicates"] == [{"key": ["1"], "a": 3, "b": 2}]


def test_the_smallest_key_is_inferred_and_said(tables):
    rows = [(day, store, product, day * 100 + store * 10 + product, 0.5 * day) for day in range(6) for store in range(4)
            for product in range(3)]  # fmt: skip
    write_csv(tables.folder / "a.csv", rows, ["day", "store", "product", "serial", "score"])
    write_csv(tables.folder / "b.csv", rows[1:], ["day", "store", "product", "serial", "score"])
    assert compare(tables, "--rows")["key"] == {"source": "inferred", "columns": ["serial"]}
    answer = compare(tables, "--rows", "--ignore-columns", "serial")
    assert answer["key"]["columns"] == ["day", "store", "product"]
    assert answer["counts"]["removed"] == 1
    assert "key: serial (inferred: the fewest columns" in tables.mlr("diff", "a.csv", "b.csv", "--rows").out


def test_a_key_that_only_one_row_breaks_is_not_inferred(tables):
    rows = [f"{i},{i % 100},{i // 100}\n" for i in range(20_000)]
    write_pair(tables, "id,x,y\n" + "".join(rows), "id,x,y\n" + "".join(rows[:-1]) + "0,0,199\n")
    assert compare(tables, "--rows")["key"]["columns"] == ["id", "y"]


def test_without_any_key_rows_are_compared_as_a_whole_and_it_is_said(tables):
    write_pair(tables, "x,y\n1,1\n1,1\n", "x,y\n1,1\n")
    answer = compare(tables, "--rows")
    assert answer["key"] == {"source": "none", "columns": []}
    assert answer["rows"]["removed"] == [{"key": [], "cells": ["1", "1"], "times": 1}]
    assert "no key: rows are compared as a whole" in tables.mlr("diff", "a.csv", "b.csv", "--rows").out
    tables.mlr("diff", "a.csv", "b.csv", "--rows", "--tolerance", "1", expect=2)


def test_columns_come_first(tables):
    write_pair(tables, "id,a,b,gone,old name\n1,1,x,5,p\n2,2,y,6,q\n", "id,b,a,new,new name\n1,x,1.5,7,p\n2,y,2,8,q\n")
    answer = compare(tables, "--key", "id")
    schema = answer["columns"]
    assert not schema["same"]
    assert [(c["name"], c["type"], c["position"]) for c in schema["removed"]] == [("gone", "BIGINT", 4)]
    assert [(c["name"], c["type"], c["position"]) for c in schema["added"]] == [("new", "BIGINT", 4)]
    assert [c["name"] for c in schema["renamed"]] == [{"a": "old name", "b": "new name"}]
    assert [(c["name"]["a"], c["type"]) for c in schema["retyped"]] == [("a", {"a": "BIGINT", "b": "DOUBLE"})]
    assert len(schema["reordered"]) == 1
    assert answer["rows"]["changed"] == [{"key": ["1"], "cells": [{"column": "a", "a": "1", "b": "1.5"}]}]
    out = tables.mlr("diff", "a.csv", "b.csv", "--key", "id").out
    assert out.index("\ncolumns\n") < out.index("\nrows\n") < out.index("\nchanged rows\n")
    assert "renamed, with the same values" in out


def test_the_order_of_columns_and_rows_is_no_difference(tables):
    write_pair(tables, "id,x,y\n1,a,b\n2,c,d\n", "y,id,x\nd,2,c\nb,1,a\n")
    answer = compare(tables, "--key", "id", "--exit-code")
    assert answer["same"] and len(answer["columns"]["reordered"]) == 1
    assert compare(tables, "--no-key", "--exit-code")["same"]


def test_ignored_columns_are_nowhere(tables):
    write_pair(tables, "id,x,at\n1,a,9\n", "id,x,at,more\n1,a,10,1\n")
    answer = compare(tables, "--key", "id", "--ignore-columns", "at,more", "--exit-code")
    assert answer["same"] and answer["ignored"] == ["at", "more"]
    assert answer["rows"]["columns"] == {"a": ["id", "x"], "b": ["id", "x"]}
    assert compare(tables, "--no-key", "--ignore-columns", "at,more")["same"]


HOSTILE = ["rowid", 'say "id"', "two\nlines", "a,b", "id", "select", "c0", "'; DROP TABLE side_a; --", "k0", "é",
           "change", "column", "f0", "x" * 300]  # fmt: skip


def test_names_of_columns_can_be_anything(tables):
    rows = [[str(10 * r + c) for c in range(len(HOSTILE))] for r in range(5)]
    write_csv(tables.folder / "a.csv", rows, HOSTILE)
    rows[2][-1] = "changed"
    write_csv(tables.folder / "b.csv", rows, HOSTILE)
    for name in HOSTILE[:-1]:
        lines = delta(tables, "--key", name)
        assert len(lines) == 1 and lines[0]["column"] == "x" * 300
        shown = f"key.{name}" if name in ("change", "column") else name
        assert lines[0][shown] == rows[2][HOSTILE.index(name)]
    assert "changed" in tables.mlr("diff", "a.csv", "b.csv", "--key", "rowid").out


def write_wide_pair(project, columns, changed):
    """All of the rows differ, each in a cell of another column."""
    rows = [[r * 1000 + c for c in range(columns)] for r in range(changed)]
    names = [f"feature {i}" for i in range(columns)]
    write_csv(project.folder / "a.csv", rows, names)
    for r in range(changed):
        rows[r][r] += 0.5
    write_csv(project.folder / "b.csv", rows, names)


def test_three_hundred_columns(tables):
    write_wide_pair(tables, 300, 40)
    answer = compare(tables, "--key", "feature 299")
    assert answer["counts"]["changed_cells"] == 40
    assert [column["changed"] for column in answer["compared"]] == [1] * 40 + [0] * 259
    assert answer["compared"][0]["largest_difference"] == 0.5


def test_a_thousand_columns_take_no_more_memory_than_there_is(tables):
    write_wide_pair(tables, 1000, 4)
    answer = compare(tables, "--key", "feature 999")
    assert answer["counts"]["changed_cells"] == 4 and len(answer["compared"]) == 999


def test_what_a_late_row_shows_of_a_wide_table_counts(tables):
    """Its columns are asked about in another way."""
    for name in "ab":
        rows = [[r * 1000 + c if c == 0 or r < 3 else "" for c in range(310)] for r in range(4200)]
        rows[4100][7] = "x" if name == "a" else "y"
        rows[4150][9] = "1.50" if name == "a" else "1.5"
        write_csv(tables.folder / f"{name}.csv", rows, [f"c{c}" for c in range(310)])
    answer = compare(tables, "--key", "c0")
    assert answer["counts"]["changed_cells"] == 1
    assert [column["name"] for column in answer["compared"] if column["changed"]] == ["c7"]
    assert answer["compared"][6]["largest_difference"] is None


def test_wide_tables_without_a_key(tables):
    write_wide_pair(tables, 60, 40)
    assert compare(tables, "--no-key")["counts"]["removed"] == 40
    assert compare(tables, "--rows")["key"]["columns"] == ["feature 40"]


def test_tables_without_rows(tables):
    write_pair(tables, "id,x\n", "id,x\n")
    assert compare(tables, "--key", "id", "--exit-code")["same"]
    assert compare(tables, "--rows")["same"]
    tables.write("b.csv", "id,x\n1,2\n")
    answer = compare(tables, "--key", "id")
    assert answer["counts"]["added"] == 1 and answer["columns"]["same"]


def test_limits(tables):
    write_pair(tables, "id,x\n" + "".join(f"{i},a\n" for i in range(100)),
               "id,x\n" + "".join(f"{i},{'b' if i < 50 else 'a'}\n" for i in range(150)))  # fmt: skip
    answer = compare(tables, "--key", "id")
    assert answer["limit"] == 20
    assert len(answer["rows"]["changed"]) == len(answer["rows"]["added"]) == 20
    assert answer["counts"]["changed"] == answer["counts"]["added"] == 50
    out = tables.mlr("diff", "a.csv", "b.csv", "--key", "id").out
    assert "changed rows, the first 20 of 50" in out and "added rows, the first 20 of 50" in out
    answer = compare(tables, "--key", "id", "--limit", "0")
    assert answer["rows"]["changed"] == [] and answer["counts"]["changed"] == 50
    assert len(delta(tables, "--key", "id")) == 100
    assert len(delta(tables, "--key", "id", "--limit", "3")) == 6


def test_the_table_for_people(tables):
    write_pair(tables, "store,id,price,note\n1,7,1.5,x\n1,8,2,\n2,9,3,z\n", "store,id,price,note\n1,7,1.75,\n1,8,2,\n3,9,3,z\n")
    out = tables.mlr("diff", "a.csv", "b.csv", "--key", "store,id").out
    assert out == (
        "a.csv (a) and b.csv (b): different\n"
        "  key: store, id\n"
        "\nrows\n"
        "             rows\n"
        "  in a          3\n"
        "  in b          3\n"
        "  unchanged     1\n"
        "  changed       1\n"
        "  removed       1\n"
        "  added         1\n"
        "\nchanged columns\n"
        "  column  changed cells  largest difference  within tolerance\n"
        "  price               1                0.25\n"
        "  note                1\n"
        "\nchanged rows\n"
        "  store  id  column  a       b\n"
        "  1      7   price   1.5  →  1.75\n"
        "             note    x    →  NULL\n"
        "\nremoved rows\n"
        "  store  id  price  note\n"
        "  2      9   3      z\n"
        "\nadded rows\n"
        "  store  id  price  note\n"
        "  3      9   3      z\n"
    )
    markdown = tables.mlr("diff", "a.csv", "b.csv", "--key", "store,id", "--markdown").out
    assert "### changed rows" in markdown and "| price" in markdown
    # Of long cells, the part that differs is seen.
    write_pair(tables, f"id,x\n1,{'é' * 60}one end\n", f"id,x\n1,{'é' * 60}another end\n")
    line = tables.mlr("diff", "a.csv", "b.csv", "--key", "id").out.splitlines()[-1]
    assert line.split() == ["1", "x", "…éééééé" + "one", "end", "→", "…éééééé" + "another", "end"]


def test_exit_codes(tables):
    write_pair(tables, "id,x\n1,2\n", "id,x\n1,2\n")
    tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--exit-code")
    tables.write("b.csv", "id,x\n1,3\n")
    tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--exit-code", expect=1)
    tables.mlr("diff", "a.csv", "b.csv", "--key", "id")
    tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--csv", "--exit-code", expect=1)
    tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--tolerance", "1", "--exit-code")


def test_bad_requests_say_what_is_wrong(tables):
    write_pair(tables, "product_id,x\n1,2\n", "product_id,y\n1,3\n")
    tables.write("notes.txt", "no table\n")

    def refused(*words, a="a.csv", b="b.csv", code=2):
        return tables.mlr("diff", a, b, *words, "--json", expect=code).error

    error = refused("--key", "product")
    assert "--key 'product': no such column in a" in error["message"]
    assert error["hint"] == "did you mean 'product_id'?"
    assert "--key 'x': no such column in b" in refused("--key", "x")["message"]
    assert "--ignore-columns 'z'" in refused("--rows", "--ignore-columns", "z")["message"]
    assert "--tolerance 'y': no such column" in refused("--key", "product_id", "--tolerance", "y=1")["message"]
    assert "--tolerance 'x'" in refused("--rows", "--tolerance", "x")["message"]
    for key in (("--key", "product_id"), ("--rows",)):
        assert "a column of the key" in refused(*key, "--tolerance", "product_id=1")["message"]
    assert "--key and --no-key" in refused("--key", "product_id", "--no-key")["message"]
    assert "--csv and --json" in refused("--rows", "--csv")["message"]
    for words in (["--limit", "3"], ["--csv"], ["--tolerance", "1"], ["--ignore-columns", "x"]):
        assert words[0] in refused(*words)["message"]
    for words in (["--all"], ["--patch"], ["--tables"], ["--thresholds", "rules.toml"]):
        assert words[0] in refused("--rows", *words)["message"]
    refused("--rows", b="notes.txt", code=3)
    refused("--rows", b="gone.csv", code=3)
    assert "no column in common" in refused("--rows", "--ignore-columns", "product_id")["message"]
    assert not list((tables.folder / ".mlrepro" / "tmp").iterdir())


def test_bad_tables_say_what_is_wrong(tables):
    write_pair(tables, "id,x\n1,2\n2,3,4\n", "id,x\n1,2\n")
    error = tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--json", expect=2).error
    assert "a.csv" in error["message"] and "3" in error["message"]
    tables.write("a.csv", "")
    assert "a.csv" in tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--json", expect=2).error["message"]
    (tables.folder / "a.parquet").write_bytes(b"PAR1 no parquet PAR1")
    assert "a.parquet" in tables.mlr("diff", "a.parquet", "b.csv", "--key", "id", "--json", expect=2).error["message"]


def test_two_runs_outputs(project):
    script = "import sys; open('out/x.csv', 'w').write('id,price\\n1,' + sys.argv[1] + '\\n2,5\\n')"
    (project.folder / "out").mkdir()
    for price in ("1.5", "2.5"):
        project.mlr("run", "-q", "-o", "out", "--", "python3", "-c", script, price)
    answer = project.mlr("diff", "@2:out/x.csv", "@1:out/x.csv", "--key", "id", "--json").json
    assert answer["rows"]["changed"] == [{"key": ["1"], "cells": [{"column": "price", "a": "1.5", "b": "2.5"}]}]
    assert answer["a"]["name"] == "@2:out/x.csv" and answer["a"]["path"] == "out/x.csv"
    assert answer["a"]["digest"].startswith("sha256:")
    # A folder with one table names it, too.
    assert project.mlr("diff", "@2:out", "@1:out", "--key", "id", "--json").json["counts"] == answer["counts"]
    error = project.mlr("diff", "@2:out/y.csv", "@1:out/x.csv", "--rows", "--json", expect=3).error
    assert "no table 'y.csv'" in error["message"]
    error = project.mlr("diff", "@2", "@1", "--rows", "--json", expect=2).error
    assert "names a run, not data" in error["message"]


def test_snapshots_and_the_working_tree(project):
    project.write("data/sales.csv", "id,units\n1,2\n2,3\n")
    project.write("data/stores.csv", "id,city\n1,Ulm\n")
    project.mlr("snapshot", "-q", "data")
    project.write("data/sales.csv", "id,units\n1,2\n2,4\n3,1\n")
    answer = project.mlr("diff", "data:sales.csv", "--key", "id", "--json").json
    assert answer["b"]["name"] == "working tree" and answer["b"]["digest"] is None
    assert (answer["counts"]["changed"], answer["counts"]["added"]) == (1, 1)
    assert answer["a"]["path"] == answer["b"]["path"] == "data/sales.csv"
    first = project.mlr("list", "snapshots", "--json").json["snapshots"][0]["id"]
    project.mlr("snapshot", "-q", "data")
    answer = project.mlr("diff", f"{first[:12]}:sales.csv", "data.snap:sales.csv", "--key", "id", "--json").json
    assert answer["counts"]["changed_cells"] == 1
    error = project.mlr("diff", first[:12], "data", "--rows", "--json", expect=2).error
    assert "2 tables" in error["message"] and "sales.csv, stores.csv" in error["message"]
    assert project.mlr("diff", "data:sales.csv", "data/sales.csv", "--rows", "--json", "--exit-code").json["same"]
    (project.folder / "data/sales.csv").unlink()
    project.mlr("diff", "data:sales.csv", "--key", "id", expect=3)


def test_a_partitioned_folder_is_one_table(project):
    for year, version in ((2021, "v1"), (2022, "v1"), (2021, "v2"), (2022, "v2")):
        extra = "3,9\n" if (year, version) == (2022, "v2") else ""
        project.write(f"{version}/year={year}/part.csv", "id,units\n1,2\n" + extra)
    project.mlr("snapshot", "-q", "v1", "v2")
    answer = project.mlr("diff", "v1", "v2", "--key", "year,id", "--json").json
    assert answer["rows"]["added"] == [{"key": ["2022", "3"], "cells": answer["rows"]["added"][0]["cells"], "times": 1}]
    assert answer["counts"]["unchanged"] == 2


def test_little_memory_is_enough(tables):
    chance = random.Random(5)
    rows = [[i, chance.randrange(10**9), f"name {chance.randrange(10**6)} " + "x" * 40] for i in range(150_000)]
    write_csv(tables.folder / "a.csv", rows, ["id", "x", "name"])
    for row in rows:
        row[1] += 1
    write_csv(tables.folder / "b.csv", rows[::-1], ["id", "x", "name"])
    result = tables.mlr("diff", "a.csv", "b.csv", "--key", "id", "--json", env={"MLREPRO_TABLE_MEMORY": "200MB"})
    assert result.json["counts"]["changed"] == result.json["counts"]["changed_cells"] == 150_000
    assert result.json["compared"][0]["largest_difference"] == 1


# Plain files are first compared by their texts; compressed ones are left to the table engine alone.
@pytest.mark.parametrize("words", [["--key", "id,store", "--ignore-columns", "code"], ["--no-key"],
                                   ["--key", "price"]])  # fmt: skip
def test_equal_texts_are_passed_over_and_change_no_answer(tables, words):
    chance = random.Random(11)
    rows = [make_row(chance, number) for number in range(32_000)]
    edited = [list(row) for row in rows]
    for row in chance.sample(edited, 40):
        row[4] = chance.choice(["", "1.50", "1.5", "x"] if words[-1] == "price" else ["", "1.50", "1.5"])
    edited[7][0] = rows[9][0] = ""
    edited += chance.sample(rows, 20)
    del edited[100:120]
    chance.shuffle(edited)
    for name, table in (("a", rows), ("b", edited)):
        write_csv(tables.folder / f"{name}.csv", table)
        packed = gzip.compress((tables.folder / f"{name}.csv").read_bytes(), 1)
        (tables.folder / f"{name}.csv.gz").write_bytes(packed)
    assert (tables.folder / "a.csv").stat().st_size > 2 << 20  # more than is read at once
    plain, packed = compare(tables, *words), compare(tables, *words, a="a.csv.gz", b="b.csv.gz")
    for answer in (plain, packed):
        for side in "ab":
            answer[side].pop("name"), answer[side].pop("path")
    assert plain == packed and not plain["same"]
    assert delta(tables, *words) == delta(tables, *words, a="a.csv.gz", b="b.csv.gz")


def test_line_ends_and_blank_lines_make_no_difference(tables):
    text = "id,x\n" + "".join(f"{number},{number % 7}.5\n" for number in range(500))
    tables.write("a.csv", text)
    for other in (text.replace("\n", "\r\n"), text.replace("\n250,", "\n\n250,"), text.rstrip("\n")):
        (tables.folder / "b.csv").write_bytes(other.encode())
        answer = compare(tables, "--key", "id")
        assert answer["same"] and answer["counts"]["unchanged"] == 500


# In each pair both have the same sum for one unseeded hash cut to 42 bits.
@pytest.mark.parametrize("words", [["--key", "id"], ["--rows"]])
@pytest.mark.parametrize("label", [",0", ""])
def test_one_key_is_never_taken_for_another(tables, words, label):
    for gone, come in ((10694576, 11158367), (15842278, 15869214), (13425869, 15199594), (10555982, 11319583)):
        for name, last in (("a.csv", gone), ("b.csv", come)):
            lines = ["id,label" if label else "id", *(f"{id}{label}" for id in [*range(20000000, 20000010), last])]
            tables.write(name, "\n".join(lines) + "\n")
        answer = compare(tables, *words)
        assert not answer["same"] and (answer["counts"]["removed"], answer["counts"]["added"]) == (1, 1)
        assert answer["rows"]["removed"][0]["key"] == [str(gone)] and answer["rows"]["added"][0]["key"] == [str(come)]


def test_a_cell_full_of_quotes(tables):
    quotes = 'x"' * 400_000 + '""'
    rows = [[number, "same"] for number in range(20)]
    write_csv(tables.folder / "a.csv", [*rows, [20, quotes]], ["id", "text"])
    write_csv(tables.folder / "b.csv", [*rows, [20, '"' + quotes]], ["id", "text"])
    answer = compare(tables, "--key", "id")
    assert answer["rows"]["changed"] == [{"key": ["20"], "cells": [{"column": "text", "a": quotes, "b": '"' + quotes}]}]
