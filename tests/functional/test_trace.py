# SPDX-License-Identifier: Apache-2.0
"""run --trace with real programs: what they open becomes inputs and outputs, without a word on the
command line, and nothing about the command changes."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import sys
import threading

import pytest

from faults import wait_until

PYTHON = sys.executable


@pytest.fixture
def traced(project):
    """A repository with data that Git ignores, where tracing works."""
    project.write(".gitignore", "data/\nout/\n*.bin\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "ignore")
    for name in "abc":
        project.write(f"data/{name}.csv", f"{name}\n1\n")
    probe = project.mlr("run", "--trace", "-n", "probe", "--", "true")
    reasons = project.last()["trace"]["reasons"]
    if reasons:
        pytest.skip(f"no tracing here: {reasons}\n{probe.err}")
    return project


def names(items):
    return sorted(item["path"] for item in items)


def run(project, *args, expect=0, **more):
    result = project.mlr("run", "--trace", *args, expect=expect, **more)
    record = project.last()
    record["stderr"] = result.err
    return record


def python(project, script, *args, expect=0, options=(), **more):
    project.write("step.py", script)
    return run(project, *options, "--", PYTHON, "step.py", *args, expect=expect, **more)


def test_a_script_needs_no_declaration(traced):
    record = python(traced, """
import pathlib
rows = pathlib.Path("data/a.csv").read_text() + open("data/b.csv").read()
pathlib.Path("model.bin").write_text(rows)
print("loss: 0.25")
""")
    assert names(record["inputs"]) == ["data/a.csv", "data/b.csv"]
    assert names(record["outputs"]) == ["model.bin"]
    assert all(not item["declared"] and item["traced"] and item["stored"] and not item["partial"]
               for item in record["inputs"] + record["outputs"])
    assert record["trace"] == {"mode": "seccomp", "complete": True, "reasons": [], "data_roots": [],
                               "outside": {"read": [], "written": []}, "remotes": []}
    assert record["level"]["recorded"] >= 3
    assert "declared" not in record["stderr"]
    shown = traced.mlr("show", "@1").out
    assert "data/a.csv" in shown and "(traced)" in shown and "trace        complete" in shown


def test_a_replay_has_what_was_traced(traced):
    python(traced, """
import pathlib
text = pathlib.Path("data/a.csv").read_text()
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/model.bin").write_text(text * 2)
print("loss: 0.25")
""")
    traced.write("data/a.csv", "changed since\n")
    verdict = traced.mlr("reproduce", "@1", "--json").json
    assert verdict["verdict"] == "reproduced"
    assert [item["status"] for item in verdict["outputs"]] == ["same"]
    assert {level["name"]: level["status"] for level in verdict["levels"]}["data"] == "same"
    replay = traced.last()
    assert replay["trace"] is None and names(replay["inputs"]) == ["data/a.csv"]
    assert (traced.folder / "data/a.csv").read_text() == "changed since\n"


def test_what_is_declared_is_checked(traced):
    record = run(traced, "-i", "data/a.csv", "-i", "data/b.csv", "-o", "model.bin", "-o", "never.bin", "--",
                 "sh", "-c", "cat data/a.csv data/c.csv > model.bin")
    by_path = {item["path"]: item for item in record["inputs"] + record["outputs"]}
    assert {path: (item["declared"], item["traced"]) for path, item in by_path.items()} == {
        "data/a.csv": (True, True), "data/b.csv": (True, False), "data/c.csv": (False, True),
        "model.bin": (True, True), "never.bin": (True, False)}
    assert "input 'data/b.csv' is declared and was never read" in record["stderr"]
    assert "read but not declared: 'data/c.csv'" in record["stderr"]
    assert "NEVER READ" in traced.mlr("show", "@1").out


def test_a_pipeline_of_a_shell(traced):
    record = run(traced, "--", "sh", "-c",
                 "cd data && sort a.csv b.csv | uniq > ../out.txt; cat < c.csv | tee ../tee.txt | wc -l > ../count.txt")
    assert names(record["inputs"]) == ["data/a.csv", "data/b.csv", "data/c.csv"]
    assert names(record["outputs"]) == ["count.txt", "out.txt", "tee.txt"]


def test_threads_and_processes_of_python(traced):
    # The path of a forkserver's socket has room for 107 bytes.
    short = tempfile.TemporaryDirectory(dir="/tmp")
    traced.environment["TMPDIR"] = short.name
    record = python(traced, """
