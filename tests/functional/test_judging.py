# SPDX-License-Identifier: Apache-2.0
"""What counts as the same result: outputs by what they say, predictions row by row, limits of metrics, and
noise."""

import re
import sys
import time

import pytest

from faults import copy_world

PYTHON = sys.executable
# For scripts that need no package: looking at those beside PYTHON takes longer than such a script.
LEAN_PYTHON = "/usr/bin/python3"

# Writes the same result each time, in files that say when they were written. With scikit-learn, as people do.
STAMPED = """\
import gzip, io, json, os, struct, time, zipfile, zlib
import joblib, numpy
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

now = int(os.environ["NOW"])
x, y = make_classification(200, 5, random_state=0)
model = LogisticRegression().fit(x, y)
os.makedirs("out", exist_ok=True)
os.makedirs("out/plots", exist_ok=True)

with open("out/model.pkl.gz", "wb") as file, gzip.GzipFile("model.pkl", "wb", 6, file, now) as packed:
    joblib.dump(model, packed)
with open("out/scores.csv.gz", "wb") as file, gzip.GzipFile("", "wb", now % 9 + 1, file, now) as packed:
    numpy.savetxt(packed, model.predict_proba(x), delimiter=",")
arrays = {"coef": model.coef_, "intercept": model.intercept_}
with zipfile.ZipFile("out/model.npz", "w", zipfile.ZIP_DEFLATED if now % 2 else zipfile.ZIP_STORED) as archive:
    for name in sorted(arrays, reverse=bool(now % 2)):
        data = io.BytesIO()
        numpy.save(data, arrays[name])
        archive.writestr(zipfile.ZipInfo(name + ".npy", time.gmtime(now)[:6]), data.getvalue())

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

rows = b"".join(b"\\0" + bytes(int(255 * p) for p in row) for row in model.predict_proba(x[:8]))
with open("out/plots/roc.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 8, 8, 0, 0, 0, 0))
               + chunk(b"tEXt", b"Software\\0plotter %d" % now) + chunk(b"tIME", struct.pack(">HBBBBB", *time.gmtime(now)[:6]))
               + chunk(b"IDAT", zlib.compress(rows, now % 9 + 1)) + chunk(b"IEND", b""))
cell = {"cell_type": "code", "id": "c%d" % now, "execution_count": now % 7, "source": ["1 + 1"],
        "metadata": {"execution": {"iopub.execute_input": str(now)}},
        "outputs": [{"output_type": "execute_result", "execution_count": now % 7, "data": {"text/plain": ["2"]}}]}
with open("out/report.ipynb", "w") as file:
    json.dump({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, file, indent=now % 3)
scores = {"accuracy": float(model.score(x, y)), "nan": float("nan")}
with open("out/scores.json", "w") as file:
    json.dump(dict(sorted(scores.items(), reverse=bool(now % 2))), file, indent=now % 3)
"""


@pytest.fixture(scope="module")
def recorded(repository, tmp_path_factory):
    """Repositories with a run, "first": by name, to be copied."""
    made = {}

    def get(name, make):
        if name not in made:
            project = copy_world(repository, tmp_path_factory.mktemp(name) / "w")
            make(project)
            made[name] = project
        return made[name]

    return get


@pytest.fixture
def stamped(recorded, tmp_path):
    return copy_world(recorded("stamped", record_stamped), tmp_path / "w")


