# SPDX-License-Identifier: Apache-2.0
"""A past run, replayed with one thing changed and compared with what it was."""

import pytest

# What the assortment pipeline does to its substitutability data: a filter, then a score.
PIPELINE = """\
import json, os, sys
lines = open("params.yaml").read().splitlines()
least = int(next(line for line in lines if line.startswith("min_transactions:")).split()[1])
rate = float(sys.argv[sys.argv.index("--rate") + 1])
rows = [line.split(",") for line in open("data/sales.csv").read().split()]
kept = [row for row in rows if int(row[1]) >= least]
score = %s * rate * float(os.environ.get("OMP_NUM_THREADS", "1"))
with open(os.environ["MLREPRO_METRICS"], "a") as sink:
    for name, value in (("kept", len(kept)), ("score", score)):
        sink.write(json.dumps({"metric": name, "value": value}) + "\\n")
open("plan.csv", "w").write("".join(",".join(row) + "\\n" for row in kept))
"""

PARAMS = "# the filter, of 10 or so\nmin_transactions: 10  # per product\nother: 10\n"


class Shops:
    """Stores that run different versions of the pipeline."""

    def __init__(self, project):
        self.project = project
        project.write(".gitignore", "data/\nplan.csv\n")
        project.write("data/sales.csv", "a,5\nb,10\nc,15\nd,40\n")
        project.write("params.yaml", PARAMS)
        self.run("north", "len(kept)")
        self.run("south", "sum(int(row[1]) for row in kept)")

    def run(self, name, score, *more):
        self.project.write("train.py", PIPELINE % score)
        self.project.git("add", "-A")
        self.project.git("commit", "-q", "-m", name)
        self.project.git("tag", f"v-{name}")
        self.project.mlr("run", "-n", name, "--params", "params.yaml", "-i", "data/sales.csv", "-o", "plan.csv", *more,
                         "--", "python3", "train.py", "--rate", "0.5", "--fast", env={"OMP_NUM_THREADS": "2"})

    def ask(self, *words, expect=0):
        return self.project.mlr("reproduce", *words, "--json", expect=expect).json


@pytest.fixture
def shops(project):
    return Shops(project)


def metrics_of(answer):
    return {metric["key"]: (metric["recorded"], metric["replayed"]) for metric in answer["runs"][0]["metrics"]}


def test_a_raised_filter_in_each_version(shops):
    answer = shops.ask("north", "south", "--set", "min_transactions=20")
    assert answer["schema"] == "mlrepro.whatif/1"
    north, south = answer["runs"]
    assert north["changes"] == [{"what": "parameter min_transactions", "from": "10", "to": "20"}]
    assert north["outcome"] == "ended" and north["reasons"] == []
    assert [(m["key"], m["recorded"], m["replayed"], m["delta"]) for m in north["metrics"]] == [
        ("kept", 3, 1, -2), ("score", 3, 1, -2)
    ]
    assert [(m["key"], m["recorded"], m["replayed"]) for m in south["metrics"]] == [("kept", 3, 1), ("score", 65, 40)]
    assert not north["outputs"][0]["same"]
    # The record says what was changed, and what the command really read.
    replay = shops.project.mlr("show", north["replay"], "--json").json
    assert replay["parent"] == north["run"]
    assert replay["note"] == "what if, of north: parameter min_transactions 10 -> 20"
    assert replay["params"]["min_transactions"] == "20" and replay["params"]["other"] == "10"
    original = shops.project.mlr("show", "north", "--json").json
    assert replay["code"]["digest"] != original["code"]["digest"]
    assert original["level"]["proven"] is None
    changed = shops.project.mlr("diff", "north", north["replay"], "--patch").out
    assert "+min_transactions: 20  # per product" in changed
    # What is in the working tree is as it was.
    assert (shops.project.folder / "params.yaml").read_text() == PARAMS
    # A replay with a change is a run like others: it can be reproduced.
    assert shops.ask(north["replay"])["verdict"] == "reproduced"


