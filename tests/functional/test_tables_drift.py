# SPDX-License-Identifier: Apache-2.0
"""Drift between tables: every statistic beside SciPy, no false alarms, and the traps of other tools."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial import distance
from sklearn import datasets

from faults import EVERYWHERE
from screen import on_a_terminal


def take(project, frame, name, *options):
    path = project.folder / "t.csv"
    if isinstance(frame, pd.DataFrame):
        frame.to_csv(path, index=False)
    else:
        path.write_bytes(frame)
    project.mlr("snapshot", "t.csv", "--no-pointer", "-n", name, *options)


def compare(project, a, b, *options, expect=0):
    take(project, a, "a")
    take(project, b, "b")
    return project.mlr("diff", "a", "b", "--tables", "--json", *options, expect=expect).json["inputs"][0]["tables"][0]


def by_name(table):
    return {column["column"]: column for column in table["columns"]}


def flagged(table):
    return {column["column"] for column in table["columns"] if column["drift"]}


def psi(a, b):
    """Of counts, over the cells that either side has."""
    a, b = np.array(a, float), np.array(b, float)
    used = a + b > 0
    a, b = a[used], b[used]
    p = (a + 0.5) / (a.sum() + len(a) / 2)
    q = (b + 0.5) / (b.sum() + len(b) / 2)
    return ((p - q) * np.log(p / q)).sum(), (1 / a.sum() + 1 / b.sum()) * stats.chi2.ppf(0.95, len(a) - 1)


def check_numbers(column, a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    there_a, there_b = a[np.isfinite(a)], b[np.isfinite(b)]
    if column["test"]["name"] == "ks":
        edges = column["cells"]["edges"]
        assert edges == pytest.approx(np.unique(np.percentile(there_a, range(10, 100, 10))).tolist(), rel=1e-12)
        counts_a = np.bincount(np.searchsorted(edges, there_a, side="left"), minlength=len(edges) + 1)
        counts_b = np.bincount(np.searchsorted(edges, there_b, side="left"), minlength=len(edges) + 1)
        assert column["cells"]["a"][:len(counts_a)] == counts_a.tolist()
        assert column["cells"]["b"][:len(counts_b)] == counts_b.tolist()
        d = stats.ks_2samp(there_a, there_b).statistic
        assert column["test"]["statistic"] == pytest.approx(d, rel=1e-9) and column["test"]["error"] == 0
        root = np.sqrt(len(there_a) * len(there_b) / (len(there_a) + len(there_b)))
        expected = stats.kstwobign.sf((root + 0.12 + 0.11 / root) * d)
        assert column["test"]["p"] == pytest.approx(expected, rel=1e-6, abs=1e-15)
        assert column["wasserstein"] == pytest.approx(
            stats.wasserstein_distance(there_a, there_b) / there_a.std(ddof=1), rel=1e-9)
    else:
        values = sorted(set(there_a) | set(there_b))
        counts = np.array([[(there == v).sum() for v in values] for there in (there_a, there_b)])
        # Values that a side is expected to have fewer than five times are one cell.
        frequent = counts.sum(0) >= 5 * counts.sum() / counts.sum(1).min()
        counts_a, counts_b = ([*side[frequent], side[~frequent].sum()] for side in counts)
    missing = [np.isnan(a).sum(), np.isnan(b).sum()]
    assert sum(column["cells"]["a"]) == len(a) and sum(column["cells"]["b"]) == len(b)
    found, critical = psi([*counts_a, missing[0]], [*counts_b, missing[1]])
    assert column["psi"]["value"] == pytest.approx(found, rel=1e-9)
    assert column["psi"]["critical"] == pytest.approx(critical, rel=1e-9)
    js = distance.jensenshannon([*counts_a, missing[0]], [*counts_b, missing[1]], base=2)
    assert column["js"] == pytest.approx(js, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", ["wine", "diabetes", "breast_cancer"])
def test_statistics_on_real_tables(project, name):
    """The first against the second half: some columns drift, others do not."""
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame.drop(columns="target")
    half = len(frame) // 2
    a, b = frame.iloc[:half], frame.iloc[half:]
    table = compare(project, a, b)
    assert table["source"] == "data" and table["schema"] == []
    assert table["rows"] == {"a": len(a), "b": len(b)}
    adjusted = {}
    for key, column in by_name(table).items():
        if column["test"]["name"] == "ks":
            check_numbers(column, a[key], b[key])
        adjusted[key] = (column["test"]["p"], column["test"]["adjusted_p"])
    expected = stats.false_discovery_control([p for p, _ in adjusted.values()])
    assert [q for _, q in adjusted.values()] == pytest.approx(expected.tolist(), rel=1e-9)


def test_categories_beside_scipy(project):
    random = np.random.default_rng(3)
    a = pd.DataFrame({"c": random.choice(list("uvwx"), 800, p=[0.4, 0.3, 0.2, 0.1])})
    b = pd.DataFrame({"c": random.choice(list("uvwy"), 600, p=[0.3, 0.3, 0.2, 0.2])})
    column = by_name(compare(project, a, b))["c"]
    values = list("uvwxy")
    counts = [[(side["c"] == v).sum() for v in values] for side in (a, b)]
    expected = stats.chi2_contingency(counts, correction=False)
    assert column["test"]["name"] == "chi-square" and column["test"]["degrees"] == expected.dof
    assert column["test"]["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
    assert column["test"]["p"] == pytest.approx(expected.pvalue, rel=1e-6)
    found, critical = psi(*counts)
    assert column["psi"] == {"value": pytest.approx(found), "critical": pytest.approx(critical)}
    assert column["js"] == pytest.approx(distance.jensenshannon(*counts, base=2))
    assert column["new"]["values"] == [{"value": "y", "count": counts[1][4]}]
    assert column["new"]["share"] == pytest.approx(counts[1][4] / 600)
    assert column["vanished"] == [{"value": "x", "count": counts[0][3]}]
    assert column["drift"]


def test_missing_values_beside_scipy(project):
    """A column that goes from 0 to 40 % missing, whose other values are as before."""
    random = np.random.default_rng(4)
    a = pd.DataFrame({"x": random.normal(size=1000), "y": random.normal(size=1000)})
    b = pd.DataFrame({"x": np.where(random.random(1000) < 0.4, np.nan, random.normal(size=1000)),
                      "y": random.normal(size=1000)})
    table = compare(project, a, b)
    column = by_name(table)["x"]
    gone = int(b["x"].isna().sum())
    assert flagged(table) == {"x"} and table["columns"][0]["column"] == "x"
    assert column["missing"]["b"] == pytest.approx(gone / 1000)
    expected = stats.chi2_contingency([[0, 1000], [gone, 1000 - gone]], correction=False)
    assert column["missing"]["test"]["statistic"] ** 2 == pytest.approx(expected.statistic)
    assert column["test"]["p"] > 0.001
    check_numbers(column, a["x"], b["x"])


def test_an_outlier_hides_no_shift(project):
    """Bins of the pooled data would be stretched by it until all rows fall into one."""
    random = np.random.default_rng(5)
    a = pd.DataFrame({"x": random.normal(size=2000)})
    shifted = random.normal(0.5, 1, 2000)
    plain = by_name(compare(project, a, pd.DataFrame({"x": shifted})))["x"]
    shifted[0] = 1e6
    outlier = by_name(compare(project, a, pd.DataFrame({"x": shifted})))["x"]
    assert plain["psi"]["value"] > 0.15 and plain["drift"]
    assert outlier["psi"]["value"] == pytest.approx(plain["psi"]["value"], abs=0.01) and outlier["drift"]


def test_a_small_shift_of_many_rows_is_no_drift(project):
    """0.02 deviations are significant in 200 000 rows, and of no consequence."""
    random = np.random.default_rng(6)
    a, b = random.normal(size=200_000), random.normal(0.02, 1, 200_000)
    column = by_name(compare(project, pd.DataFrame({"x": a}), pd.DataFrame({"x": b})))["x"]
    assert column["test"]["adjusted_p"] < 0.01 and not column["drift"]


@pytest.mark.parametrize("rows", [100, 200, 1000] if EVERYWHERE else [100, 1000])
def test_no_false_alarms(project, rows):
    """150 columns without drift: p is uniform, and next to nothing is flagged, whatever the size."""
    random = np.random.default_rng(rows)

    def side():
        numbers = {f"n{i}": random.normal(size=rows) for i in range(60)}
        counts = {f"k{i}": random.poisson(1.5, rows) for i in range(20)}
        gaps = {f"m{i}": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)) for i in range(20)}
        words = {f"c{i}": random.choice(list("abcde"), rows, p=[0.4, 0.3, 0.15, 0.1, 0.05]) for i in range(30)}
        rare = {f"r{i}": [f"w{int(v)}" for v in random.zipf(1.3, rows)] for i in range(20)}
        return pd.DataFrame({**numbers, **counts, **gaps, **words, **rare})

    a, b = side(), side()
    table = compare(project, a, b)
    assert len(table["columns"]) == 150
    # Benjamini and Hochberg: with no drift anywhere, any alarm at all has a probability of 5 %.
    assert len(flagged(table)) <= 1
    found = by_name(table)
    for kind in ("n", "c", "m"):
        p = [column["test"]["p"] for name, column in found.items() if name[0] == kind]
        alarms = sum(value < 0.05 for value in p)
        # 99.9 % of the binomial distribution; ties make KS conservative, never the other way.
        assert alarms <= stats.binom.ppf(0.999, len(p), 0.05)
        if kind in "nc":
            assert stats.kstest(p, "uniform").pvalue > 1e-3
    if rows == 100:
        # The fixed threshold alone would alarm for most of them.
        assert np.mean([found[f"n{i}"]["psi"]["value"] > 0.1 for i in range(60)]) > 0.5
        beyond = np.mean([found[f"n{i}"]["psi"]["value"] > found[f"n{i}"]["psi"]["critical"] for i in range(60)])
        assert beyond <= 0.15
    # Good and Turing: how many values are new by chance is known from one side alone.
    rare = [column["new"] for name, column in found.items() if name[0] == "r"]
    assert np.mean([new["share"] - new["expected"] for new in rare]) == pytest.approx(0, abs=0.03)
    assert np.mean([new["share"] for new in rare]) > 0.05


def test_known_shifts_are_found(project):
    random = np.random.default_rng(8)
    n = 1000
    a = pd.DataFrame({"shift": random.normal(size=n), "scale": random.normal(size=n), "same": random.normal(size=n),
                      "share": random.choice(["u", "v"], n), "zero": random.poisson(1, n)})
    b = pd.DataFrame({"shift": random.normal(0.6, 1, n), "scale": random.normal(0, 2, n),
                      "same": random.normal(size=n), "share": random.choice(["u", "v"], n, p=[0.8, 0.2]),
                      "zero": random.poisson(2, n)})
    table = compare(project, a, b)
    assert flagged(table) == {"shift", "scale", "share", "zero"}
    severity = [column["severity"] for column in table["columns"]]
    assert severity == sorted(severity, reverse=True) and table["columns"][-1]["column"] == "same"
    check_numbers(by_name(table)["zero"], a["zero"], b["zero"])


def test_changes_of_the_schema_come_first(project):
    take(project, b"a,b,c\n1,2,x\n3,4,y\n", "a")
    take(project, b"c,a,d\nx,1.5,1\ny,2.5,2\n", "b")
    table = project.mlr("diff", "a", "b", "--tables", "--json").json["inputs"][0]["tables"][0]
    changes = [(item["change"], item["column"]) for item in table["schema"]]
    assert changes[:3] == [("added", "d"), ("removed", "b"), ("retyped", "a")]
    assert len(changes) == 4 and changes[3] in (("moved", "a"), ("moved", "c"))
    text = project.mlr("diff", "a", "b", "--tables").out
    assert text.index("added d") < text.index("removed b") < text.index("a: BIGINT -> DOUBLE")


@pytest.fixture
def drifted(project):
    random = np.random.default_rng(9)
    take(project, pd.DataFrame({"x": random.normal(size=500), "id": range(500)}), "a")
    take(project, pd.DataFrame({"x": random.normal(2, 1, 500), "id": range(1000, 1500)}), "b")
    return project


def test_profiles_that_are_known_are_compared_without_being_asked(project):
    random = np.random.default_rng(10)
    sides = [pd.DataFrame({"x": random.normal(m, 1, 2000), "c": random.choice(["u", "v"], 2000)}) for m in (0, 1)]
    take(project, sides[0], "a", "--profile")
    take(project, sides[1], "b")
    assert project.mlr("diff", "a", "b", "--json").json["inputs"][0]["tables"] == []
    take(project, sides[1], "b", "--profile")
    [table] = project.mlr("diff", "a", "b", "--json").json["inputs"][0]["tables"]
    assert table["source"] == "profiles" and flagged(table) == {"x"}
    exact = by_name(project.mlr("diff", "a", "b", "--json", "--tables").json["inputs"][0]["tables"][0])
    x = by_name(table)["x"]
    assert abs(x["test"]["statistic"] - exact["x"]["test"]["statistic"]) <= x["test"]["error"] <= 0.03
    assert x["psi"]["value"] == pytest.approx(exact["x"]["psi"]["value"], rel=0.2)
    assert x["wasserstein"] == pytest.approx(exact["x"]["wasserstein"], rel=0.05)
    assert by_name(table)["c"]["psi"] == exact["c"]["psi"]  # every value is listed: nothing is lost
    assert "by profiles" in project.mlr("diff", "a", "b").out


def test_what_is_the_same_is_not_looked_at(project):
    """Only what differs counts: tables beside it have no part, whichever way they became tables."""
    same = "x\n" + "1\n2\n" * 30
    for name in ("a/deep/same.csv", "a/x.csv", "a/gone.csv", "a/parts/k=1/p.csv", "a/parts/k=2/p.csv",
                 "a/all.csv/one.csv", "a/all.csv/two.csv"):
        project.write(f"data/{name}", same)
    project.write("data/a/note.txt", "one")
    project.mlr("snapshot", "-n", "one", "data", "--profile")
    (project.folder / "data/a/gone.csv").unlink()
    for name in ("a/x.csv", "a/parts/k=2/p.csv", "a/all.csv/two.csv", "a/new.csv"):
        project.write(f"data/{name}", "x\n" + "1\n3\n" * 30)
    project.write("data/a/note.txt", "two")
    project.mlr("snapshot", "-n", "two", "data")
    read = project.mlr("diff", "one", "two", "--tables", "--json").json["inputs"][0]["tables"]
    assert [(table["path"], table["source"]) for table in read] == [
        ("data/a/all.csv", "data"), ("data/a/gone.csv", "none"), ("data/a/parts", "data"), ("data/a/x.csv", "data")]
    # Both are known now, of the file that is gone there is no pair.
    known = project.mlr("diff", "one", "two", "--json").json["inputs"][0]["tables"]
    assert [(table["path"], table["source"]) for table in known] == [
        (path, "profiles") for path in ("data/a/all.csv", "data/a/parts", "data/a/x.csv")]


def test_diffs_of_runs_look_into_their_inputs(project):
    random = np.random.default_rng(11)
    for name, mean in (("one", 0), ("two", 1)):
        project.write("data/readme.txt", name)
        pd.DataFrame({"x": random.normal(mean, 1, 300)}).to_csv(project.folder / "data" / "x.csv", index=False)
        project.mlr("run", "-n", name, "-i", "data", "--", "true")
    plain = project.mlr("diff", "one", "two", "--json").json
    assert plain["inputs"][0]["tables"] == []
    [table] = project.mlr("diff", "one", "two", "--tables", "--json").json["inputs"][0]["tables"]
    assert table["path"] == "data/x.csv" and flagged(table) == {"x"}
    text = project.mlr("diff", "one", "two", "--tables").out
    assert "data/x.csv" in text and "1 of 1 column drifts" in text and "█" in text
    ascii_text = project.mlr("diff", "one", "two", "--tables", env={"LC_ALL": "C"}).out
    assert ascii_text.isascii() and "@" in ascii_text


def test_rules_make_a_gate(drifted):
    project = drifted
    assert project.mlr("diff", "a", "b", "--exit-code", expect=1)
    strict = project.write("strict.toml", "[[drift]]\npsi = 0.1\n")
    lenient = project.write("lenient.toml", "[[drift]]\ncolumn = 'x'\nks = 0.99\n[[drift]]\ncolumn = 'id'\nignore = true\n")
    project.mlr("diff", "a", "b", "--thresholds", strict, "--exit-code", expect=1)
    project.mlr("diff", "a", "b", "--thresholds", strict)
    project.mlr("diff", "a", "b", "--thresholds", lenient, "--exit-code")
    project.write("mlrepro.toml", "[run]\nexperiment = 'e'\n[[drift]]\ncolumn = 'x'\nwasserstein = 1\n")
    [table] = project.mlr("diff", "a", "b", "--tables", "--exit-code", "--json", expect=1).json["inputs"][0]["tables"]
    assert table["thresholds"] and flagged(table) == {"x"}
    assert table["columns"][0]["exceeded"] == [
        {"measure": "wasserstein", "value": table["columns"][0]["wasserstein"], "threshold": 1}]
    project.write("mlrepro.toml", "[[drift]]\npath = 'other/*'\npsi = 0.1\n")
    project.mlr("diff", "a", "b", "--tables", "--exit-code", expect=1)  # the default limits hold


def test_a_gate_does_not_pass_what_it_could_not_read(project):
    take(project, b"a\n1\n", "a")
    take(project, b"\xff\xfe\x00broken\x00\n" * 3, "b")
    rules = project.write("rules.toml", "[[drift]]\npsi = 0.1\n")
    result = project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", "--json", expect=9).json
    assert result["inputs"][0]["tables"][0]["source"] == "none"


def test_a_gate_sees_a_column_that_goes_missing_altogether(project):
    """In CSV it is one of text then, which is no reason not to compare it."""
    random = np.random.default_rng(14)
    numbers, times = random.normal(size=300), pd.date_range("2021-01-01", periods=300, freq="h")
    take(project, pd.DataFrame({"x": numbers, "t": times, "y": numbers}), "a", "--profile")
    take(project, pd.DataFrame({"x": [None] * 300, "t": [None] * 300, "y": numbers}), "b", "--profile")
    rules = project.write("rules.toml", "[[drift]]\nmissing = 0.01\n")
    for words in (("a", "b"), ("b", "a")):
        [table] = project.mlr("diff", *words, "--thresholds", rules, "--exit-code", "--json",
                              expect=1).json["inputs"][0]["tables"]
        assert flagged(table) == {"x", "t"} and table["uncompared"] == []
        x = by_name(table)["x"]
        assert (x["class"], x["class_b"]) == ("numeric", None) and abs(x["missing"]["a"] - x["missing"]["b"]) == 1
        [known] = project.mlr("diff", *words, "--json").json["inputs"][0]["tables"]
        assert known["source"] == "profiles" and flagged(known) == {"x", "t"}
        assert all(by_name(known)[name]["psi"]["value"] > 1 for name in ("x", "t"))


def test_a_gate_does_not_pass_columns_of_which_it_can_say_nothing(project):
    random = np.random.default_rng(15)
    a = pd.DataFrame({"x": random.normal(size=300), "gone": range(300), "y": random.normal(size=300)})
    b = pd.DataFrame({"x": ["NA" if i % 50 == 0 else f"{i}.5" for i in range(300)], "y": a["y"]})
    take(project, a, "a")
    take(project, b, "b", "--profile")
    assert "numbers but for 'NA'" in project.mlr("show", "b", "--profile").out
    rules = project.write("rules.toml", "[[drift]]\npsi = 0.2\n")
    result = project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", "--json", expect=9)
    [table] = result.json["inputs"][0]["tables"]
    assert table["uncompared"] == [{"column": "gone", "reason": "b does not have it"},
                                   {"column": "x", "reason": "numbers in a, text in b"}]
    x = by_name(table)["x"]
    assert (x["class"], x["class_b"], x["psi"], x["drift"]) == ("numeric", "text", None, False)
    text = project.mlr("diff", "a", "b", "--tables").out
    assert "not compared: x (numbers in a, text in b)" in text and "not compared: gone (b does not have it)" in text
    for more, code in (("[[drift]]\ncolumn = 'x'\nignore = true\n", 9), ("[[drift]]\nschema = false\n", 0),
                       ("[[drift]]\nschema = true\n", 1),
                       ("[[drift]]\ncolumn = 'x'\nignore = true\n[[drift]]\ncolumn = 'gone'\nignore = true\n", 0)):
        project.write("rules.toml", "[[drift]]\npsi = 0.2\n" + more)
        project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", expect=code)
    # What is missing can be told of any class.
    project.write("rules.toml", "[[drift]]\nmissing = 0.2\n[[drift]]\ncolumn = 'gone'\nignore = true\n")
    project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code")


def test_a_new_value_of_a_few_rows_is_as_significant_as_it_is(project):
    """Of 1000 rows no value is there once: the normal distribution says 5e-7 of one new value among ten."""
    a = pd.DataFrame({"c": list("uvwxy") * 200, "d": list("uvwxy") * 200})
    b = pd.DataFrame({"c": [*"uvwxyuvwx", "new"], "d": [*"uvwxyu", "n1", "n2", "n3", "n4"]})
    found = {name: column["new"]["test"]["p"] for name, column in by_name(compare(project, a, b)).items()}
    expected = {name: stats.hypergeom.sf(k - 1, 1010, k, 10) for name, k in (("c", 1), ("d", 4))}
    assert found == pytest.approx(expected, rel=1e-9) and found["c"] > 0.009
    rules = project.write("rules.toml", "[[drift]]\nnew = 0.1\nalpha = 0.01\n")
    [table] = project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", "--json",
                          expect=1).json["inputs"][0]["tables"]
    assert flagged(table) == {"d"}, "c is within twice its p, of two columns"


def test_a_gate_does_not_pass_a_distance_that_is_not_there(project):
    """What has no finite value, and a constant of which there is no deviation, keep to no limit."""
    random = np.random.default_rng(19)
    sides = {"numbers": random.normal(size=300), "few": random.integers(0, 7, 300), "five": [5] * 300,
             "nine": [900] * 300, "null": [None] * 300, "inf": ["inf"] * 300}
    for name, values in sides.items():
        take(project, pd.DataFrame({"x": values, "y": [name] * 300}), name)
    for measure, a, b, code, reason in (
            ("ks", "numbers", "null", 9, "no distance: b has no value"),
            ("ks", "null", "few", 9, "no distance: a has no value"),
            ("wasserstein", "few", "null", 9, "no distance: b has no value"),
            ("wasserstein", "numbers", "inf", 9, "no distance: a or b has no finite value"),
            ("wasserstein", "five", "nine", 9, "wasserstein: the values of a have no deviation"),
            ("ks", "five", "nine", 1, None), ("missing = 0.1\nks", "numbers", "null", 1, None)):
        # What a rule says of the schema is nothing about distances.
        rules = project.write("rules.toml", f"[[drift]]\n{measure} = 0.1\nschema = false\n")
        [table] = project.mlr("diff", a, b, "--thresholds", rules, "--exit-code", "--json",
                              expect=code).json["inputs"][0]["tables"]
        assert table["uncompared"] == ([{"column": "x", "reason": reason}] if reason else []), (measure, a, b)
    project.write("rules.toml", "[[drift]]\nks = 0.1\n[[drift]]\ncolumn = 'x'\nignore = true\n")
    project.mlr("diff", "numbers", "null", "--thresholds", rules, "--exit-code")


def test_a_rule_for_no_column_is_told(drifted):
    rules = drifted.write("rules.toml", "[[drift]]\ncolumn = 'xx*'\npsi = 0.1\n")
    result = drifted.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code")
    assert "[[drift]] 1: no column 'xx*' in 't.csv'" in result.err


def test_few_numbers_have_distances_too(project):
    """They are compared by value, and limits for distances hold for them as for others."""
    random = np.random.default_rng(16)
    a = pd.DataFrame({"stars": random.integers(1, 6, 800), "rate": random.choice([0.1, 0.25, 2.0], 800)})
    b = pd.DataFrame({"stars": random.integers(2, 7, 600), "rate": random.choice([0.1, 0.25, 2.0], 600)})
    table = compare(project, a, b)
    for name, column in by_name(table).items():
        assert column["test"]["name"] == "chi-square"
        assert column["ks"] == pytest.approx(stats.ks_2samp(a[name], b[name]).statistic, rel=1e-9)
        assert column["wasserstein"] == pytest.approx(
            stats.wasserstein_distance(a[name], b[name]) / a[name].std(ddof=1), rel=1e-9)
    stars = by_name(table)["stars"]["picture"]
    assert (stars["low"], stars["high"], stars["labels"]) == (1, 7, []), "whole numbers stand in their order"
    assert stars["a"][-1] == stars["b"][0] == 0 and len(stars["a"]) == 6
    assert by_name(table)["rate"]["picture"]["labels"] == ["0.1", "0.25", "2.0"]
    rules = project.write("rules.toml", "[[drift]]\nks = 0.15\nwasserstein = 0.5\n")
    [table] = project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", "--json",
                          expect=1).json["inputs"][0]["tables"]
    assert {item["measure"] for item in by_name(table)["stars"]["exceeded"]} == {"ks", "wasserstein"}


def test_rare_values_that_are_all_new_are_seen(project):
    """None of them is frequent enough for a cell of its own, and all others are one."""
    random = np.random.default_rng(18)
    ids = np.repeat(np.arange(400), 3)
    a = pd.DataFrame({"id": [f"u{i}" for i in ids], "some": [f"v{i}" for i in random.integers(0, 600, 1200)],
                      "key": [f"k{i}" for i in range(1200)]})
    b = pd.DataFrame({"id": [f"w{i}" for i in ids], "some": [f"v{i}" for i in random.integers(0, 600, 1200)],
                      "key": [f"l{i}" for i in range(1200)]})
    table = compare(project, a, b)
    column = by_name(table)["id"]
    assert flagged(table) == {"id"} and [item["measure"] for item in column["exceeded"]] == ["new"]
    assert (column["new"]["share"], column["new"]["expected"]) == (1, 0) and column["new"]["test"]["p"] < 1e-9
    singles, pairs = (a["some"].value_counts() == 1).sum(), (a["some"].value_counts() == 2).sum()
    fresh = (~b["some"].isin(a["some"])).sum()
    error = np.sqrt((singles * (1 - singles / 1200) + 2 * pairs) / 1200 ** 2
                    + singles / 1200 * (1 - singles / 1200) / 1200)  # fmt: skip
    test = by_name(table)["some"]["new"]["test"]
    by_chance = stats.hypergeom.sf(fresh - 1, 2400, singles + fresh, 1200)
    assert test["p"] == pytest.approx(max(stats.norm.sf((fresh - 0.5 - singles) / 1200 / error), by_chance), rel=1e-9)
    rules = project.write("rules.toml", "[[drift]]\nnew = 0.5\n")
    project.mlr("diff", "a", "b", "--thresholds", rules, "--exit-code", expect=1)


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_it_fits_the_terminal(project, columns):
    random = np.random.default_rng(17)
    names = ["price", "a_long_name_of_a_column_that_somebody_gave_it", "shop"]
    sides = [pd.DataFrame({names[0]: random.normal(1000 * mean, 300, 900), names[1]: random.normal(mean, 1, 900),
                           names[2]: random.choice(shops, 900)})
             for mean, shops in ((3, ["Hamburg", "München"]), (5, ["Hamburg", "Rothenburg ob der Tauber", "Bonn"]))]
    take(project, sides[0], "a")
    take(project, sides[1], "b")
    seen = on_a_terminal(project, "diff", "a", "b", "--tables", "--color", "never", columns=columns, expect=0)
    lines = seen[seen.index("tables\n"):].splitlines()
    assert max(map(len, lines)) <= columns
    shapes = [line for line in lines if line.count("█") + line.count("▇") + line.count("▆") >= 2]
    assert len(shapes) == 3, "both shapes of a column stand side by side"
    words = " ".join(seen.split())
    assert all(text in words for text in ("new: ", "Bonn", "Rothenburg ob der Tauber", "gone: München"))
    assert names[1] in seen and "ks 0." in seen and "e+03" not in seen
    profile = on_a_terminal(project, "show", "a", "--profile", "--color", "never", columns=columns, expect=0)
    table = profile[profile.index("table  900 rows"):].splitlines()
    assert max(map(len, table)) <= columns and names[1] in profile and "München" in profile
    assert sum("█" in line for line in table) == 2


@pytest.mark.parametrize("text, words", [
    ("[[drift]]\npsi = -1\n", "'drift.psi' must be a number of 0 or more"),
    ("[[drift]]\nkss = 1\n", "unknown key 'drift.kss'"),
    ("[[drift]]\n", "sets nothing"),
    ("# none yet\n", "no [[drift]] in it"),
    ("[drift]\npsi = 1\n", "write '[[drift]]' for each rule"),
    ("psi 1\n", "line 1"),
])
def test_bad_rules_are_named(drifted, text, words):
    drifted.write("rules.toml", text)
    error = drifted.mlr("diff", "a", "b", "--thresholds", "rules.toml", "--json", expect=2).error
    assert words in error["message"] and "rules.toml" in error["message"]


def test_the_working_tree_is_read_where_it_lies(project):
    """One side recorded, the other as it is now: files, folders that are one table, runs; nothing is stored."""
    random = np.random.default_rng(12)
    parts = project.folder / "k=v" / "sales"
    for part in ("region=1", "region=2"):
        (parts / part).mkdir(parents=True)
        pd.DataFrame({"x": random.normal(size=300)}).to_csv(parts / part / "x.csv", index=False)
    project.write("flat/same.csv", "z\n1\n")
    project.write("flat/y.csv", "y\n" + "1\n2\n" * 50)
    project.mlr("snapshot", "k=v", "flat")
    project.mlr("run", "-n", "used", "-i", "flat", "--", "true")
    before = project.mlr("list", "snapshots", "--json").json
    pd.DataFrame({"x": random.normal(3, 1, 300)}).to_csv(parts / "region=2" / "x.csv", index=False)
    project.write("flat/y.csv", "y\n" + "1\n2\n" * 10 + "9\n" * 80)
    [table] = project.mlr("diff", "k=v", "--tables", "--json").json["inputs"][0]["tables"]
    assert (table["path"], flagged(table)) == ("k=v/sales", {"x"})
    assert table["schema"] == [] and set(by_name(table)) == {"x", "region"}, "what lies above is no column"
    [table] = project.mlr("diff", "flat", "--tables", "--json").json["inputs"][0]["tables"]
    assert (table["path"], table["source"], table["rows"]) == ("flat/y.csv", "data", {"a": 100, "b": 100})
    assert flagged(table) == {"y"}
    [table] = project.mlr("diff", "used", "--tables", "--json").json["inputs"][0]["tables"]
    assert (table["path"], flagged(table)) == ("flat/y.csv", {"y"})
    rules = project.write("rules.toml", "[[drift]]\npsi = 0.1\n")
    project.mlr("diff", "flat", "--thresholds", rules, "--exit-code", expect=1)
    project.write("flat/y.csv", "y\n")  # no rows, no distribution
    project.mlr("diff", "flat", "--thresholds", rules, "--exit-code", expect=9)
    project.write("flat/y.csv", "y\n1,2\n")
    [table] = project.mlr("diff", "flat", "--tables", "--json").json["inputs"][0]["tables"]
    assert table["source"] == "none" and "line 2: 2 cells where the header has 1" in table["problem"]
    assert project.mlr("list", "snapshots", "--json").json == before, "nothing is recorded"


def test_names_that_look_like_patterns_are_names(project):
    """Beside each of them lies a file that the pattern would find."""
    project.write("data/a1.csv", "x\n" + "500\n" * 9)
    for name in ("a[1].csv", "b?.csv", "c*.csv"):
        project.write(f"data/{name}", "x\n1\n2\n")
    project.write("data/bc.csv", "x\n500\n")
    project.write("data/cc.csv", "y,x\n500,3\n")
    project.mlr("snapshot", "data", "--profile")
    tables = {one["path"]: one for one in project.mlr("show", "data.snap", "--json").json["profile"]["tables"]}
    for name in ("a[1].csv", "b?.csv", "c*.csv"):
        project.write(f"data/{name}", "x\n1\n2\n3\n")
        assert (tables[name]["rows"], tables[name]["columns"][0]["numbers"]["max"]) == (2, 2)
    changed = project.mlr("diff", "data", "--tables", "--json").json["inputs"][0]["tables"]
    assert {one["path"]: one["rows"] for one in changed} == {
        f"data/{name}": {"a": 2, "b": 3} for name in ("a[1].csv", "b?.csv", "c*.csv")}


def test_a_gate_does_not_pass_where_one_side_has_no_content(project):
    rules = project.write("rules.toml", "[[drift]]\npsi = 0.1\n")
    project.write("d/n.csv", "x\n1\n2\n")
    project.write("note.txt", "1")
    project.write("d2/n.csv", "x\n")
    project.mlr("run", "-n", "used", "-i", "d", "-i", "note.txt", "--", "true")
    project.mlr("snapshot", "d/n.csv", "--no-store", "--no-pointer", "-n", "seen")
    project.mlr("snapshot", "d2/n.csv", "--no-pointer", "-n", "rowless")
    project.write("note.txt", "2")
    project.mlr("diff", "used", "--thresholds", rules, "--exit-code")  # no table has changed
    project.write("d2/n.csv", "x\n1\n2\n")
    project.mlr("diff", "rowless", "--thresholds", rules, "--exit-code", expect=9)
    project.write("d/n.csv", "x\n1\n3\n")
    told = project.mlr("diff", "seen", "--thresholds", rules, "--exit-code", expect=9).err
    assert "the tables of 'd/n.csv' are not compared" in told
    (project.folder / "d/n.csv").unlink()
    (project.folder / "d").rmdir()
    assert "'d'" in project.mlr("diff", "used", "--thresholds", rules, "--exit-code", expect=9).err


def test_what_lies_beside_the_parts_of_a_table_is_no_change_of_it(project):
    rows = "x\n" + "1\n2\n" * 20
    for name in ("sales/k=1/p.csv", "sales/k=2/p.csv", "sales/_temporary/p.csv"):
        project.write(name, rows)
    for name in ("sales/_SUCCESS", "sales/k=1/.p.csv.crc", "sales/note.txt"):
        project.write(name, "one")
    project.mlr("snapshot", "sales", "--no-pointer", "-n", "one", "--profile")
    for name in ("sales/_SUCCESS", "sales/k=1/.p.csv.crc", "sales/note.txt", "sales/_temporary/p.csv"):
        project.write(name, "two")
    project.write("sales/k=2/_started", "two")
    project.mlr("snapshot", "sales", "--no-pointer", "-n", "two", "--profile")
    for options in ((), ("--tables",)):
        [data] = project.mlr("diff", "one", "two", "--json", *options).json["inputs"]
        assert len(data["files"]["changed"]) == 4 and data["tables"] == []
    project.write("sales/k=2/p.csv", rows + "3\n")
    project.mlr("snapshot", "sales", "--no-pointer", "-n", "three")
    [table] = project.mlr("diff", "one", "three", "--json", "--tables").json["inputs"][0]["tables"]
    assert table["rows"] == {"a": 80, "b": 81}


def test_a_folder_that_became_a_file_is_still_that_table(project):
    project.write("sales.csv/a.csv", "x\n" + "1\n2\n" * 20)
    project.mlr("snapshot", "sales.csv", "--no-pointer", "-n", "parts", "--profile")
    (project.folder / "sales.csv/a.csv").unlink()
    (project.folder / "sales.csv").rmdir()
    project.write("sales.csv", "x\n" + "1\n3\n" * 20)
    project.mlr("snapshot", "sales.csv", "--no-pointer", "-n", "whole", "--profile")
    for ends in (("parts", "whole"), ("whole", "parts")):
        for options in ((), ("--tables",)):
            [table] = project.mlr("diff", *ends, "--json", *options).json["inputs"][0]["tables"]
            assert (table["source"] != "none", table["rows"]) == (True, {"a": 40, "b": 40})


def test_a_threshold_file_that_is_not_there(drifted):
    error = drifted.mlr("diff", "a", "b", "--thresholds", "none.toml", "--json", expect=3).error
    assert "none.toml" in error["message"]


@pytest.mark.parametrize("a, b", [
    (b"x\n1\n2\n", b"x\n"), (b"x\n", b"x\n1\n"), (b"x\n1\n1\n", b"x\n1\n"), (b"x\n1\n2\n3\n", b"y\n1\n2\n3\n"),
    (b"x\n1\n2\n", b"x\nu\nv\n"), (b"x,y\n,\n,\n", b"x,y\n1,\n2,\n"), (b"x\n1e308\n-1e308\n0\n", b"x\n1e308\n5e307\n1\n"),
])
def test_odd_tables_are_compared(project, a, b):
    table = compare(project, a, b)
    assert table["source"] == "data"
    assert all(column["psi"] is None or column["psi"]["value"] >= 0 for column in table["columns"])