import concurrent.futures, multiprocessing, pathlib, threading

def load(name):
    return pathlib.Path(f"data/{name}.csv").read_text()

if __name__ == "__main__":
    found = []
    thread = threading.Thread(target=lambda: found.append(load("a")))
    thread.start(); thread.join()
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            found += pool.map(load, ["b", "c"])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found += pool.map(load, "abc")
    pathlib.Path("all.txt").write_text("".join(found))
""")
    assert names(record["inputs"]) == ["data/a.csv", "data/b.csv", "data/c.csv"]
    assert names(record["outputs"]) == ["all.txt"]
    assert record["trace"]["complete"]


def test_a_static_program(traced, tmp_path):
    compiler = shutil.which("gcc") or pytest.skip("no gcc")
    source = tmp_path / "copy.c"
    source.write_text("""
#include <fcntl.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char buffer[100];
  int in = open(argv[1], O_RDONLY), out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  long size = read(in, buffer, sizeof buffer);
  return argc == 3 && write(out, buffer, size) == size ? 0 : 1;
}
""")
    program = traced.folder / "copy.bin"
    if subprocess.run([compiler, "-static", "-o", program, source], capture_output=True).returncode:
        pytest.skip("no static C library")
    record = run(traced, "--", "./copy.bin", "data/a.csv", "copied.txt")
    assert names(record["inputs"]) == ["copy.bin", "data/a.csv"]
    assert names(record["outputs"]) == ["copied.txt"]


def test_make(traced):
    shutil.which("make") or pytest.skip("no make")
    traced.write("Makefile", "report.txt: middle.bin\n\tcat middle.bin > $@\nmiddle.bin: data/a.csv\n\tcp data/a.csv $@\n")
    traced.git("add", "-A")
    traced.git("commit", "-q", "-m", "make")
    record = run(traced, "--", "make", "-s")
    assert names(record["inputs"]) == ["data/a.csv"]
    assert names(record["outputs"]) == ["middle.bin", "report.txt"]


def test_files_that_are_written_aside_and_renamed(traced):
    record = python(traced, """
import os, pathlib, shutil, tempfile
pathlib.Path("model.tmp").write_text("m"); os.replace("model.tmp", "model.txt")
os.makedirs("out/tmp-1/deep"); pathlib.Path("out/tmp-1/deep/w.json").write_text("w"); os.rename("out/tmp-1", "out/final")
pathlib.Path("scratch.txt").write_text("gone"); os.remove("scratch.txt")
with tempfile.NamedTemporaryFile(dir="."): pass
os.makedirs("cache"); pathlib.Path("cache/x").write_text("x"); shutil.rmtree("cache")
os.symlink("model.txt", "latest"); open("latest").read()
""")
    assert names(record["inputs"]) == []
    assert names(record["outputs"]) == ["model.txt", "out/final/deep/w.json"]


def test_inputs_that_change_meanwhile_are_caught(traced):
    record = python(traced, """
import pathlib
path = pathlib.Path("data/a.csv")
path.write_text(path.read_text() + "one more\\n")
open("data/b.csv").read()
open("data/c.csv", "r+").close()
""")
    inputs = {item["path"]: item["changed_during_run"] for item in record["inputs"]}
    assert inputs == {"data/a.csv": True, "data/b.csv": False, "data/c.csv": False}
    assert names(record["outputs"]) == ["data/a.csv"]
    assert "changed during the run: input 'data/a.csv'" in record["stderr"]
    assert any("changed during the run" in text for text in record["level"]["missing"])


def test_many_files_are_part_of_their_folder(traced):
    for number in range(60):
        traced.write(f"data/img/{number % 3}/{number}.png", f"{number}")
    record = python(traced, """