def test_what_a_person_sees(shops):
    text = shops.project.mlr("reproduce", "north", "south", "--set", "min_transactions=20").out
    assert "  parameter min_transactions: 10 -> 20\n" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["north", "kept", "3", "1", "-2", "-66.6667%"] in rows
    assert ["south", "kept", "3", "1", "-2", "-66.6667%"] in rows


def test_an_argument_a_switch_and_a_variable(shops):
    assert metrics_of(shops.ask("north", "--set", "rate=2"))["score"] == (3, 12)
    assert metrics_of(shops.ask("north", "--set", "OMP_NUM_THREADS=1"))["score"] == (3, 1.5)
    off = shops.ask("north", "--set", "fast=false")
    command = shops.project.mlr("show", off["runs"][0]["replay"], "--json").json["command"]
    assert command == ["python3", "train.py", "--rate", "0.5"]
    both = shops.ask("north", "--set", "rate=2", "--set", "min_transactions=0")
    assert metrics_of(both) == {"kept": (3, 4), "score": (3, 16)}


def test_other_data(shops):
    shops.project.write("data/sales.csv", "x,100\n")
    shops.run("later", "len(kept)")
    answer = shops.ask("north", "--with", "data/sales.csv=later:data/sales.csv")
    assert metrics_of(answer) == {"kept": (3, 1), "score": (3, 1)}
    assert answer["runs"][0]["changes"][0]["what"] == "input data/sales.csv"
    shops.project.write("more.csv", "y,100\nz,100\n")
    snapshot = shops.project.mlr("snapshot", "more.csv", "--json").json["id"]
    assert metrics_of(shops.ask("north", "--with", f"data/sales.csv={snapshot}"))["kept"] == (3, 2)


def test_other_code(shops):
    for revision in ("v-south", "HEAD", shops.project.git("rev-parse", "HEAD").strip()[:10], "south"):
        assert metrics_of(shops.ask("north", "--code", revision))["score"] == (3, 65), revision
    replay = shops.project.mlr("show", "@1", "--json").json
    assert replay["code"]["commit"] == shops.project.git("rev-parse", "v-south").strip()
    assert metrics_of(shops.ask("south", "--code", "HEAD~1"))["score"] == (65, 3)


def test_code_of_a_commit_is_what_a_checkout_gives(shops):
    project = shops.project
    project.write("deep/er/x.sh", "#!/bin/sh\n").chmod(0o755)
    (project.folder / "deep/link").symlink_to("er/x.sh")
    project.write("deep.txt", "between deep and deep/\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "shapes")
    project.mlr("run", "-n", "shapes", "--", "true")
    recorded = project.mlr("show", "shapes", "--json").json["code"]["digest"]
    replay = shops.ask("north", "--code", "HEAD")["runs"][0]["replay"]
    assert project.mlr("show", replay, "--json").json["code"]["digest"] == recorded


def test_what_cannot_be_changed(shops):
    blocked = shops.ask("north", "--set", "min_transaction=20", expect=3)["runs"][0]
    assert blocked["outcome"] == "blocked" and "has no parameter" in blocked["reasons"][0]
    assert "a switch" in shops.ask("north", "--set", "fast=3", expect=3)["runs"][0]["reasons"][0]
    assert "no input" in shops.ask("north", "--with", "x=north:data/sales.csv", expect=3)["runs"][0]["reasons"][0]
    shops.run("noted", "1", "-p", "rate2=1")
    assert "only noted" in shops.ask("noted", "--set", "rate2=3", expect=3)["runs"][0]["reasons"][0]
    for words in (("--set", "x"), ("--with", "x"), ("--set", "rate=1", "--atol", "1"),
                  ("--set", "rate=1", "--junit", "x.xml"), ("--env-of", "south", "--env", "strict")):
        shops.project.mlr("reproduce", "north", *words, expect=2)
    shops.project.mlr("reproduce", "north", "--code", "no-such", expect=3)
    shops.project.mlr("reproduce", "north", "--env-of", "no-such", expect=3)


def test_a_replay_that_fails(shops):
    failed = shops.ask("north", "--set", "rate=none", expect=8)["runs"][0]
    assert failed["outcome"] == "failed" and "exit code 1" in failed["reasons"][0]
