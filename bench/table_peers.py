#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What bench/tables asks of bare DuckDB and of pandas: the same questions, answered as one would who
writes them down for the occasion. A process of its own for each, so that all of it is timed."""

import argparse
import pathlib
import tempfile

AMOUNTS = ("units", "price", "promotion", "revenue", "margin")
WORDS = ("store", "product", "region")


def duckdb_session(memory, scratch):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{memory}'")
    connection.execute(f"SET temp_directory = '{scratch}'")
    connection.execute("SET preserve_insertion_order = false")
    return connection


def duckdb_profile(connection, a, _):
    return connection.execute(f"SUMMARIZE SELECT * FROM read_csv('{a}')").fetchall()


def duckdb_rows(connection, a, b):
    """Values, by the types that DuckDB finds in a sample; duplicate keys are not looked for."""
    names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM read_csv('{a}')").fetchall()]
    differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in names)
    cells = ", ".join(f"a.{name}, b.{name}" for name in names)
    answer = connection.execute(
        f"SELECT {cells} FROM read_csv('{a}') a FULL JOIN read_csv('{b}') b ON a.id = b.id WHERE {differs} ORDER BY ALL"
    )
    rows = 0
    while part := answer.fetchmany(10_000):
        rows += len(part)
    return rows


def duckdb_drift(connection, a, b):
    """Deciles of each number, and shares of each word: what PSI is worked out of."""
    answers = []
    for path in (a, b):
        deciles = ", ".join(f"quantile_cont({name}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])" for name in AMOUNTS)
        answers.append(connection.execute(f"SELECT {deciles} FROM read_csv('{path}')").fetchall())
        for name in WORDS:
            answers.append(
                connection.execute(f"SELECT {name}, count(*) FROM read_csv('{path}') GROUP BY {name}").fetchall()
            )
    return answers


def duckdb_query(connection, a, _):
    return connection.execute(
        f"SELECT store, count(*), sum(units), avg(price) FROM read_csv('{a}') GROUP BY store ORDER BY store"
    ).fetchall()


def pandas_profile(a, _):
    import pandas

    table = pandas.read_csv(a)
    return table.describe(include="all"), table.nunique(), table.isna().sum()


def pandas_rows(a, b):
    import pandas

    left, right = pandas.read_csv(a), pandas.read_csv(b)
    both = left.merge(right, on="id", how="outer", suffixes=("_a", "_b"), indicator=True)
    found = [int((both["_merge"] == side).sum()) for side in ("left_only", "right_only")]
    paired = both[both["_merge"] == "both"]
    for name in left.columns.drop("id"):
        found.append(len(paired[paired[f"{name}_a"] != paired[f"{name}_b"]]))
    return found


def pandas_drift(a, b):
    import pandas
    from scipy import stats

    left, right = pandas.read_csv(a), pandas.read_csv(b)
    answers = [stats.ks_2samp(left[name], right[name], method="asymp") for name in AMOUNTS]
    for name in WORDS:
        shares = pandas.concat([left[name].value_counts(), right[name].value_counts()], axis=1).fillna(0)
        answers.append(stats.chi2_contingency(shares.to_numpy()).statistic)
    return answers


def pandas_query(a, _):
    import pandas

    table = pandas.read_csv(a, usecols=["store", "units", "price"])
    return table.groupby("store").agg({"units": ["count", "sum"], "price": "mean"})


TASKS = {
    "duckdb": {"profile": duckdb_profile, "rows": duckdb_rows, "drift": duckdb_drift, "query": duckdb_query},
    "pandas": {"profile": pandas_profile, "rows": pandas_rows, "drift": pandas_drift, "query": pandas_query},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", choices=TASKS)
    parser.add_argument("task", choices=TASKS["duckdb"])
    parser.add_argument("a", type=pathlib.Path)
    parser.add_argument("b", type=pathlib.Path)
    parser.add_argument("--memory", default="1GB", help="of DuckDB")
    given = parser.parse_args()
    task = TASKS[given.tool][given.task]
    if given.tool == "pandas":
        print(task(given.a, given.b))
        return
    with tempfile.TemporaryDirectory(dir=given.a.parent) as scratch:
        print(task(duckdb_session(given.memory, scratch), given.a, given.b))


if __name__ == "__main__":
    main()
