# SPDX-License-Identifier: Apache-2.0
"""A result of the year before last, when the data that it came from are gone and the environment has been
upgraded since: it comes out again to the last digit, and `explain` says what of all that has changed makes the
new one differ. Real sales, real scikit-learn, and a real upgrade of it."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from conftest import Project
from retail_world import ROOT, export_sales, read_rows, write_rows

BEFORE, AFTER = (ROOT / f"tests/upgrade-{when}.txt" for when in ("before", "after"))
WHEELS = ROOT / "build/upgrade"

# Stores in which customers choose alike form a segment.
SEGMENTS = """\
import csv, json, os
import joblib, numpy
from sklearn.cluster import KMeans

with open("data/sales.csv", newline="") as file:
    rows = list(csv.DictReader(file))
stores = sorted({int(row["store"]) for row in rows})
products = sorted({row["product"] for row in rows})
sold = numpy.zeros((len(stores), len(products)))
for row in rows:
    sold[stores.index(int(row["store"])), products.index(row["product"])] += float(row["sold"])
model = KMeans(n_clusters=8, random_state=11).fit(sold / sold.sum(axis=1, keepdims=True))
joblib.dump(model, "model.joblib")
with open("segments.csv", "w", newline="") as file:
    csv.writer(file, lineterminator="\\n").writerows([["store", "segment"], *zip(stores, model.labels_.tolist())])
with open(os.environ.get("MLREPRO_METRICS", "metrics.jsonl"), "a") as file:
    for name, value in {"inertia": float(model.inertia_), "largest": int(numpy.bincount(model.labels_).max())}.items():
        file.write(json.dumps({"metric": name, "value": value}) + "\\n")
