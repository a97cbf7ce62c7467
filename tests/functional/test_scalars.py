# SPDX-License-Identifier: Apache-2.0
"""Metrics that a script prints: found when the run ends, with the line each came from."""

import csv
import io
import os
import signal
import sqlite3
import subprocess
import sys

from faults import wait_for_end, wait_until

TRAIN = """\
import sys
print("seed: 42, lr: 0.1, Adam(lr=0.1, loss=0.3), 2026-11-25 08:00:01")
for epoch in range(1, 4):
    print(f"epoch {epoch}/3 - train loss: {1 / epoch:.4f} - took: 3.25s - time: {epoch}.5")
    for batch in range(5):
        print(f"\\r{batch + 1}/5 [00:0{batch}<00:00, 1.{batch}it/s, f1={batch / 10}]", end="", file=sys.stderr)
    print(file=sys.stderr)
print('{"step": 9, "test": {"acc": 0.75}, "runtime": 3.5}')
"""


def printed(run):
    """Without those that say how the run used the machine, which one that takes seconds has as well."""
    return {name: value for name, value in run["metrics"].items() if not name.startswith("system/")}


def points(project, run, name):
    document = project.mlr("show", run, "--metric", name, "--json").json
    return document["source"], [(point["step"], point["value"], point["line"]) for point in document["points"]]


def test_printed_metrics_are_recorded_with_their_lines(project):
    project.write("train.py", TRAIN)
    project.mlr("run", "--", sys.executable, "train.py")
    run = project.last()
    assert set(printed(run)) == {"train_loss", "f1", "test/acc"}
    assert run["metrics"]["train_loss"]["source"] == "text:stdout"
    assert run["scalars"] == {"patterns": ["json", "dict", "boosting", "progress", "pairs"], "templates": []}
    assert points(project, "@1", "train_loss") == ("text:stdout", [(1, 1.0, 2), (2, 0.5, 3), (3, 0.3333, 4)])
    # Only the last state of a progress bar counts.
    assert points(project, "@1", "f1") == ("text:stderr", [(0, 0.4, 1), (1, 0.4, 2), (2, 0.4, 3)])
    assert points(project, "@1", "test/acc") == ("text:stdout", [(9, 0.75, 5)])
    rows = list(csv.DictReader(io.StringIO(project.mlr("show", "@1", "--metric", "f1", "--csv").out)))
    assert [(row["source"], row["line"]) for row in rows] == [("text:stderr", str(line)) for line in (1, 2, 3)]
    assert "(printed)" in project.mlr("show", "@1").out


def test_points_have_the_time_at_which_they_were_printed(project):
    # Each line is on its way no longer when it stands in the log.
    project.write("train.sh", "log=$MLREPRO_STORE/runs/$MLREPRO_RUN_ID/stdout.log\n"
                              "for i in 1 2; do\n  echo loss: 1.5\n"
                              "  until [ \"$(wc -l < $log)\" -ge $i ]; do sleep 0.02; done\n  sleep 0.02\ndone\n")
    project.mlr("run", "--", "sh", "train.sh")
    first, second = (point["time"] for point in
                     project.mlr("show", "@1", "--metric", "loss", "--json").json["points"])
    run = project.last()
    assert run["started_at"] <= first < second < run["ended_at"]


def test_what_the_script_logs_itself_wins(project):
    project.write("train.sh", 'echo "loss: 0.3, acc: 0.5"\n'
                              """echo '{"metric":"loss","value":0.31415}' >> $MLREPRO_METRICS\n"""
                              """echo '{"acc": 0.51}' > metrics.json\necho "f1: 0.7"\n""")
    project.mlr("run", "-m", "metrics.json", "--", "sh", "train.sh")
    metrics = project.last()["metrics"]
    assert {name: (value["last"], value["source"]) for name, value in metrics.items()} == {
        "loss": (0.31415, None), "acc": (0.51, None), "f1": (0.7, "text:stdout")}
    assert points(project, "@1", "loss") == (None, [(0, 0.31415, None)])


