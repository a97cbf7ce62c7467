# SPDX-License-Identifier: Apache-2.0
"""What a run uses of its machine: measured of its whole process tree, shown, never taken for a
result. Commands wait until they have been measured, so that no time decides."""

import os
import pathlib
import signal
import subprocess
import sys

from faults import wait_for_end, wait_until

BINARY = pathlib.Path(os.environ["MLREPRO_BINARY"])

# Goes on when the run has been measured twice since the process tree was complete.
AWAIT = """
import os, time
log = f"{os.environ['MLREPRO_STORE']}/runs/{os.environ['MLREPRO_RUN_ID']}/resources.jsonl"
def samples():
    return open(log).read().count("\\n") if os.path.exists(log) else 0
def await_samples(more=2):
    wanted = samples() + more
    while samples() < wanted:
        time.sleep(0.02)
"""

TREE = AWAIT + """
import subprocess, sys
busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
idle = subprocess.Popen(["sh", "-c", "sleep 1000 & wait"], start_new_session=True)
memory = bytearray(150_000_000)
with open("written", "wb") as file:
    file.write(os.urandom(5_000_000))
    os.fsync(file.fileno())
await_samples(3)
print("loss: 0.5")
for process in busy:
    process.kill()
    process.wait()
os.killpg(idle.pid, 9)
idle.wait()
"""

MEASURED = AWAIT + "await_samples(int(__import__('sys').argv[1]))\nprint('loss: 0.5')\n"


def series(project, run, name):
    return [point["value"] for point in project.mlr("show", run, "--metric", name, "--json").json["points"]]


def test_a_process_tree(project):
    project.write("tree.py", TREE)
    done = project.mlr("run", "-n", "r", "--resources", "0.1", "--", sys.executable, "tree.py")
    assert done.err.splitlines()[-1].endswith("loss 0.5"), "only results are in the summary"
    run = project.last()
    metrics = run["metrics"]
    assert run["problems"] == []
    assert metrics["system/cpu_percent"]["count"] >= 3 and metrics["system/cpu_percent"]["max"] > 0
    assert metrics["system/memory_bytes"]["max"] > 150_000_000
    assert metrics["system/processes"]["max"] >= 5 and metrics["system/threads"]["max"] >= 5
    if os.access("/proc/self/io", os.R_OK):
        written = series(project, "r", "system/disk_written_bytes")
        assert written == sorted(written)
    received = series(project, "r", "system/network_received_bytes")
    assert received == sorted(received) and received[0] >= 0
    points = project.mlr("show", "r", "--metric", "system/threads", "--json").json["points"]
    assert [point["step"] for point in points] == list(range(len(points)))
    times = [point["time"] for point in points]
    assert times == sorted(times) and run["started_at"] <= times[0] <= times[-1] <= run["ended_at"]
    shown = project.mlr("show", "r").out
    assert "measured" in shown and "cpu up to" in shown and "memory up to" in shown
    assert "system/" not in shown
    assert "system/cpu_percent" in project.mlr("show", "r", "--metric", "system/cpu_percent").out
    listed = project.mlr("list").out
    assert "loss" in listed and "system/" not in listed
    assert "system/memory_bytes" in project.mlr(
        "list", "--columns", "name,metrics.system/memory_bytes", "--filter",
        "metrics.`system/memory_bytes` > 0", "--sort", "system/memory_bytes").out.replace("\n", " ")


def test_they_are_no_results(project):
    project.write("measured.py", MEASURED)
    for name in "ab":
        project.mlr("run", "-n", name, "--resources", "0.1", "--", sys.executable, "measured.py", "2")
    diff = project.mlr("diff", "a", "b", "--json").json
    assert diff["same"] and diff["metrics"] == []
    project.mlr("diff", "a", "b", "--exit-code")
    everything = project.mlr("diff", "a", "b", "--all", "--json").json
    assert everything["same"] and "system/cpu_percent" in {item["key"] for item in everything["metrics"]}
    assert "system/cpu_percent" in project.mlr("diff", "a", "b", "--all").out
    assert "system/" not in project.mlr("diff", "a", "b").out
    project.write("mlrepro.toml", "[run]\nresources = 0.1\n")
    result = project.mlr("reproduce", "a", "--json").json
    assert result["verdict"] == "reproduced"
    assert [item["key"] for item in result["metrics"]] == ["loss"]
    replay = project.last()
    assert replay["parent"] and "system/cpu_percent" in replay["metrics"]


def test_no_level_comes_of_them(project):
    project.write("measured.py", MEASURED)
    project.mlr("run", "--resources", "0.1", "--no-scalars", "--", sys.executable, "measured.py", "1")
    run = project.last()
    assert run["metrics"] and all(name.startswith("system/") for name in run["metrics"])
    assert any(text.startswith("evaluation: no metric") for text in run["level"]["missing"])


