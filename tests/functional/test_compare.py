# SPDX-License-Identifier: Apache-2.0
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

BINARY = os.environ["MLREPRO_BINARY"]

TRAIN = """\
import json, os, sys
rate = float(sys.argv[2])
rows = open("data.csv").read().split()
with open(os.environ["MLREPRO_METRICS"], "a") as sink:
    sink.write(json.dumps({"metric": "rmse", "value": rate * len(rows)}) + "\\n")
open("model.txt", "w").write(str(rate))
"""


def train(project, rate, *more, expect=0):
    return project.mlr("run", "-i", "data.csv", "-o", "model.txt", *more, "--", "python3", "train.py", "--lr", rate,
                       expect=expect)


@pytest.fixture
def trained(project):
    project.write("train.py", TRAIN)
    project.write("data.csv", "1\n2\n3\n")
    project.git("add", "train.py")
    project.git("commit", "-q", "-m", "train")
    train(project, 0.1, "-n", "first")
    return project


def test_diff_names_what_differs(trained):
    trained.write("train.py", TRAIN + "# changed\n")
    trained.write("data.csv", "1\n2\n3\n4\n")
    train(trained, 0.2, "-n", "second")
    diff = trained.mlr("diff", "first", "second", "--json", "--patch").json
    assert not diff["same"]
    assert diff["params"] == [{"key": "lr", "a": "0.1", "b": "0.2", "source": "argv"}]
    assert diff["metrics"][0]["key"] == "rmse"
    assert diff["metrics"][0]["delta"] == pytest.approx(0.5)
    assert [f["path"] for f in diff["code"]["files"]] == ["train.py"]
    assert "+# changed" in diff["code"]["files"][0]["patch"]
    assert diff["inputs"][0]["path"] == "data.csv"
    assert diff["outputs"][0]["path"] == "model.txt"
    text = trained.mlr("diff", "first", "second").out
    assert "rmse" in text and "train.py" in text
    assert "| rmse |" in trained.mlr("diff", "first", "second", "--markdown").out
    trained.mlr("diff", "first", "second", "--exit-code", expect=1)
    trained.mlr("diff", "first", "first", "--exit-code")


def test_diff_with_the_working_tree(trained):
    assert trained.mlr("diff", "first").out.endswith(": the same\n")
    trained.write("data.csv", "9\n")
    assert trained.mlr("diff", "first", "--json").json["inputs"][0]["path"] == "data.csv"


def test_a_run_is_reproduced_from_the_store_alone(trained):
    trained.write("data.csv", "other\n")
    trained.write("train.py", "raise SystemExit(1)\n")
    before = (trained.folder / "model.txt").read_bytes()
    result = trained.mlr("reproduce", "first", "--json").json
    assert result["verdict"] == "reproduced"
    assert [level["status"] for level in result["levels"]] == ["same"] * 5
    assert trained.mlr("show", "first", "--json").json["level"]["proven"] == 5
    assert trained.mlr("show", result["replay"], "--json").json["parent"] == result["run"]
    assert (trained.folder / "data.csv").read_text() == "other\n"
    assert (trained.folder / "model.txt").read_bytes() == before


def test_verdicts(project):
    project.write("data.csv", "1\n")

    def record(name, script, *more):
        project.mlr("run", "-n", name, *more, "--", "sh", "-c", script)

    record("random", 'echo "{\\"metric\\":\\"m\\",\\"value\\":0.$(date +%N)}" >> $MLREPRO_METRICS')
    assert project.mlr("reproduce", "random", "--json", expect=1).json["verdict"] == "differs"
    assert project.mlr("reproduce", "random", "--atol", "1", "--json").json["verdict"] == "reproduced"
    record("nan", 'echo "{\\"metric\\":\\"m\\",\\"value\\":NaN}" >> $MLREPRO_METRICS')
    assert project.mlr("reproduce", "nan", "--json", expect=9).json["verdict"] == "incomparable"
    record("nothing", "true")
    assert project.mlr("reproduce", "nothing", "--json", expect=9).json["verdict"] == "incomparable"
    project.write(".gitignore", "secret.txt\n")
    project.write("secret.txt", "x")
    record("fails", 'cat secret.txt && echo "{\\"metric\\":\\"m\\",\\"value\\":1}" >> $MLREPRO_METRICS')
    assert project.mlr("reproduce", "fails", "--json", expect=8).json["verdict"] == "failed"
    project.mlr("reproduce", "no-such-run", expect=3)