def test_a_replay_looks_for_the_same(project):
    project.write("train.py", TRAIN)
    project.mlr("run", "-n", "one", "--", sys.executable, "train.py")
    project.write("mlrepro.toml", "[scalars]\nenabled = false\n")
    result = project.mlr("reproduce", "one", "--json").json
    assert result["verdict"] == "reproduced"
    assert {metric["key"]: metric["status"] for metric in result["metrics"]} == {
        "train_loss": "same", "f1": "same", "test/acc": "same"}
    project.mlr("run", "-n", "two", "--", sys.executable, "train.py")
    assert printed(project.last()) == {}
    assert project.last()["scalars"] == {"patterns": [], "templates": []}


def test_no_scalars_and_no_capture(project):
    for option in ("--no-scalars", "--no-capture"):
        project.mlr("run", option, "--", "echo", "loss: 0.5")
        assert project.last()["metrics"] == {}
        assert project.last()["scalars"]["patterns"] == []


def test_configured_patterns_and_templates(project):
    project.write("mlrepro.toml",
                  '[scalars]\npatterns = ["json"]\ntemplates = ["gain of {gain} at {step}"]\n')
    project.mlr("run", "--", "printf", 'loss: 0.5\ngain of 2.5 at 7\n{"step": 1, "acc": 0.5}\n')
    run = project.last()
    assert {name: (value["last"], value["step"]) for name, value in run["metrics"].items()} == {
        "gain": (2.5, 7), "acc": (0.5, 1)}
    assert run["scalars"] == {"patterns": ["json"], "templates": ["gain of {gain} at {step}"]}
    scan = project.mlr("log", "scan").out
    assert "gain of {gain} at {step}" in scan and "pairs     off" in scan
    listed = project.mlr("log", "scan", "--json").json
    assert [pattern["name"] for pattern in listed["patterns"] if pattern["on"]] == ["json"]


def test_rules_that_can_not_be(project):
    for text, words in (('patterns = ["pair"]', "no pattern is called 'pair'"),
                        ('templates = ["step {step}"]', "names no metric"),
                        ("pattern = []", "unknown key 'scalars.pattern'")):
        project.write("mlrepro.toml", f"[scalars]\n{text}\n")
        error = project.mlr("run", "--json", "--", "true", expect=2).error
        assert words in error["message"] and error["hint"], text
    (project.folder / "mlrepro.toml").unlink()
    assert "names no metric" in project.mlr("log", "scan", "-", "--template", "x", expect=2).err


def test_scan_shows_what_would_be_found(bare):
    text = b"start\nloss: 0.5\nrate now 7 of x\n"
    bare.write("old.log", text)
    for words, stdin, source in ((("old.log",), b"", "text:old.log"), (("-",), text, "text:-")):
        found = bare.mlr("log", "scan", *words, "--template", "rate now {rate}", "--json", stdin=stdin).json
        assert found["scalars"] == [
            {"metric": "loss", "value": 0.5, "step": None, "source": source, "line": 2, "pattern": "pairs"},
            {"metric": "rate", "value": 7.0, "step": None, "source": source, "line": 3, "pattern": "rate now {rate}"}]
    assert not (bare.folder / ".mlrepro").exists(), "nothing is recorded"
    bare.mlr("log", "scan", "absent.log", expect=3)
    bare.mlr("log", "scan", "old.log", "--run", "@1", expect=2)
    bare.mlr("run", "--no-scalars", "--", "sh", "-c", "cat old.log; cat old.log >&2")
    found = bare.mlr("log", "scan", "--run", "@1", "--json").json["scalars"]
    assert [(one["source"], one["line"]) for one in found] == [("text:stdout", 2), ("text:stderr", 2)]
    assert "recorded without patterns: this is what today's find" in bare.mlr("log", "scan", "--run", "@1").err


