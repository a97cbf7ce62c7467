# SPDX-License-Identifier: Apache-2.0
"""Many processes on one store: none fails because of another, and nothing is lost."""

import os
import signal
import subprocess
import threading

import pytest

from faults import EVERYWHERE, assert_store_is_tidy, contents, copy_world, differing, snapshots_of, wait_for_end


def start(world, *args, env=None, stdin=subprocess.DEVNULL):
    return world.popen(*args, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(processes, allowed=(0,)):
    """What each printed; every one must have come to a good end."""
    outputs = []
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode in allowed, err.decode()
        outputs.append(out.decode())
    return outputs


class LiveRun:
    def __init__(self, world, name):
        self.process = world.popen("run", "-n", name, "--no-resources", "--", "sh", "-c", "echo $MLREPRO_RUN_ID; read line",
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.env = {"MLREPRO_RUN_ID": self.process.stdout.readline().decode().strip()}

    def end(self):
        out, err = self.process.communicate(b"\n", timeout=300)
        assert self.process.returncode == 0, err


# A line a write, as a script that logs with Python's open(…, "a") and flush.
WRITER = """
import sys
with open(sys.argv[1], "a", buffering=1) as sink:
    for line in sys.stdin:
        sink.write(line)
"""


def test_64_processes_log_to_a_live_run(project):
    live = LiveRun(project, "live")
    finish([start(project, "log", "metric", f"m{i}", i, env=live.env) for i in range(64)])
    finish([start(project, "log", "metric", "shared", i, "--step", i, env=live.env) for i in range(64)])
    live.end()
    metrics = project.last()["metrics"]
    assert {f"m{i}": metrics[f"m{i}"]["last"] for i in range(64)} == {f"m{i}": i for i in range(64)}
    assert (metrics["shared"]["count"], metrics["shared"]["min"], metrics["shared"]["max"]) == (64, 0, 63)


def test_100_producers_lose_nothing(project):
    """To one run at once: 50 through `log --stdin`, 50 through $MLREPRO_METRICS, each with a metric of
    its own and a share of a common one."""
    live = LiveRun(project, "live")
    points = 1_000
    sink = project.folder / ".mlrepro/runs" / live.env["MLREPRO_RUN_ID"] / "metrics.jsonl"
    producers = []
    for i in range(100):
        lines = project.write(f"lines{i}", "".join(
            f'{{"metric":"m{i}","value":{i + j / points},"step":{j}}}\n{{"common":{i},"step":{i * points + j}}}\n'
            for j in range(points)))
        with open(lines, "rb") as stdin:
            producers.append(start(project, "log", "--stdin", env=live.env, stdin=stdin) if i % 2 else
                             subprocess.Popen(["python3", "-c", WRITER, sink], stdin=stdin, stdout=subprocess.PIPE,
                                              stderr=subprocess.PIPE))
    finish(producers)
    live.end()
    metrics = project.last()["metrics"]
    assert len([key for key in metrics if not key.startswith("system/")]) == 101
    for i in range(100):
        assert (metrics[f"m{i}"]["count"], metrics[f"m{i}"]["step"]) == (points, points - 1)
        assert (metrics[f"m{i}"]["min"], metrics[f"m{i}"]["last"]) == (i, i + (points - 1) / points)
    assert (metrics["common"]["count"], metrics["common"]["last"]) == (100 * points, 99)
    steps = {line.split(",")[1] for line in project.mlr("show", "live", "--metric", "common", "--csv").out.splitlines()[1:]}
    assert len(steps) == 100 * points
    assert project.last()["problems"] == []


def test_64_processes_log_to_an_ended_run(project):
    project.mlr("run", "-n", "ended", "--", "true")
    finish([start(project, "log", "metric", "shared", i, "--step", i, "--run", "ended") for i in range(64)])
    run = project.last()
    assert run["metrics"]["shared"]["count"] == 64
    assert len([item for item in run["additions"] if item["kind"] == "metric"]) == 64
    project.mlr("verify")


def test_logging_while_the_run_ends(project):
    """Before the end, at the end or after it: each accepted point is there, once."""
    live = LiveRun(project, "live")
    loggers = [start(project, "log", "metric", f"m{i}", 1, env=live.env) for i in range(24)]
    ending = threading.Thread(target=live.end)
    ending.start()
    loggers += [start(project, "log", "metric", f"n{i}", 1, env=live.env) for i in range(24)]
    finish(loggers)
    ending.join()
    metrics = project.last()["metrics"]
    assert {key: metrics[key]["count"] for key in metrics} == {f"{p}{i}": 1 for p in "mn" for i in range(24)}


def test_16_runs_at_once(project):
    project.write("data.csv", "1\n" * 1000)
    finish([
        start(project, "run", "-n", f"run{i}", "-p", f"i={i}", "-i", "data.csv", "-o", f"out{i}.txt", "--",
              "sh", "-c", f'echo said {i}; echo \'{{"metric":"m","value":{i}}}\' >> $MLREPRO_METRICS; echo {i} > out{i}.txt')
        for i in range(16)
    ])
    runs = {run["name"]: run for run in project.mlr("list", "--json").json["runs"]}
    assert {run["status"] for run in runs.values()} == {"finished"} and len(runs) == 16
    for i in range(16):
        run = project.mlr("show", f"run{i}", "--json").json
        assert (run["params"]["i"], run["metrics"]["m"]["last"]) == (str(i), i)
        assert run["outputs"][0]["digest"] and not run["inputs"][0]["changed_during_run"]
        assert project.mlr("show", f"run{i}", "--logs").out == f"said {i}\n"
    project.mlr("verify")
    assert_store_is_tidy(project)


def test_8_snapshots_of_the_same_folder(project):
    for i in range(40):
        project.write(f"data/{i}.bin", os.urandom(5000))
    before = contents(project.folder / "data")
    outputs = finish([start(project, "snapshot", "data") for _ in range(8)])
    assert len({out.split()[0] for out in outputs}) == 1
    assert len({item["id"] for item in snapshots_of(project)}) == 1
    project.mlr("restore", "data.snap", "--to", "copy")
    assert differing(before, contents(project.folder / "copy")) == []
    project.mlr("verify")
    assert project.git("status", "--porcelain").split() == ["??", "copy/", "??", "data.snap", "??", "data/"]


def test_8_snapshots_of_different_folders(project):
    for i in range(8):
        for j in range(20):
            project.write(f"d{i}/{j}.bin", os.urandom(3000))
            project.write(f"d{i}/same{j}.bin", bytes([j]) * 4000)
    finish([start(project, "snapshot", f"d{i}") for i in range(8)])
    for i in range(8):
        project.mlr("restore", f"d{i}.snap", "--to", "copy")
        assert differing(contents(project.folder / f"d{i}"), contents(project.folder / "copy")) == []
        subprocess.run(["rm", "-rf", str(project.folder / "copy")], check=True)
    project.mlr("verify")


def test_snapshots_beside_verify_list_and_restore(project):
    for i in range(30):
        project.write(f"data/{i}.bin", os.urandom(4000))
    project.mlr("snapshot", "data", "-n", "base")
    old = contents(project.folder / "data")
    base = snapshots_of(project)[0]["id"]
    for turn in range(3):
        project.write("data/0.bin", os.urandom(4000))
        finish([
            start(project, "snapshot", "data"), start(project, "verify"), start(project, "list", "snapshots"),
            start(project, "restore", base, "--to", f"copy{turn}"), start(project, "verify"),
            start(project, "snapshot", "data", "--no-pointer"), start(project, "run", "-i", "data", "--", "true"),
        ])
        assert differing(old, contents(project.folder / f"copy{turn}")) == []
    project.mlr("verify")


def test_init_by_many_at_once(project):
    outputs = finish([start(project, "init", "--json") for _ in range(24)])
    assert len(outputs) == 24
    project.mlr("run", "-n", "first", "--", "true")
    assert len(project.mlr("list", "--json").json["runs"]) == 1
    project.mlr("verify")


def test_first_runs_at_once(project):
    """Each would make the store; all of them are in it."""
    finish([start(project, "run", "-n", f"r{i}", "--", "true") for i in range(16)])
    assert len(project.mlr("list", "--json").json["runs"]) == 16


def test_restores_to_the_same_place(project):
    project.write("data/a.csv", "a" * 1000)
    project.write("data/b.csv", "b" * 1000)
    project.mlr("snapshot", "data")
    project.write("data/mine.txt", "mine")
    expected = contents(project.folder / "data")
    project.write("data/a.csv", "changed")
    # Who comes second finds the place taken or already right; nobody finds half of it.
    processes = [start(project, "restore", "data.snap", "--force") for _ in range(8)]
    finish(processes, allowed=(0, 4))
    project.mlr("restore", "data.snap", "--force")
    assert differing(expected, contents(project.folder / "data")) == []
    assert not [name for name in os.listdir(project.folder) if "mlrepro-" in name]


def test_one_heals_while_others_do(project):
    """Several commands find the same run whose mlrepro was killed: it is completed once."""
    process = project.popen("run", "-n", "lost", "--", "sh", "-c", "echo said", stdout=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    finish([start(project, "list") for _ in range(16)])
    assert [run["status"] for run in wait_for_end(project)][0] in ("lost", "finished")
    project.mlr("verify")


@pytest.mark.skipif(not EVERYWHERE, reason="takes a while: set MLREPRO_TEST_FAULTS=1")
def test_killed_processes_among_many(workshop, tmp_path):
    """Every third of 48 processes is killed at some moment; the others do not notice."""
    world = copy_world(workshop, tmp_path / "w")
    victims, others = [], []
    for i in range(48):
        args = (["log", "metric", f"m{i}", i, "--run", "kept"] if i % 2 else
                ["run", "-n", f"r{i}", "-i", "data", "--", "true"])
        (victims if i % 3 == 0 else others).append((i, start(world, *args)))
    for number, (_, process) in enumerate(victims):
        try:
            process.wait(0.002 * number)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    finish([process for _, process in others])
    world.mlr("verify")
    runs = {run["name"]: run["status"] for run in wait_for_end(world)}
    metrics = world.mlr("show", "kept", "--json").json["metrics"]
    for i, _ in others:
        if i % 2:
            assert metrics[f"m{i}"]["count"] == 1
        else:
            assert runs[f"r{i}"] == "finished"
    assert "running" not in runs.values()
