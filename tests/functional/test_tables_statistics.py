# SPDX-License-Identifier: Apache-2.0
"""More of what profiles and drift say, beside SciPy and pandas: types that CSV has none of, sides of
unequal size without drift, values that are no numbers, and shifts of known size."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from scipy import stats
from scipy.spatial import distance
from sklearn import datasets

SECONDS = "datetime64[s]"


def take(world, frame, name, ending, *options):
    path = world.folder / f"t.{ending}"
    if ending == "parquet":
        pa.parquet.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False), path)
    elif ending == "jsonl":
        frame.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        frame.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    world.mlr("snapshot", path.name, "--no-pointer", "-n", name, *options)
    path.unlink()


def compare(world, a, b, ending="csv", *options):
    take(world, a, "a", ending)
    take(world, b, "b", ending)
    [table] = world.mlr("diff", "a", "b", "--tables", "--json", *options).json["inputs"][0]["tables"]
    assert table["source"] == "data", table["problem"]
    return {column["column"]: column for column in table["columns"]}


def approximate_p(d, n, m):
    root = np.sqrt(n * m / (n + m))
    return stats.kstwobign.sf((root + 0.12 + 0.11 / root) * d)


def test_times_and_truth_values_beside_scipy(project):
    random = np.random.default_rng(21)

    def side(days, share, size):
        return pd.DataFrame({
            "day": (np.datetime64("2021-01-01") + random.integers(0, days, size)).astype("datetime64[D]").astype(str),
            "at": (np.datetime64("2021-01-01T00:00:00") + random.integers(0, days * 86400, size)).astype(SECONDS).astype(str),
            "open": np.where(random.random(size) < share, "true", "false")})

    a, b = side(200, 0.5, 500), side(300, 0.7, 700)
    found = compare(project, a, b)
    for name in ("day", "at"):
        sides = [pd.to_datetime(frame[name]).astype(SECONDS).astype("int64") for frame in (a, b)]
        column = found[name]
        assert (column["class"], column["test"]["name"], column["drift"]) == ("time", "ks", True)
        assert column["test"]["statistic"] == pytest.approx(stats.ks_2samp(*sides).statistic, rel=1e-9)
        assert column["test"]["p"] == pytest.approx(approximate_p(column["test"]["statistic"], 500, 700), rel=1e-6)
        assert column["wasserstein"] == pytest.approx(
            stats.wasserstein_distance(*sides) / sides[0].std(), rel=1e-9)
        # The counts are told in the order of the edges, which are the deciles of a.
        edges = column["cells"]["edges"]
        assert edges == pytest.approx(np.unique(np.percentile(sides[0], range(10, 100, 10))).tolist())
        assert column["cells"]["b"][:len(edges) + 1] == np.bincount(
            np.searchsorted(edges, sides[1]), minlength=len(edges) + 1).tolist()
    counts = [[int((frame["open"] == value).sum()) for value in ("true", "false")] for frame in (a, b)]
    expected = stats.chi2_contingency(counts, correction=False)
    assert found["open"]["class"] == "boolean"
    assert found["open"]["test"]["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
    assert found["open"]["test"]["p"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert found["open"]["js"] == pytest.approx(distance.jensenshannon(*counts, base=2), rel=1e-9)


def test_what_is_no_number_has_cells_of_its_own(project):
    """NaN is as good as missing for the share of missing rows; infinities are values beside the numbers."""
    random = np.random.default_rng(22)
    a, b = random.normal(size=1000), random.normal(size=800)
    b[:200] = np.nan
    b[200:240] = np.inf
    b[240:260] = -np.inf
    texts = [pd.DataFrame({"x": [repr(float(value)) for value in side]}) for side in (a, b)]
    column = compare(project, *texts)["x"]
    finite = b[np.isfinite(b)]
    assert column["missing"]["b"] == pytest.approx(0.25) and column["drift"]
    test = column["missing"]["test"]
    expected = stats.chi2_contingency([[0, 1000], [200, 600]], correction=False)
    assert test["statistic"] ** 2 == pytest.approx(expected.statistic) and test["p"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert column["test"]["statistic"] == pytest.approx(stats.ks_2samp(a, finite).statistic, rel=1e-9)
    assert column["test"]["p"] > 0.01, "the numbers that are left are as before"
    assert sum(column["cells"]["b"]) == 800
    assert {200, 60} <= set(column["cells"]["b"]), "NaN, and infinities of either sign"


@pytest.mark.parametrize("sizes", [(300, 900), (2000, 150)])
def test_no_false_alarms_where_sides_are_of_unequal_size(project, sizes):
    """100 columns without drift: each test alarms at the rate that it states, and no more."""
    random = np.random.default_rng(sum(sizes))

    def side(size):
        moments = np.datetime64("2021-01-01T00:00:00") + random.integers(0, 10**7, (25, size))
        return pd.DataFrame({
            **{f"n{i}": random.lognormal(size=size) for i in range(25)},
            **{f"m{i}": np.where(random.random(size) < 0.15, np.nan, random.normal(size=size)) for i in range(25)},
            **{f"c{i}": random.choice(list("abcdef"), size) for i in range(25)},
            **{f"t{i}": moments[i].astype(SECONDS).astype(str) for i in range(25)}})

    found = compare(project, side(sizes[0]), side(sizes[1]))
    assert len(found) == 100 and sum(column["drift"] for column in found.values()) <= 1
    most = stats.binom.ppf(0.9995, 25, 0.05)

    def values(kind, take):
        return [take(column) for name, column in found.items() if name[0] == kind]

    for kind in "nmct":
        p = values(kind, lambda column: column["test"]["p"])
        assert sum(value < 0.05 for value in p) <= most, kind
        assert stats.kstest(p, "uniform").pvalue > 1e-4, kind
        beyond = values(kind, lambda column: column["psi"]["value"] > column["psi"]["critical"])
        assert sum(beyond) <= most, kind
    missing = values("m", lambda column: column["missing"]["test"]["p"])
    assert sum(value < 0.05 for value in missing) <= most
    assert stats.kstest(missing, "uniform").pvalue > 1e-4


def test_profiles_raise_no_false_alarms_either(project):
    """A comparison of profiles knows less, and so must say less: its p is never below that of the data."""
    random = np.random.default_rng(23)
    sides = [pd.DataFrame({f"n{i}": random.normal(size=400) for i in range(60)}) for _ in "ab"]
    exact = compare(project, *sides)
    take(project, sides[0], "a", "csv", "--profile")
    take(project, sides[1], "b", "csv", "--profile")
    [table] = project.mlr("diff", "a", "b", "--json").json["inputs"][0]["tables"]
    assert table["source"] == "profiles" and not any(column["drift"] for column in table["columns"])
    for column in table["columns"]:
        known = exact[column["column"]]
        assert abs(column["test"]["statistic"] - known["test"]["statistic"]) <= column["test"]["error"]
        assert column["test"]["p"] >= known["test"]["p"] - 1e-12


@pytest.mark.parametrize("shift, found", [(0.0, False), (0.15, False), (0.5, True)])
def test_shifts_of_known_size(project, shift, found):
    """PSI of two normal distributions that are a shift apart is about shift² (Jeffreys' divergence): from
    0.316 deviations on it is drift, whichever the number of rows and whatever the scale."""
    random = np.random.default_rng(24)
    a, b = random.normal(size=5000), random.normal(shift, 1, 5000)
    columns = compare(project, pd.DataFrame({"x": a, "far": a * 1e6 - 1e9, "near": 7 + a / 1e6}),
                      pd.DataFrame({"x": b, "far": b * 1e6 - 1e9, "near": 7 + b / 1e6}))
    assert {column["drift"] for column in columns.values()} == {found}
    values = [column["psi"]["value"] for column in columns.values()]
    assert values == pytest.approx([shift**2] * 3, rel=0.15, abs=0.01)
    assert values[1:] == pytest.approx([values[0]] * 2, rel=1e-6)


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet"])
def test_every_format_gives_the_same_figures(project, ending):
    frame = datasets.load_iris(as_frame=True).frame.set_axis(["a", "b", "c", "d", "kind"], axis=1)
    frame["name"] = frame["kind"].map({0: "setosa", 1: "versicolor", 2: "virginica"})
    sides = frame.iloc[::2], frame.iloc[20:120]
    csv, other = (compare(project, *sides, form) for form in ("csv", ending))
    assert other == csv


def test_types_that_only_parquet_has_beside_pandas(project):
    random = np.random.default_rng(25)
    amounts = random.integers(-10**6, 10**6, 1000)
    instants = pd.to_datetime(1_600_000_000 + random.integers(0, 10**7, 1000), unit="s", utc=True)
    small = random.integers(-128, 128, 1000)
    wide = random.integers(0, 2**63, 1000, dtype="uint64") * 2 + 1
    table = pa.table({
        "amount": pa.array([None if value % 10 == 0 else str(value / 100) for value in amounts]).cast(pa.decimal128(12, 2)),
        "instant": pa.array(instants), "small": pa.array(small, pa.int8()), "wide": pa.array(wide, pa.uint64()),
        "half": pa.array(random.normal(size=1000).astype("float32")),
        "word": pa.array([f"w{value % 7}" for value in amounts]).dictionary_encode()})
    take(project, table, "t", "parquet", "--profile")
    found = {column["name"]: column for column in
             project.mlr("show", "t", "--json").json["profile"]["tables"][0]["columns"]}
    assert [column["class"] for column in found.values()] == ["numeric", "time", "numeric", "numeric", "numeric", "text"]
    series = {"amount": pd.Series([np.nan if value % 10 == 0 else value / 100 for value in amounts]),
              "instant": pd.Series(instants).dt.tz_localize(None).astype(SECONDS).astype("int64").astype(float),
              "small": pd.Series(small).astype(float), "wide": pd.Series(wide).astype(float),
              "half": table["half"].to_pandas().astype(float)}
    for name, values in series.items():
        column, there = found[name], values.dropna()
        assert column["missing"] == values.isna().sum()
        numbers = column["numbers"]
        assert (numbers["min"], numbers["max"]) == (pytest.approx(there.min()), pytest.approx(there.max()))
        assert numbers["mean"] == pytest.approx(there.mean(), rel=1e-9, abs=1e-12)
        assert numbers["deviation"] == pytest.approx(there.std(), rel=1e-9)
        assert column["percentiles"] == pytest.approx(np.percentile(there, range(101)), rel=1e-12, abs=1e-12)
        assert column["distinct"]["value"] == there.nunique()
    counts = table["word"].to_pandas().astype(str).value_counts()
    assert {item["value"]: item["count"] for item in found["word"]["top"]} == counts.to_dict()


def test_a_rule_that_holds_and_one_that_does_not_beside_scipy(project):
    """Limits for every measure, a little below and above what SciPy says that it is."""
    random = np.random.default_rng(26)
    a = pd.DataFrame({"x": random.normal(size=600)})
    b = pd.DataFrame({"x": np.where(random.random(500) < 0.3, np.nan, random.normal(0.8, 1.3, 500))})
    column = compare(project, a, b)["x"]
    there = b["x"].dropna()
    known = {"ks": stats.ks_2samp(a["x"], there).statistic, "missing": b["x"].isna().mean(),
             "wasserstein": stats.wasserstein_distance(a["x"], there) / a["x"].std(),
             "js": distance.jensenshannon(column["cells"]["a"], column["cells"]["b"], base=2),
             "psi": column["psi"]["value"]}
    for measure, value in known.items():
        for factor, code in ((0.99, 1), (1.01, 0)):
            rules = project.write("rules.toml", f"[[drift]]\n{measure} = {value * factor:.9f}\n")
            project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", expect=code)