def test_scan_of_a_run_uses_the_patterns_it_was_recorded_with(project):
    project.write("mlrepro.toml", '[scalars]\npatterns = []\ntemplates = ["gain of {gain}"]\n')
    project.mlr("run", "--", "printf", 'loss: 0.5\ngain of 2\n')
    project.write("mlrepro.toml", '[scalars]\npatterns = ["pairs"]\n')
    found = project.mlr("log", "scan", "--run", "@1", "--json")
    assert [one["metric"] for one in found.json["scalars"]] == ["gain"] and found.err == ""
    found = project.mlr("log", "scan", "--run", "@1", "--template", "loss: {it}", "--json").json["scalars"]
    assert [one["metric"] for one in found] == ["it", "gain"]


def test_a_stream_has_a_name_for_itself(project):
    project.mlr("run", "--", "sh", "-c", "echo loss: 0.5; echo loss: 0.5 >&2; echo acc: 0.1 >&2")
    metrics = project.last()["metrics"]
    assert {name: (value["count"], value["source"]) for name, value in metrics.items()} == {
        "loss": (1, "text:stdout"), "acc": (1, "text:stderr")}


def test_more_than_a_record_takes(project):
    project.write("many.py", "for i in range(600):\n    print(f'loss_n{i}x: 0.5')\n")
    assert "more than 500 metrics" in project.mlr("run", "--", sys.executable, "many.py").err
    run = project.last()
    assert len(printed(run)) == 500
    assert any("more than 500 metrics" in problem for problem in run["problems"])
    project.write("long.py", "print('loss: 0.5\\n' * 250_001 + 'acc: 0.5', end='')\n")
    project.mlr("run", "--", sys.executable, "long.py")
    run = project.last()
    assert {name: value["count"] for name, value in printed(run).items()} == {"loss": 250_000}
    assert any("more than 250000 points" in problem for problem in run["problems"])