import pathlib
total = sum(int(path.read_text()) for path in pathlib.Path("data/img").rglob("*.png") if path.name != "7.png")
for number in range(30):
    pathlib.Path("out").mkdir(exist_ok=True)
    pathlib.Path(f"out/part-{number}").write_text(str(total))
""")
    assert [(item["path"], item["files"], item["partial"]) for item in record["inputs"]] == [
        ("data/img/0", 20, True), ("data/img/1", 19, True), ("data/img/2", 20, True)]
    assert [(item["path"], item["files"], item["partial"]) for item in record["outputs"]] == [("out", 30, True)]
    traced.write("out/other.txt", "not of the run")
    assert traced.mlr("diff", "@1", "--json").json["inputs"] == []
    verdict = traced.mlr("reproduce", "@1", "--json").json
    assert verdict["verdict"] == "reproduced", verdict


def test_a_link_to_data_elsewhere(traced, tmp_path):
    outside = tmp_path / "disk"
    outside.mkdir()
    (outside / "x.csv").write_text("x\n")
    (traced.folder / "linked").symlink_to(outside)
    traced.git("add", "-A")
    traced.git("commit", "-q", "-m", "link")
    record = run(traced, "--", "sh", "-c", "cat linked/x.csv > out.txt")
    assert names(record["inputs"]) == ["linked/x.csv"]
    (outside / "x.csv").write_text("another\n")
    assert traced.mlr("reproduce", "@1", "--json").json["verdict"] == "reproduced"
    assert (outside / "x.csv").read_text() == "another\n"


def test_data_roots_and_what_is_outside_of_all(traced):
    disk = pathlib.Path(traced.environment["HOME"])
    (disk / "big").mkdir()
    (disk / "big" / "x.csv").write_text("x\n")
    # Of what lies in the system's temporary folder only what has a name of data is said to be read, and
    # nothing that the command wrote itself.
    script = f"echo > {disk}/big/own.csv; cat {disk}/big/own.csv {disk}/big/x.csv {disk}/big/x.cache > out.txt"
    (disk / "big" / "x.cache").write_text("x\n")
    record = run(traced, "-i", "data", "--", "sh", "-c", script)
    assert names(record["inputs"]) == ["data"]
    assert record["trace"]["outside"] == {"read": [f"{disk}/big/x.csv"], "written": [f"{disk}/big/own.csv"]}
    assert record["level"]["recorded"] == 2
    for name in ("own.csv", "x.cache"):
        (disk / "big" / name).unlink()
    record = run(traced, "--data-root", disk / "big", "--", "sh", "-c", 'cat "$0"/x.csv > out.txt', disk / "big")
    assert names(record["inputs"]) == [f"{disk}/big/x.csv"]
    assert record["trace"]["data_roots"] == [f"{disk}/big"]
    (disk / "big" / "x.csv").write_text("changed\n")
    assert traced.mlr("reproduce", "@1", "--json").json["verdict"] == "reproduced"
    error = traced.mlr("run", "--trace", "--data-root", "nowhere", "--", "true", expect=125).err
    assert "data root 'nowhere': nothing there" in error


def test_a_file_elsewhere_is_named(traced):
    # Beside the program that is tested: neither in the project nor in a temporary folder.
    folder = pathlib.Path(os.environ["MLREPRO_BINARY"]).resolve().parent
    if folder.is_relative_to("/tmp"):
        pytest.skip("the program itself is in a temporary folder")
    path = folder / f"outside-{os.getpid()}.csv"
    path.write_text("x\n")
    try:
        record = run(traced, "--", "cat", path)
    finally:
        path.unlink()
    assert record["trace"]["outside"]["read"] == [str(path)]
    assert f"read outside the project and not recorded: '{path}'" in record["stderr"]
    assert any(str(path) in text for text in record["level"]["missing"])


def test_connections_are_listed(traced):
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    thread = threading.Thread(target=lambda: server.accept()[0].close())
    thread.start()
    record = python(traced, f"""