def record_stamped(project):
    project.write("train.py", STAMPED)
    project.write(".gitignore", "out/\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "train")
    project.mlr("run", "-n", "first", "-o", "out", "--", PYTHON, "train.py", env={"NOW": "1700000001"})


def test_files_that_say_when_they_were_written_are_the_same(stamped):
    result = stamped.mlr("reproduce", "first", "--json", env={"NOW": "1800000002"}).json
    assert result["verdict"] == "reproduced"
    [output] = result["outputs"]
    assert output["status"] == "same_content"
    assert output["files_not_the_same"] == 6
    files = {file["path"]: file for file in output["files"]}
    assert {file["status"] for file in files.values()} == {"same_content"}
    assert files["model.pkl.gz"]["normalised"] == ["the time in the gzip header"]
    assert "times of entries" in files["model.npz"]["normalised"]
    assert "the order of entries" in files["model.npz"]["normalised"]
    assert files["plots/roc.png"]["normalised"] == ["the picture's 'Software'", "the time in the picture"]
    assert files["report.ipynb"]["normalised"] == ["execution counts", "ids of cells", "times of execution"]
    assert "the same content; not counted: " in stamped.mlr("reproduce", "first", env={"NOW": "1800000002"}).out


def test_what_they_say_still_counts(stamped):
    code = STAMPED.replace("random_state=0", "random_state=int(os.environ['NOW']) % 2")
    stamped.write("train.py", code)
    stamped.mlr("run", "-n", "odd", "-o", "out", "--", PYTHON, "train.py", env={"NOW": "1700000001"})
    result = stamped.mlr("reproduce", "odd", "--json", env={"NOW": "1800000002"}, expect=1).json
    files = {file["path"]: file for file in result["outputs"][0]["files"]}
    assert files["report.ipynb"]["status"] == "same_content"
    assert files["scores.json"]["reasons"] == ["'accuracy' differs"]
    assert files["model.npz"]["reasons"] == ["coef.npy differs", "intercept.npy differs"]
    assert files["plots/roc.png"]["reasons"] == ["pixels differs"]
    assert result["outputs"][0]["status"] == "differs"


def test_what_is_not_normalised_says_so(project):
    project.write(".gitignore", "m.pkl\n")
    project.mlr("run", "-n", "p", "-o", "m.pkl", "--", LEAN_PYTHON, "-c",
                "import os, pickle; pickle.dump(os.environ['NOW'], open('m.pkl', 'wb'))", env={"NOW": "1"})
    result = project.mlr("reproduce", "p", "--json", env={"NOW": "2"}, expect=1).json
    assert result["outputs"][0]["reasons"] == ["a pickle is compared byte for byte: equal objects may have other bytes"]


# The second that it runs in is in the files, once in the way that HDF5 is written unless one asks for another.
WEIGHTS = """\
import io, json, os, sys, time, zipfile
import h5py, numpy

def write(file, **more):
    with h5py.File(file, "w", **more) as weights:
        for layer in range(20):
            group = weights.create_group(f"model/layer_{layer}")
            group.attrs["activation"] = "relu"
            kernel = numpy.arange(300.0).reshape(30, 10) * layer + float(os.environ.get("SHIFT", 0))
            group.create_dataset("kernel", data=kernel, chunks=(10, 10), compression="gzip", track_times=True)
            group.create_dataset("bias", data=numpy.zeros(10), track_times=True).attrs["trained"] = True
        weights["first"] = h5py.SoftLink("/model/layer_0")

write("weights.h5")
write("newer.h5", libver="latest")
packed = io.BytesIO()
write(packed)
with zipfile.ZipFile("model.keras", "w") as archive:
    archive.writestr("config.json", json.dumps({"layers": 20}))
    archive.writestr("model.weights.h5", packed.getvalue())
"""


def test_hdf5_is_compared_without_its_times(project):
    project.write("train.py", WEIGHTS)
    project.write(".gitignore", "*.h5\n*.keras\n")
    outputs = [word for name in ("weights.h5", "model.keras", "newer.h5") for word in ("-o", name)]
    project.mlr("run", "-n", "first", *outputs, "--", PYTHON, "train.py")
    ended = int(time.time())
    while int(time.time()) == ended:
        time.sleep(0.05)

    def judged(**env):
        answer = project.mlr("reproduce", "first", "--json", env=env, expect=1).json
        return {output["path"]: (output["status"], output["files"][0]) for output in answer["outputs"]}

    found = judged()
    for name in ("weights.h5", "model.keras"):
        status, file = found[name]
        assert status == "same_content" and "times of objects" in file["normalised"]
    assert found["newer.h5"][1]["reasons"] == ["a byte (its layout is not read) differs"]
    found = judged(SHIFT="1e-9")
    assert found["weights.h5"][1]["reasons"] == ["the content differs"]
    assert found["model.keras"][1]["reasons"] == ["model.weights.h5 differs"]


PREDICT = """\
import csv, os, random

chance = random.Random(1)
predicted = [sum(weight * chance.gauss(0, 1) for weight in (30.0, 20.0, -10.0, 5.0)) for _ in range(300)]
predicted = [value + float(os.environ["DRIFT"]) * i / 299 for i, value in enumerate(predicted)]
rows = [(f"sku-{i:03}", value, "high" if value > 0 else "low") for i, value in enumerate(predicted)]
if os.environ.get("ORDER") == "reverse":
    rows.reverse()
with open("predictions.csv", "w", newline="") as file:
    csv.writer(file).writerows([("sku", "sales", "class"), *rows])
"""


@pytest.fixture
def predicted(recorded, tmp_path):
    return copy_world(recorded("predicted", record_predicted), tmp_path / "w")


def record_predicted(project):
    project.write("predict.py", PREDICT)
    project.write(".gitignore", "predictions.csv\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "predict")
    project.mlr("run", "-n", "first", "-o", "predictions.csv", "--", LEAN_PYTHON, "predict.py", env={"DRIFT": "0"})


def rows_of(result):
    return result["outputs"][0]["files"][0]["rows"]


def test_predictions_are_compared_row_by_row(predicted):
    env = {"DRIFT": "1e-7"}
    assert predicted.mlr("reproduce", "first", "--json", env=env, expect=1).json["outputs"][0]["reasons"] == ["other content"]
    rule = "predictions.csv=abs:1e-6"
    result = predicted.mlr("reproduce", "first", "--tol-rows", rule, "--json", env=env).json
    assert result["outputs"][0]["status"] == "within_tolerance"
    assert rows_of(result)["recorded"] == rows_of(result)["replayed"] == 300
    assert rows_of(result)["max_abs"] == pytest.approx(1e-7, rel=1e-3)
    assert rows_of(result)["farthest"]["row"] == "row 300" and rows_of(result)["farthest"]["column"] == "column 'sales'"
    text = predicted.mlr("reproduce", "first", "--tol-rows", rule, env={"DRIFT": "1e-5"}, expect=1).out
    assert re.search(r"2\d\d of 300 rows differ, largest difference 1e-05 in row 300, column 'sales', limit 1e-06 absolute", text)


def test_predictions_are_matched_by_key(predicted):
    predicted.write("mlrepro.toml", '[[output]]\npath = "pred*.csv"\nkey = "sku"\natol = 1e-6\n')
    env = {"DRIFT": "1e-7", "ORDER": "reverse"}
    result = predicted.mlr("reproduce", "first", "--json", env=env).json
    assert result["outputs"][0]["status"] == "within_tolerance"
    assert rows_of(result)["farthest"]["row"] == "sku=sku-299"
    # The command line comes last.
    predicted.mlr("reproduce", "first", "--tol-rows", "*.csv=abs:1e-6", env=env, expect=1)
    result = predicted.mlr("reproduce", "first", "--tol-rows", "*.csv=key:no", "--json", env=env, expect=1).json
    assert result["outputs"][0]["reasons"] == ["its rows can't be compared: it has no column 'no'"]
    error = predicted.mlr("reproduce", "first", "--tol-rows", "predictions.csv", "--json", expect=2).error
    assert "row tolerance 'predictions.csv'" in error["message"]


# A classifier learned step by step, and how probable it thinks the right class on average. Noise that is the
# same each time the tests run: with COUNTER, each run has another seed, that the record does not show. Any run
# may be out of the interval by chance; these are not.
SCORE = """\
import json, math, os, random

state = 3
if "COUNTER" in os.environ:
    with open(os.environ["COUNTER"], "a+") as file:
        file.write("x")
        state = 1030 + file.tell()
world, chance = random.Random(0), random.Random(state)
rows = [[world.gauss(0, 1) for _ in range(8)] for _ in range(300)]
labels = [(sum(row) > 0) != (world.random() < 0.1) for row in rows]
weights = [chance.gauss(-1, 0.5) for _ in range(8)]

def probability(row):
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, row))))

learned = list(range(200))
for _ in range(int(os.environ.get("EPOCHS", 5))):
    chance.shuffle(learned)
    for i in learned:
        step = 0.02 * (labels[i] - probability(rows[i]))
        weights = [w + step * x for w, x in zip(weights, rows[i])]
right = [probability(row) if label else 1 - probability(row) for row, label in zip(rows[200:], labels[200:])]
with open(os.environ["MLREPRO_METRICS"], "a") as sink:
    sink.write(json.dumps({"metric": "accuracy", "value": sum(right) / len(right)}) + "\\n")
"""


@pytest.fixture
def scored(project):
    project.write("score.py", SCORE)
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "score")
    return project


def metric_of(result, key="accuracy"):
    return next(metric for metric in result["metrics"] if metric["key"] == key)


def test_limits_of_metrics(scored):
    scored.mlr("run", "-n", "small", "--", LEAN_PYTHON, "score.py", env={"EPOCHS": "1"})
    more = {"EPOCHS": "20"}
    result = scored.mlr("reproduce", "small", "--json", env=more, expect=1).json
    better = metric_of(result)["replayed"] - metric_of(result)["recorded"]
    assert better > 0.01
    assert metric_of(result)["reason"].endswith("no difference is allowed")
    rule = f"accuracy=abs:{better / 2},higher-is-better"
    result = scored.mlr("reproduce", "small", "--tol", rule, "--json", env=more, expect=1).json
    assert metric_of(result)["status"] == "differs" and metric_of(result)["reason"].endswith("absolute, better")
    result = scored.mlr("reproduce", "small", "--gate", "--tol", rule, "--json", env=more).json
    assert result["verdict"] == "passed" and result["gate"] and result["proven"] == 0
    assert metric_of(result)["status"] == "improved"
    assert scored.mlr("show", "small", "--json").json["level"]["proven"] in (None, 0)
    scored.mlr("reproduce", "small", "--gate", "--tol", rule.replace("higher", "lower"), env=more, expect=1)
    text = scored.mlr("reproduce", "small", "--tol", "accuracy=min:0.999", env={"EPOCHS": "1"}, expect=1).out
    assert "below the minimum 0.999 by " in text
    scored.write("mlrepro.toml", '[[tolerance]]\nmetric = "auc"\nrequired = true\n')
    result = scored.mlr("reproduce", "small", "--json", env={"EPOCHS": "1"}, expect=9).json
    assert metric_of(result, "auc")["status"] == "incomparable" and metric_of(result, "auc")["required"]
    scored.write("mlrepro.toml", '[[tolerance]]\nmetric = "auc"\ndirection = "up"\n')
    assert "tolerance.direction" in scored.mlr("reproduce", "small", expect=2).err


def test_repeats_that_are_all_the_same(scored):
    told = scored.mlr("run", "--repeat", "3", "-n", "steady", "--", LEAN_PYTHON, "score.py").err
    assert "all repeats are the same" in told
    result = scored.mlr("reproduce", "steady", "--repeat", "2", "--json").json
    assert result["verdict"] == "reproduced" and result["deterministic"] and result["repeats"] == 2
    assert len(result["replays"]) == 2 and metric_of(result)["status"] == "same"
    assert metric_of(result)["noise"]["recorded"]["identical"] == 3
    assert [run["parent"] for run in scored.mlr("list", "--json").json["runs"]].count(result["run"]) == 4
    # What is deterministic has no noise to hide in.
    result = scored.mlr("reproduce", "steady", "--json", env={"EPOCHS": "6"}, expect=1).json
    assert metric_of(result)["status"] == "differs" and result["deterministic"]


def test_noise_of_replays(scored, tmp_path):
    noisy = {"COUNTER": str(tmp_path / "count")}
    scored.mlr("run", "-n", "noisy", "--", LEAN_PYTHON, "score.py", env=noisy)
    assert scored.mlr("reproduce", "noisy", "--repeat", "2", "--json", env=noisy, expect=9).json["verdict"] == "incomparable"
    result = scored.mlr("reproduce", "noisy", "--repeat", "4", "--json", env=noisy).json
    metric = metric_of(result)
    assert metric["status"] == "within_noise" and metric["noise"]["interval"] > 0
    assert metric["noise"]["replayed"]["count"] == 4 and metric["noise"]["replayed"]["sd"] > 0
    assert not result["deterministic"]
    assert any("no seed was found" in cause for cause in result["causes"])
    scored.mlr("reproduce", "noisy", "--repeat", "0", expect=2)


def test_a_run_carries_its_own_noise(scored, tmp_path):
    noisy = {"COUNTER": str(tmp_path / "count")}
    told = scored.mlr("run", "--repeat", "4", "-n", "noisy", "--", LEAN_PYTHON, "score.py", env=noisy).err
    assert "repeat 4 of 4" in told and "the repeats vary; the likely cause" in told
    assert scored.mlr("show", "noisy", "--json").json["tags"]["mlrepro.repeat"] == "1/4"
    assert "repeat of" in scored.mlr("show", "noisy-2").out
    text = scored.mlr("reproduce", "noisy", env=noisy).out
    assert "not deterministic; the likely cause" in text and "noise of" in text
    result = scored.mlr("reproduce", "noisy", "--json", env=noisy).json
    assert metric_of(result)["status"] in ("within_noise", "same") and metric_of(result)["noise"]["recorded"]["count"] == 4
    result = scored.mlr("reproduce", "noisy-3", "--json", env={**noisy, "EPOCHS": "1"}, expect=1).json
    assert metric_of(result)["status"] == "differs" and result["repeats"] == 3


def test_outputs_that_vary_are_no_evidence(project):
    project.write(".gitignore", "r.txt\n")
    project.mlr("run", "-n", "random", "-o", "r.txt", "--", "sh", "-c",
                'cat /proc/sys/kernel/random/uuid > r.txt; echo "{\\"metric\\":\\"m\\",\\"value\\":1}" >> $MLREPRO_METRICS')
    result = project.mlr("reproduce", "random", "--repeat", "2", "--json").json
    assert result["verdict"] == "reproduced" and result["outputs"][0]["status"] == "varies"
    assert result["levels"][4]["status"] == "missing"
    project.mlr("run", "-n", "only", "-o", "r.txt", "--", "sh", "-c", "cat /proc/sys/kernel/random/uuid > r.txt")
    assert project.mlr("reproduce", "only", "--repeat", "2", "--json", expect=9).json["verdict"] == "incomparable"