def test_a_run_whose_mlrepro_was_killed_keeps_what_it_printed(project):
    project.write("slow.py", "import os, time\nprint('loss: 0.25', flush=True)\n"
                             "open('new', 'w').write(str(os.getpid()))\nos.rename('new', 'there')\ntime.sleep(60)\n")
    process = project.popen("run", "-n", "x", "--", sys.executable, "slow.py", start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until((project.folder / "there").exists)
    process.kill()
    process.wait()
    os.kill(int((project.folder / "there").read_text()), signal.SIGKILL)
    wait_for_end(project)
    run = project.mlr("show", "x", "--json").json
    assert run["status"] == "lost"
    assert points(project, "x", "loss") == ("text:stdout", [(0, 0.25, 1)])


def test_a_killed_command_keeps_what_it_printed(project):
    project.mlr("run", "--timeout", "2", "--", "sh", "-c", "echo epoch 4 loss: 0.125; sleep 60", expect=124)
    assert points(project, "@1", "loss") == ("text:stdout", [(4, 0.125, 1)])


def test_a_real_trainer(project):
    project.write("train.py", """\
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier
x, y = make_classification(n_samples=200, random_state=0)
model = MLPClassifier(hidden_layer_sizes=(4,), max_iter=3, random_state=0, verbose=True).fit(x, y)
print(model)
print(f"train accuracy: {model.score(x, y)}")
""")
    project.mlr("run", "--", sys.executable, "train.py")
    metrics = printed(project.last())
    assert set(metrics) == {"loss", "train_accuracy"}
    assert (metrics["loss"]["count"], metrics["loss"]["step"]) == (3, 3)
    assert project.mlr("reproduce", "@1", "--json").json["verdict"] == "reproduced"


def test_lightgbm(project):
    project.write("train.py", """\
import lightgbm, numpy
rng = numpy.random.default_rng(0)
x = rng.normal(size=(400, 3))
y = (x[:, 0] + 0.5 * rng.normal(size=400) > 0).astype(int)
train, test = lightgbm.Dataset(x[:300], y[:300]), lightgbm.Dataset(x[300:], y[300:])
model = lightgbm.train(
    {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_leaves": 4, "min_data_in_leaf": 10, "seed": 1,
     "deterministic": True, "force_row_wise": True, "num_threads": 1},
    train, num_boost_round=5, valid_sets=[train, test], valid_names=["train", "test"],
    callbacks=[lightgbm.log_evaluation(1)])
model.save_model("model.txt")
""")
    project.mlr("run", "-o", "model.txt", "--", sys.executable, "train.py")
    run = project.last()
    assert {name: value["count"] for name, value in printed(run).items()} == {
        f"{data}/{metric}": 5 for data in ("train", "test") for metric in ("auc", "binary_logloss")}
    assert 0.5 < run["metrics"]["test/auc"]["last"] <= 1 and run["metrics"]["test/auc"]["step"] == 5
    assert run["metrics"]["train/binary_logloss"]["last"] == run["metrics"]["train/binary_logloss"]["min"]
    assert [(item["path"], item["files"]) for item in run["outputs"]] == [("model.txt", 1)]
    assert (project.folder / "model.txt").read_text().startswith("tree\n")
    # It brings no OpenMP of its own along.
    assert "libgomp.so.1" in run["environment"]["facts"]["openmp"]
    assert "lightgbm" in {package["name"] for package in run["environment"]["packages"]}


def test_a_store_of_before_gets_its_new_tables(project):
    project.mlr("run", "-n", "old", "--", "sh", "-c", """echo '{"m": 0.5}' >> $MLREPRO_METRICS""")
    database = sqlite3.connect(project.folder / ".mlrepro" / "mlrepro.db")
    new = ("model_version_tags model_versions registered_model_aliases registered_model_tags registered_models"
           " run_models model_artifacts logged_model_metrics logged_model_tags logged_model_params logged_models"
           " run_dataset_tags run_datasets logged_datasets experiment_tags query_columns query_order query_results"
           " table_profiles imported_runs imported_logged_models imported_registered_models environment_contents"
           " environment_items environment_numbers").split()
    database.executescript("".join(f"DROP TABLE {table};" for table in new))
    database.executescript("DROP INDEX metrics_by_value; DROP INDEX runs_unfinished; DROP INDEX runs_by_environment;"
                           "ALTER TABLE runs DROP COLUMN client;"
                           "ALTER TABLE runs DROP COLUMN deleted_at; ALTER TABLE experiments DROP COLUMN created_at;"
                           "ALTER TABLE experiments DROP COLUMN updated_at;"
                           "ALTER TABLE experiments DROP COLUMN deleted_at;"
                           "DROP TABLE remotes; DROP TABLE run_documents;"
                           "DROP TABLE metric_lines; ALTER TABLE metrics DROP COLUMN source;"
                           "ALTER TABLE metrics DROP COLUMN last_time_ms;"
                           "ALTER TABLE runs DROP COLUMN scalar_patterns;"
                           "ALTER TABLE runs DROP COLUMN scalar_templates; ALTER TABLE runs DROP COLUMN trace;"
                           "ALTER TABLE run_data DROP COLUMN declared; ALTER TABLE run_data DROP COLUMN traced;"
                           "ALTER TABLE run_data DROP COLUMN partial; DROP INDEX runs_by_parent;"
                           "ALTER TABLE runs DROP COLUMN stopped_by; ALTER TABLE runs DROP COLUMN sweep;"
                           "ALTER TABLE runs DROP COLUMN sweep_item; PRAGMA user_version = 3;")
    database.close()
    run = project.mlr("show", "old", "--json").json
    assert run["metrics"]["m"]["source"] is None
    assert run["scalars"] == {"patterns": [], "templates": []}
    # What was recorded without looking at the output is replayed in the same way.
    project.mlr("run", "-n", "new", "--", "echo", "loss: 0.5")
    assert points(project, "new", "loss") == ("text:stdout", [(0, 0.5, 1)])
