# SPDX-License-Identifier: Apache-2.0
"""Many versions of one pipeline: three stores plan their assortment with three commits of it. The
filter on the substitutability data turns out too low. Today's plans are reproduced, new ones made
with the filter raised in each version, and compared. Real sales, real scikit-learn."""

import collections
import json
import shutil
import statistics
import subprocess
import sys

import pytest

from conftest import Project
from retail_world import export_sales, read_rows, write_rows

STORES = {"north": 2, "south": 33, "west": 112}
LOW, RAISED = 2000, 4000

# Products that stand in for each other form a group; each group's sales are forecast week by week
# from its own forecasts; what sells least in its group is dropped. What the versions share.
STEPS = """\
import argparse, csv, json, os
import numpy
from sklearn.cluster import AgglomerativeClustering
{imports}

def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))

def group_products(scores, least, linkage):
    scores = [row for row in scores if int(row["transactions"]) >= least]
    products = sorted({{row["product"] for row in scores}})
    index = {{product: i for i, product in enumerate(products)}}
    score = numpy.zeros((len(products), len(products)))
    for row in scores:
        if row["rival"] in index:
            score[index[row["product"]], index[row["rival"]]] = float(row["score"])
    distance = (score.max() - (score + score.T) / 2) * (1 - numpy.eye(len(products)))
    groups = AgglomerativeClustering(min(3, len(products)), metric="precomputed", linkage=linkage).fit(distance).labels_
    return dict(zip(products, (int(group) for group in groups)))

def weekly_sales(sales, store, groups):
    weeks = sorted({{int(row["week"]) for row in sales if row["store"] == store}})
    totals = numpy.zeros((max(groups.values()) + 1, len(weeks)))
    by_product = dict.fromkeys(groups, 0)
    for row in sales:
        if row["store"] == store and row["product"] in groups:
            totals[groups[row["product"]], weeks.index(int(row["week"]))] += int(row["sold"])
            by_product[row["product"]] += int(row["sold"])
    return numpy.log1p(totals), by_product

def forecast(model, series, lags, horizon):
    train = series[:-horizon]
    rows = numpy.array([train[i - lags:i] for i in range(lags, len(train))])
    model.fit(rows, train[lags:])
    known = list(train)
    for _ in range(horizon):
        known.append(float(model.predict([known[-lags:]])[0]))
    return numpy.array(known[-horizon:])

def plan(options, least, linkage, model, lags=4, horizon=12):
    groups = group_products(read_rows("data/scores.csv"), least, linkage)
    series, sold = weekly_sales(read_rows("data/sales.csv"), options.store, groups)
    errors = [forecast(model(), line, lags, horizon) - line[-horizon:] for line in series]
    rows, dropped = [], 0
    for product, group in groups.items():
        share = sold[product] / sum(sold[other] for other in groups if groups[other] == group)
        rows.append([product, group, "%.4f" % share, "drop" if share < options.share else "keep"])
        dropped += share < options.share
    with open("plan.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\\n").writerows([["product", "group", "share", "advice"], *rows])
    metrics = {{"products": len(groups), "dropped": dropped, "rmse": float(numpy.sqrt(numpy.mean(numpy.square(errors))))}}
    with open(os.environ.get("MLREPRO_METRICS", "metrics.jsonl"), "a") as file:
        for name, value in metrics.items():
            file.write(json.dumps({{"metric": name, "value": value}}) + "\\n")

parser = argparse.ArgumentParser()
parser.add_argument("--store", required=True)
parser.add_argument("--share", type=float, default=0.2)
"""

# The filter is an argument in the first version, and in a file later on.
VERSIONS = {
    "north": STEPS.format(imports="from sklearn.linear_model import Ridge") + """\
parser.add_argument("--min_transactions", type=int, required=True)
options = parser.parse_args()
plan(options, options.min_transactions, "average", lambda: Ridge(1.0))
""",
    "south": STEPS.format(imports="from sklearn.linear_model import LinearRegression") + """\
options = parser.parse_args()
plan(options, json.load(open("params.json"))["min_transactions"], "complete", LinearRegression, lags=6)
""",
    "west": STEPS.format(imports="import tomllib\nfrom sklearn.ensemble import RandomForestRegressor") + """\
options = parser.parse_args()
with open("settings.toml", "rb") as file:
    settings = tomllib.load(file)
plan(options, settings["min_transactions"], "average",
     lambda: RandomForestRegressor(settings["trees"], random_state=settings["seed"]))
""",
}
SETTINGS = {
    "north": None,
    "south": ("params.json", '{"min_transactions": %d, "season": "summer"}\n'),
    "west": ("settings.toml", "# of a product, in all stores\nmin_transactions = %d\ntrees = 25\nseed = 7\n"),
}