import socket
socket.create_connection(("127.0.0.1", {port})).close()
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", {port}))
""")
    thread.join()
    server.close()
    assert record["trace"]["remotes"] == [f"127.0.0.1:{port}"]
    assert f"connected to '127.0.0.1:{port}'" in record["stderr"]


def test_from_the_configuration(traced):
    traced.write("mlrepro.toml", "[run]\ntrace = true\n")
    traced.mlr("run", "--", "cat", "data/a.csv")
    assert names(traced.last()["inputs"]) == ["data/a.csv"]
    traced.mlr("run", "--no-trace", "--", "cat", "data/a.csv")
    assert traced.last()["trace"] is None and traced.last()["inputs"] == []


def test_a_trace_within_a_trace_is_refused_aloud(traced):
    binary = os.environ["MLREPRO_BINARY"]
    record = run(traced, "-n", "outer", "--", binary, "run", "--trace", "-n", "inner", "--", "cat", "data/a.csv")
    assert "the command is NOT traced: another tracer is at work" in record["stderr"]
    inner = traced.mlr("show", "inner", "--json").json
    assert (inner["trace"]["mode"], inner["trace"]["complete"], inner["inputs"]) == ("none", False, [])
    assert inner["status"] == "finished"
    strict = traced.mlr("run", "--trace", "--", binary, "run", "--trace", "--strict", "--", "cat", "data/a.csv", expect=125)
    assert "the command can't be traced: another tracer is at work" in strict.err
    assert names(traced.mlr("show", "outer", "--json").json["inputs"]) == ["data/a.csv"]


def test_the_exit_is_the_commands_own(traced):
    assert run(traced, "--", "sh", "-c", "exit 9", expect=9)["exit_code"] == 9
    assert run(traced, "--", "sh", "-c", "kill -KILL $$", expect=-signal.SIGKILL)["signal"] == 9
    traced.mlr("run", "--trace", "--", "no-such-program", expect=127)
    assert run(traced, "--timeout", "0.2", "--", "sleep", "60", expect=124)["status"] == "killed"


@pytest.mark.parametrize("whole_group", [False, True])
def test_the_command_goes_on_when_mlrepro_is_killed(traced, whole_group):
    traced.write("step.py", """
import pathlib, time
pathlib.Path("up").write_text("up")
while not pathlib.Path("go").exists():
    time.sleep(0.01)
pathlib.Path("late.txt").write_text(pathlib.Path("data/a.csv").read_text())
pathlib.Path("done").write_text("done")
""")
    process = traced.popen("run", "--trace", "-n", "orphan", "--", PYTHON, "step.py", start_new_session=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until((traced.folder / "up").exists)
    if whole_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    traced.write("go", "")
    wait_until((traced.folder / "done").exists)
    assert (traced.folder / "late.txt").read_text() == "a\n1\n"
    wait_until(lambda: traced.mlr("show", "orphan", "--json").json["status"] != "running")
    record = traced.mlr("show", "orphan", "--json").json
    # Its inputs were written down all the while.
    assert record["status"] == "lost" and "data/a.csv" in names(record["inputs"])
    assert record["trace"]["complete"] is False
    assert record["trace"]["reasons"] == ["mlrepro ended before the run's record was complete"]


def test_nothing_of_the_store_or_of_caches_is_data(traced):
    traced.write("module.py", "value = 1\n")
    record = python(traced, """
import os, subprocess, module
assert module.value == 1
subprocess.run(["git", "status"], check=True, capture_output=True)
subprocess.run([os.environ["MLREPRO"], "log", "metric", "m", "1"], check=True)
open(os.environ["MLREPRO_METRICS"], "a").write('{"metric": "loss", "value": 1}\\n')
""", env={"MLREPRO": os.environ["MLREPRO_BINARY"]})
    assert names(record["inputs"]) == [] and names(record["outputs"]) == []
    assert {key for key in record["metrics"] if not key.startswith("system/")} == {"loss", "m"}
    assert (traced.folder / "__pycache__").is_dir()


def test_a_virtual_environment_in_the_project(traced):
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", traced.folder / "data" / "myenv"], check=True)
    traced.write("data/myenv/lib/settings.ini", "x")
    record = run(traced, "--", "data/myenv/bin/python", "-c", "open('data/myenv/lib/settings.ini').read(); open('data/a.csv')")
    assert names(record["inputs"]) == ["data/a.csv"]