"""


class Warehouse:
    def __init__(self, top):
        assert WHEELS.exists(), "the packages are not here: type 'scripts/install-deps upgrade'"
        for name in ("project", "home", "tools"):
            (top / name).mkdir()
        (top / "tools/uv").symlink_to(pathlib.Path(sys.executable).with_name("uv"))
        self.project = project = Project(top / "project", top / "home")
        project.environment.update(
            PATH=f"{top}/tools:/usr/local/bin:/usr/bin:/bin", OMP_NUM_THREADS="1", UV_NO_INDEX="1", UV_OFFLINE="1",
            UV_FIND_LINKS=str(WHEELS), UV_PYTHON_DOWNLOADS="never", UV_CACHE_DIR=str(top / "uv-cache"),
        )
        sales = read_rows(export_sales(top / "csv") / "sales.csv")
        self.years = {
            2021: [row for row in sales if 60 <= int(row["week"]) < 100],
            2022: [row for row in sales if int(row["week"]) >= 100],
        }
        project.git("init", "-q", "-b", "main")
        project.write(".gitignore", ".venv/\ndata/\nsegments.csv\nmodel.joblib\n")
        self.commit(SEGMENTS)
        self.uv("venv", "--quiet", "--python", "/usr/bin/python3", ".venv")
        self.install(BEFORE)

    def uv(self, *words):
        subprocess.run(["uv", *map(str, words)], cwd=self.project.folder, env=self.project.environment, check=True)

    def install(self, packages):
        self.uv("pip", "install", "--quiet", "--no-deps", "--python", ".venv/bin/python", "-r", packages)

    def commit(self, code):
        self.project.write("segments.py", code)
        self.project.git("add", "-A")
        self.project.git("commit", "-q", "-m", "segments")

    def receive(self, year):
        write_rows(self.project.folder / "data/sales.csv", self.years[year])

    def record(self, name):
        """Returns the inertia."""
        self.project.mlr("run", "-n", name, "-i", "data", "-o", "segments.csv", "-o", "model.joblib", "--",
                         ".venv/bin/python", "segments.py")
        return self.project.mlr("show", name, "--json").json["metrics"]["inertia"]["last"]

    def explain(self, a, b):
        answer = self.project.mlr("explain", a, b, "--metric", "inertia", "--json").json
        assert answer["unexplained"] == 0
        return answer

    def inertia_by_hand(self, python, year, folder):
        """What the code gives outside of mlrepro."""
        write_rows(folder / "data/sales.csv", self.years[year])
        shutil.copy(self.project.folder / "segments.py", folder)
        subprocess.run([python, "segments.py"], cwd=folder, env=self.project.environment, check=True)
        lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
        return next(line["value"] for line in lines if line["metric"] == "inertia")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return Warehouse(tmp_path_factory.mktemp("warehouse"))


def contributions(answer):
    return {share["factor"]: share["contribution"] for share in answer["factors"]}


def test_an_old_result_and_why_the_new_one_differs(warehouse, tmp_path):
    project = warehouse.project
    warehouse.receive(2021)
    then = warehouse.record("summer-2021")
    shutil.rmtree(project.folder / "data")
    for name in ("segments.csv", "model.joblib"):
        (project.folder / name).unlink()
    warehouse.install(AFTER)

    # With what is here now, the result is another one, and it says why that may be.
    checked = project.mlr("reproduce", "summer-2021", "--json", expect=1).json
    assert {"item": "package scikit-learn", "recorded": "1.3.2", "replayed": "1.5.2", "impact": "high"} in \
        checked["environment"]["differences"]
    assert checked["levels"][3]["status"] == "differs"

    rebuilt = project.mlr("reproduce", "summer-2021", "--env", "rebuild", "--json").json
    assert rebuilt["verdict"] == "reproduced" and rebuilt["proven"] == 5
    assert rebuilt["environment"]["rebuilt"]["gaps"] == []
    assert all(metric["recorded"] == metric["replayed"] for metric in rebuilt["metrics"])
    # The model, too, to the last bit.
    assert {output["path"]: output["status"] for output in rebuilt["outputs"]} == {
        "model.joblib": "same", "segments.csv": "same"}
    assert not (project.folder / "data").exists()
    assert list(project.folder.glob(".venv/lib/python3*/site-packages/scikit_learn-1.5.2.dist-info"))

    # One package, and nothing else.
    project.mlr("restore", "summer-2021:data")
    upgraded = warehouse.record("upgraded")
    answer = warehouse.explain("summer-2021", "upgraded")
    assert upgraded != then and contributions(answer) == {"environment": upgraded - then}
    differences = project.mlr("diff", "summer-2021", "upgraded", "--json").json["environment"]
    assert {"item": "package scikit-learn", "a": "1.3.2", "b": "1.5.2"}.items() <= differences[0].items()

    # Code only.
    warehouse.commit(SEGMENTS.replace("n_clusters=8", "n_clusters=6"))
    fewer = warehouse.record("fewer-segments")
    assert contributions(warehouse.explain("upgraded", "fewer-segments")) == {"code": fewer - upgraded}

    # Data only.
    warehouse.commit(SEGMENTS)
    warehouse.receive(2022)
    now = warehouse.record("summer-2022")
    assert contributions(warehouse.explain("upgraded", "summer-2022")) == {"data": now - upgraded}

    # Data and a package at once: why does summer 2022 differ from summer 2021?
    answer = warehouse.explain("summer-2021", "summer-2022")
    python = f"{rebuilt['environment']['rebuilt']['folder']}/bin/python"
    other_data = warehouse.inertia_by_hand(python, 2022, tmp_path)
    values = {tuple(replay["from_b"]): replay["value"] for replay in answer["replays"]}
    assert values == {(): then, ("data",): other_data, ("environment",): upgraded, ("data", "environment"): now}
    assert contributions(answer) == pytest.approx({
        "data": ((other_data - then) + (now - upgraded)) / 2,
        "environment": ((upgraded - then) + (now - other_data)) / 2,
    })
    assert sum(replay["reused"] for replay in answer["replays"]) == 2
