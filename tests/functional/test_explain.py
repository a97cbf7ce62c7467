# SPDX-License-Identifier: Apache-2.0
"""Pairs of runs of which it is known what makes them differ."""

import pytest

from package_world import World, tools_with_uv

# data, configuration (argument and file), code (the constant) and a package, each with an effect.
PIPELINE = """\
import json, os, sys, score
rows = [float(row) for row in open("data.csv").read().split()]
rate = float(sys.argv[sys.argv.index("--rate") + 1])
least = float(open("params.yaml").read().split(":")[1])
kept = sum(row for row in rows if row >= least)
value = %s
with open(os.environ["MLREPRO_METRICS"], "a") as sink:
    for name, number in (("rmse", value), ("rows", len(rows))):
        sink.write(json.dumps({"metric": name, "value": number}) + "\\n")
"""


class Pair:
    def __init__(self, project, tmp_path):
        self.world = World(project, tools_with_uv(tmp_path))
        self.project = project
        self.now = {"code": "kept * rate + score.score()", "data": "1\n2\n3\n", "rate": 0.5, "least": 0, "score": "1.0"}

    def run(self, name, **changes):
        self.now.update(changes)
        self.project.write("train.py", PIPELINE % self.now["code"])
        self.project.write("params.yaml", f"least: {self.now['least']}\n")
        self.project.write("data.csv", self.now["data"])
        self.world.install("score", self.now["score"])
        self.project.mlr("run", "-n", name, "-i", "data.csv", "--params", "params.yaml", "--",
                         ".venv/bin/python", "train.py", "--rate", self.now["rate"])

    def explain(self, *more, expect=0):
        return self.project.mlr("explain", "first", "second", "--metric", "rmse", "--json", *more, expect=expect)


@pytest.fixture
def pair(project, tmp_path):
    pair = Pair(project, tmp_path)
    pair.run("first")
    return pair


def contributions(answer):
    return {share["factor"]: share["contribution"] for share in answer["factors"]}


@pytest.mark.parametrize("changes, factor, difference", [
    ({"data": "10\n20\n"}, "data", 12),
    ({"code": "kept * rate + score.score() + 7"}, "code", 7),
    ({"rate": 2}, "config", 9),
    ({"least": 2}, "config", -0.5),
    ({"score": "2.0"}, "environment", 0.5),
])
def test_a_single_cause(pair, changes, factor, difference):
    pair.run("second", **changes)
    answer = pair.explain().json
    assert answer["schema"] == "mlrepro.explanation/1" and answer["metric"] == "rmse"
    assert contributions(answer) == {factor: difference}
    assert answer["factors"][0]["share"] == 1
    assert answer["difference"] == difference and answer["unexplained"] == 0
    assert len(answer["replays"]) == 2


def test_two_causes_that_add_up(pair):
    pair.run("second", score="2.0", code="kept * rate + score.score() + 7")
    answer = pair.explain().json
    assert contributions(answer) == {"code": 7, "environment": 0.5}
    assert answer["interactions"] == [{"factors": ["code", "environment"], "value": 0}]


def test_two_causes_that_work_together(pair):
    pair.run("second", data="10\n", rate=1)
    answer = pair.explain().json
    # 3.25 first; data alone 5.25, rate alone 6.25, both 10.25.
    assert contributions(answer) == pytest.approx({"config": 4, "data": 3})
    assert answer["interactions"][0] == {"factors": ["config", "data"], "value": pytest.approx(2)}
    assert [one["from_b"] for one in answer["replays"]] == [[], ["config", "data"], ["config"], ["data"]]
    text = pair.project.mlr("explain", "first", "second", "--metric", "rmse").out
    assert "config did most of it: 57.1%\n" in text
    assert "config, data" in text and "(earlier)" in text


def test_causes_that_work_against_each_other(pair):
    pair.run("second", code="kept * rate + score.score() + 7", rate=0.25)
    assert contributions(pair.explain().json) == pytest.approx({"code": 7, "config": -1.5})
    text = pair.project.mlr("explain", "first", "second", "--metric", "rmse").out
    assert text.endswith("code weighs most, and others work against it\n")


def test_one_of_three_that_makes_all_of_it_ends_the_search(pair):
    pair.run("second", data="10\n", code="kept * rate + score.score() + 0", least=-5)
    answer = pair.explain().json
    assert contributions(answer) == {"data": 2, "code": 0, "config": 0}
    assert answer["stopped_early"] and len(answer["replays"]) < 8
    assert "data did it" in pair.project.mlr("explain", "first", "second", "--metric", "rmse").out


def test_replays_are_recorded_and_used_again(pair):
    pair.run("second", rate=2)
    first = pair.explain().json
    assert [one["reused"] for one in first["replays"]] == [False, False]
    replay = pair.project.mlr("show", first["replays"][1]["run"], "--json").json
    assert replay["note"] == "explains rmse of first and second: config of the second"
    assert replay["parent"] == pair.project.mlr("show", "first", "--json").json["id"]
    runs = len(pair.project.mlr("list", "--json").json["runs"])
    again = pair.explain().json
    assert [one["reused"] for one in again["replays"]] == [True, True]
    assert contributions(again) == contributions(first)
    assert len(pair.project.mlr("list", "--json").json["runs"]) == runs
    assert [one["reused"] for one in pair.explain("--fresh").json["replays"]] == [False, False]


def test_it_says_beforehand_what_it_will_do(pair):
    pair.run("second", rate=2, data="1\n")
    err = pair.explain().err
    assert "the runs differ in config, data; at most 4 replays of about " in err.splitlines()[0]


def test_what_is_in_neither_record(pair):
    # The second runs with a variable that nothing records.
    pair.project.environment["NOT_RECORDED"] = "100"
    pair.run("second", code="kept * rate + score.score() + float(os.environ.get('NOT_RECORDED', 0))")
    del pair.project.environment["NOT_RECORDED"]
    answer = pair.project.mlr("explain", "first", "second", "--metric", "rmse", "--json").json
    assert answer["unexplained"] == 100
    assert "not in the records" in pair.project.mlr("explain", "first", "second", "--metric", "rmse").out


def test_what_cannot_be_explained(pair):
    pair.run("second")
    assert "do not differ" in pair.explain(expect=2).error["message"]
    pair.run("third", rate=2)
    assert "no number for metric 'auc'" in pair.project.mlr(
        "explain", "first", "third", "--metric", "auc", expect=3).err
    # The only metric that differs need not be named.
    assert pair.project.mlr("explain", "first", "third", "--json").json["metric"] == "rmse"
    pair.run("fourth", data="1\n")
    assert "several metrics differ: rmse, rows" in pair.project.mlr("explain", "first", "fourth", expect=2).err
    pair.project.mlr("explain", "first", "no-such", expect=3)


def test_a_mixture_that_fails(pair):
    pair.run("second", code="kept * rate + score.score() + (1 / (rate - 0.5))", rate=1)
    error = pair.explain(expect=8).error
    assert "with code of 'second' failed" in error["message"]
    assert "mlrepro show" in error["hint"]