def test_outside_git_a_replay_is_blocked(bare):
    bare.mlr("run", "-n", "x", "--", "true")
    result = bare.mlr("reproduce", "x", "--json", expect=3).json
    assert result["verdict"] == "blocked"
    assert any("code" in reason for reason in result["reasons"])


def test_references(trained):
    first = trained.last()
    train(trained, 0.2, "-e", "other", "-t", "stage=prod")
    second = trained.last()
    for reference, expected in [
        (first["id"], first), (first["id"][:10], first), ("first", first), ("firs", first), ("@2", first),
        ("@1", second), ("@other:1", second), ("tag:stage=prod", second), (second["name"], second),
    ]:
        assert trained.mlr("show", reference, "--json").json["id"] == expected["id"], reference
    snapshot = trained.mlr("show", "@1:data.csv", "--json").json
    assert snapshot["id"] == second["inputs"][0]["snapshot"]
    assert trained.mlr("show", snapshot["id"][:12], "--json").json["id"] == snapshot["id"]
    assert "did you mean 'first'" in trained.mlr("show", "frist", expect=3).err
    trained.mlr("run", "-n", "first", "--", "true")
    error = trained.mlr("show", "first", "--json", expect=3).error
    assert error["kind"] == "ambiguous" and first["id"][:8] in error["message"]
    trained.mlr("show", "@99", expect=3)
    trained.mlr("show", "@0", expect=2)


def test_list_filters_and_sorts(trained):
    train(trained, 0.3)
    train(trained, 0.2)
    runs = trained.mlr("list", "--sort", "rmse", "--json").json["runs"]
    assert [run["params"]["lr"] for run in runs] == ["0.3", "0.2", "0.1"]
    runs = trained.mlr("list", "--filter", "params.lr = 0.3 or metrics.rmse < 0.4", "--json").json["runs"]
    assert {run["params"]["lr"] for run in runs} == {"0.3", "0.1"}
    assert "column" in trained.mlr("list", "--filter", "metrics.rmse <", expect=2).err
    first = trained.mlr("list", "--limit", "1", "--json").json
    second = trained.mlr("list", "--limit", "5", "--after", first["next"], "--json").json
    assert len(second["runs"]) == 2 and second["next"] is None
    assert trained.mlr("list", "experiments", "--json").json["experiments"][0]["runs"] == 3


def test_sixty_four_processes_log_at_once(project):
    script = f"""
    for i in $(seq 64); do
      ( for j in 1 2 3 4 5; do {BINARY} log metric m$i $j --step $j || echo bad >> bad; done ) &
    done
    wait
    """
    project.mlr("run", "--", "sh", "-c", script)
    assert not (project.folder / "bad").exists()
    metrics = project.last()["metrics"]
    assert len(metrics) == 64
    assert all(metric["count"] == 5 for metric in metrics.values())


def test_many_processes_add_to_an_ended_run(project):
    project.mlr("run", "-n", "x", "--", "true")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: project.mlr("log", "metric", "later", i, "--run", "x"), range(32)))
    run = project.last()
    assert run["metrics"]["later"]["count"] == 32
    assert run["metrics"]["later"]["added_later"]
    assert len(run["additions"]) == 32


def test_a_parameter_never_changes_and_a_tag_does(project):
    project.mlr("run", "-n", "x", "-p", "lr=1", "-t", "stage=a", "--", "true")
    project.mlr("log", "param", "lr", "1", "--run", "x")
    project.mlr("log", "param", "lr", "2", "--run", "x", expect=4)
    project.mlr("log", "tag", "stage", "b", "--run", "x")
    run = project.last()
    assert run["params"]["lr"] == "1" and run["tags"]["stage"] == "b"


def test_runs_at_once(project):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: project.mlr("run", "-n", f"r{i}", "--", "sh", "-c", f"exit {i % 3}", expect=i % 3), range(16)))
    runs = project.mlr("list", "--json").json["runs"]
    assert {run["name"]: run["exit_code"] for run in runs} == {f"r{i}": i % 3 for i in range(16)}
    project.mlr("verify")


def test_an_artifact_keeps_the_content_of_its_moment(project):
    project.write("plot.txt", "then")
    project.mlr("run", "--", "sh", "-c", f"{BINARY} log artifact plot.txt; echo now > plot.txt")
    artifact = project.last()["artifacts"][0]
    assert artifact["path"] == "plot.txt" and artifact["bytes"] == 4