def score_products(sales):
    """How often a product was on deal while a rival was not, in all stores, and how far the rival's sales
    were below what they usually are in such weeks."""
    usual = collections.defaultdict(list)
    weeks = collections.defaultdict(dict)
    for row in sales:
        sold = float(row["sold"])
        usual[row["product"], row["store"]].append(sold)
        weeks[row["store"], row["week"]][row["product"]] = (row["deal"] == "1", sold)
    usual = {key: statistics.fmean(values) for key, values in usual.items()}
    lost, deals = collections.defaultdict(list), collections.Counter()
    for (store, _), products in weeks.items():
        for product, (on_deal, _) in products.items():
            if not on_deal:
                continue
            deals[product] += 1
            for rival, (rival_on_deal, sold) in products.items():
                if rival != product and not rival_on_deal:
                    lost[product, rival].append(1 - sold / usual[rival, store])
    return [{"product": product, "rival": rival, "score": f"{statistics.fmean(values):.6f}", "transactions": deals[product]}
            for (product, rival), values in sorted(lost.items())]


class Retailer:
    """One repository; each store ran the version that was current then."""

    def __init__(self, top):
        folder, home = top / "project", top / "home"
        folder.mkdir()
        home.mkdir()
        self.project = project = Project(folder, home)
        sales = read_rows(export_sales(top / "csv") / "sales.csv")
        write_rows(folder / "data/scores.csv", score_products(sales))
        write_rows(folder / "data/sales.csv", [row for row in sales if int(row["store"]) in STORES.values()])
        project.git("init", "-q", "-b", "main")
        project.write(".gitignore", "data/\nplan.csv\nmetrics.jsonl\n")
        for name, code in VERSIONS.items():
            project.write("pipeline.py", code)
            if SETTINGS[name]:
                file, text = SETTINGS[name]
                project.write(file, text % LOW)
            project.git("add", "-A")
            project.git("commit", "-q", "-m", name)
            files = ("--params", SETTINGS[name][0]) if SETTINGS[name] else ()
            project.mlr("run", "-n", name, "-t", "plan=current", *files, "-i", "data", "-o", "plan.csv", "--",
                        *self.command(name, LOW))
            project.git("tag", name)

    @staticmethod
    def command(name, least):
        filters = ["--min_transactions", str(least)] if name == "north" else []
        return [sys.executable, "pipeline.py", "--store", str(STORES[name]), *filters]

    def by_hand(self, name, least, folder):
        """What that version gives outside of mlrepro: its metrics and its plan."""
        self.project.git("worktree", "add", "-q", "--detach", str(folder), name)
        shutil.copytree(self.project.folder / "data", folder / "data")
        if SETTINGS[name]:
            file, text = SETTINGS[name]
            (folder / file).write_text(text % least)
        subprocess.run(self.command(name, least), cwd=folder, env=self.project.environment, check=True)
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        return {line["metric"]: line["value"] for line in map(json.loads, lines)}, (folder / "plan.csv").read_text()


@pytest.fixture(scope="module")
def retailer(tmp_path_factory):
    return Retailer(tmp_path_factory.mktemp("retailer"))


def test_a_raised_filter_in_every_version(retailer, tmp_path):
    project = retailer.project
    today = project.mlr("reproduce", "--filter", "tags.plan = 'current'", "-j", "2", "--json").json["reproductions"]
    assert {one["run_name"]: one["verdict"] for one in today} == dict.fromkeys(STORES, "reproduced")
    assert all(output["status"] == "same" for one in today for output in one["outputs"])

    what_if = ("reproduce", *STORES, "--set", f"min_transactions={RAISED}", "-j", "2")
    runs = project.mlr(*what_if, "--json").json["runs"]
    assert [run["run_name"] for run in runs] == list(STORES)
    for run in runs:
        name = run["run_name"]
        assert run["outcome"] == "ended" and run["reasons"] == []
        assert run["changes"] == [{"what": "parameter min_transactions", "from": str(LOW), "to": str(RAISED)}]
        metrics, plan = retailer.by_hand(name, RAISED, tmp_path / name)
        assert {metric["key"]: metric["replayed"] for metric in run["metrics"]} == metrics
        assert metrics["products"] < {metric["key"]: metric["recorded"] for metric in run["metrics"]}["products"]
        assert [(output["path"], output["same"]) for output in run["outputs"]] == [("plan.csv", False)]
        project.mlr("restore", f"{run['replay']}:plan.csv", "--to", f"{name}.csv")
        assert (project.folder / f"{name}.csv").read_text() == plan
        commit = project.mlr("show", run["replay"], "--json").json["code"]["commit"]
        assert commit == project.git("rev-parse", name).strip()
    # What is here is as it was: the latest version, with its low filter.
    assert project.git("status", "--porcelain", "-uno") == ""

    text = project.mlr(*what_if).out
    assert text.count(f"parameter min_transactions: {LOW} -> {RAISED}\n") == 3
    rows = [line.split() for line in text.splitlines()]
    table = rows[rows.index(["run", "metric", "recorded", "replayed", "difference"]) + 1:]
    for number, name in enumerate(STORES):
        metrics = table[3 * number:3 * number + 3]
        assert metrics[0][0] == name and [row[-5] for row in metrics] == ["dropped", "products", "rmse"]