def test_when_nothing_is_measured(project):
    project.mlr("run", "--", "true")
    assert project.last()["metrics"] == {}
    half = ("sh", "-c", "sleep 0.5")
    project.mlr("run", "--no-resources", "--", *half)
    assert project.last()["metrics"] == {}
    project.write("mlrepro.toml", "[run]\nresources = false\n")
    project.mlr("run", "--", *half)
    assert project.last()["metrics"] == {}
    project.write("measured.py", MEASURED)
    project.mlr("run", "--resources", "0.1", "--", sys.executable, "measured.py", "1")
    assert "system/threads" in project.last()["metrics"], "the command line wins"


def test_bad_intervals(project):
    for word in ("0", "0.05", "-1", "nan", "inf", "soon", "1e9", "5s"):
        said = project.mlr("run", "--resources", word, "--", "true", expect=2)
        assert "--resources" in said.err
    said = project.mlr("run", "--resources", "1", "--no-resources", "--", "true", expect=2)
    assert "use one of them" in said.err
    project.write("mlrepro.toml", "[run]\nresources = 0\n")
    assert "'run.resources' must be from 0.1" in project.mlr("run", "--", "true", expect=2).err


def await_samples(project, count):
    wait_until(lambda: any(log.read_text().count("\n") >= count
                           for log in project.folder.glob(".mlrepro/runs/*/resources.jsonl")))


def test_a_killed_tracker_keeps_what_was_measured(project):
    run = project.popen("run", "-n", "r", "--resources", "0.1", "--", "sh", "-c", "while [ ! -e go ]; do sleep 0.02; done",
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    await_samples(project, 2)
    live = project.mlr("show", "r", "--json").json
    assert live["status"] == "running" and live["metrics"]["system/threads"]["count"] >= 2
    follower = project.popen("show", "r", "--follow", "--metric", "system/threads", stdout=subprocess.PIPE)
    assert follower.stdout.readline().startswith(b"system/threads  step 0  ")
    follower.send_signal(signal.SIGINT)
    follower.communicate()
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    project.write("go", "")
    wait_for_end(project)
    healed = project.last()
    assert healed["metrics"]["system/threads"]["count"] >= 2
    assert not any("measured" in problem for problem in healed["problems"])


GPU = AWAIT + "open('users', 'w').write(str(os.getpid()))\nawait_samples(int(__import__('sys').argv[1]))\nprint('loss: 0.5')\n"


def gpu_environment(project, **more):
    return {"LD_LIBRARY_PATH": str(BINARY.parent / "stand-ins"),
            "NVML_STAND_IN_USERS": str(project.folder / "users"), **more}


def test_gpus_of_the_command(project):
    project.write("gpu.py", GPU)
    project.mlr("run", "-n", "r", "--resources", "0.1", "--", sys.executable, "gpu.py", "5", env=gpu_environment(project))
    metrics = project.last()["metrics"]
    assert metrics["system/gpu0_percent"]["last"] == 75
    assert metrics["system/gpu0_watts"]["max"] == 150.3
    if os.readlink("/proc/self/ns/pid") == "pid:[4026531836]":
        assert metrics["system/gpu0_memory_bytes"]["max"] == 3e9, "of the command alone"
        assert not any(name.startswith("system/gpu1") for name in metrics)
    else:
        assert metrics["system/gpu0_memory_bytes"]["max"] == 7e9
        assert metrics["system/gpu1_percent"]["last"] == 12
    assert "gpu0 up to 75 %" in " ".join(project.mlr("show", "r").out.split())


def test_the_memory_of_gpus_is_a_fact_of_the_environment(project):
    project.mlr("run", "-n", "r", "--no-resources", "--", "true", env=gpu_environment(project))
    assert project.last()["environment"]["facts"]["gpu memory"] == "15 GiB, 24 GiB"
    assert "gpu memory 15 GiB, 24 GiB" in " ".join(project.mlr("show", "r").out.split())
    project.mlr("run", "-n", "bare", "--no-resources", "--", "true")
    assert "gpu memory" not in project.last()["environment"]["facts"]
    # Other memory does not make another environment of it.
    judged = project.mlr("reproduce", "r", "--json", expect=9).json["environment"]["differences"]
    assert [(item["recorded"], item["impact"]) for item in judged if item["item"] == "gpu memory"] == [
        ("15 GiB, 24 GiB", "none")]


def test_a_driver_that_hangs(project):
    project.write("gpu.py", GPU)
    done = project.mlr("run", "-n", "r", "--resources", "0.1", "--", sys.executable, "gpu.py", "3",
                       env=gpu_environment(project, NVML_STAND_IN_HANGS="1"))
    assert done.out == "loss: 0.5\n"
    run = project.last()
    assert run["metrics"]["system/threads"]["count"] >= 3 and run["problems"] == []
    assert not any("gpu" in name for name in run["metrics"])
    assert "gpu memory" not in run["environment"]["facts"]
