# SPDX-License-Identifier: Apache-2.0
"""`log --stdin` of a stream that is longer than memory, or never ends."""

import json
import os
import subprocess
import time

import pytest

from faults import STORE
from http_world import Server

LINE = b'{"metric":"loss",' + b" " * 9_970 + b'"value":%d}\n'
LINES = 30_000  # of 10 kB
# Sanitizers keep what was freed for a while, to tell of its use.
MOST_MEMORY_KB = 1_000_000 if "ASAN_OPTIONS" in os.environ else 100_000


class LiveRun:
    def __init__(self, world, name):
        self.world, self.name = world, name
        self.process = world.popen("run", "-n", name, "--no-resources", "--", "sh", "-c", "echo $MLREPRO_RUN_ID; read line",
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.env = {"MLREPRO_RUN_ID": self.process.stdout.readline().decode().strip()}

    def end(self):
        self.process.communicate(b"\n", timeout=120)
        assert self.process.returncode == 0


def show(world, name):
    return world.mlr("show", name, "--json").json


def count(world, name, metric="loss"):
    return show(world, name)["metrics"].get(metric, {}).get("count", 0)


def await_count(world, name, wanted):
    deadline = time.monotonic() + 60
    while count(world, name) < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def logger(world, *args, env=None):
    return world.popen("log", "--stdin", *args, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)


def peak_kb(process):
    """The kernel's own account (ru_maxrss) begins with what pytest has, from which the process was forked."""
    with open(f"/proc/{process.pid}/status") as status:
        return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)


def pour(process):
    """300 MB of lines; the most memory that the process ever had, in kB."""
    for first in range(0, LINES, 100):
        process.stdin.write(b"".join(LINE % i for i in range(first, first + 100)))
    peak = peak_kb(process)
    process.stdin.close()
    while process.poll() is None:
        peak = max(peak, peak_kb(process))
        time.sleep(0.01)
    assert peak > 0
    return peak


@pytest.fixture
def place(project):
    project.mlr("run", "-n", "ended", "--no-resources", "--", "true")
    return project


def test_a_long_stream_into_a_running_run(place):
    live = LiveRun(place, "live")
    process = logger(place, env=live.env)
    process.stdin.write(b'{"metric":"loss","value":7}\n{"metric":"half a li')
    process.stdin.flush()
    await_count(place, "live", 1)  # while the producer goes on writing
    process.stdin.write(b'ne","value":1}\n')
    assert pour(process) < MOST_MEMORY_KB
    assert process.returncode == 0, process.stderr.read()
    live.end()
    run = show(place, "live")
    assert run["metrics"]["loss"]["count"] == LINES + 1 and run["metrics"]["loss"]["last"] == LINES - 1
    assert run["metrics"]["half a line"]["count"] == 1 and run["problems"] == []


def test_a_long_stream_into_an_ended_run(place):
    process = logger(place, "--run", "ended", "--json")
    assert pour(process) < MOST_MEMORY_KB
    assert process.returncode == 0, process.stderr.read()
    assert f'"added":{LINES}' in process.stdout.read().decode().replace(" ", "")
    loss = show(place, "ended")["metrics"]["loss"]
    assert (loss["count"], loss["last"], loss["step"]) == (LINES, LINES - 1, LINES - 1)


def test_a_bad_line_behind_many_adds_nothing_to_an_ended_run(place):
    files = sorted(os.listdir(place.folder / STORE))
    lines = b"".join(LINE % i for i in range(600))
    said = place.mlr("log", "--stdin", "--run", "ended", stdin=lines + b"nonsense\n", expect=2).err
    assert "standard input, line 601: not JSON" in said and "nothing was logged" in said
    assert show(place, "ended")["metrics"] == {} and sorted(os.listdir(place.folder / STORE)) == files


def test_a_bad_line_ends_a_stream_into_a_running_run(place):
    live = LiveRun(place, "live")
    process = logger(place, env=live.env)
    process.stdin.write(b'{"metric":"loss","value":1}\n\n{"metric":"loss"}\n{"metric":"loss","value":3}\n')
    process.stdin.flush()  # and more may come
    assert process.wait(60) == 2
    said = process.stderr.read().decode()
    assert "standard input, line 3: 'value' is missing" in said and "lines 1 to 2 are logged" in said
    said = place.mlr("log", "--stdin", stdin=b"nonsense\n", env=live.env, expect=2).err
    assert "line 1: not JSON" in said and "nothing was logged" in said
    live.end()
    assert count(place, "live") == 1


def test_a_run_that_ends_before_the_stream(place):
    live = LiveRun(place, "live")
    process = logger(place, env=live.env)
    process.stdin.write(b'{"metric":"loss","value":1}\n')
    process.stdin.flush()
    await_count(place, "live", 1)
    live.end()
    process.stdin.write(b'{"metric":"loss","value":2}\n{"metric":"late","value":3}')
    assert process.communicate(timeout=60) == (b"", b"") and process.returncode == 0
    run = show(place, "live")
    assert run["metrics"]["loss"]["count"] == 2 and run["metrics"]["late"]["count"] == 1
    assert [item["kind"] for item in run["additions"]] == ["metric", "metric"]


def test_a_run_that_a_client_keeps_has_each_line_as_it_comes(place):
    with Server(place) as server:
        run, _ = server.new_run("remote")
        process = logger(place, "--run", "remote", "--json")
        for value in (1, 2):
            process.stdin.write(b'{"metric":"loss","value":%d}\n' % value)
            process.stdin.flush()
            await_count(place, "remote", value)  # while the stream goes on
        metrics = server.api("GET", "runs/get", run_id=run)["run"]["data"]["metrics"]
        assert [(metric["key"], metric["value"]) for metric in metrics] == [("loss", 2)]
        server.api("POST", "runs/update", run_id=run, status="FINISHED", end_time=2)
        out, err = process.communicate(b'{"metric":"loss","value":3}\n', timeout=60)
        assert (process.returncode, err) == (0, b"") and json.loads(out)["added"] == 3
    assert count(place, "remote") == 3 and len(show(place, "remote")["additions"]) == 1


def test_a_bad_line_for_a_run_that_a_client_keeps(place):
    with Server(place) as server:
        server.new_run("remote")
        said = place.mlr("log", "--stdin", "--run", "remote", stdin=b'{"metric":"loss","value":1}\nnonsense\n', expect=2).err
        assert "line 2: not JSON" in said and "line 1 is logged" in said
        assert count(place, "remote") == 1


def test_notes_are_held_in_bounds(place):
    note = b'{"note":"' + b"n" * 999_999 + b'"}\n'
    live = LiveRun(place, "live")
    said = place.mlr("log", "--stdin", stdin=b'{"tag":"a","value":"b"}\n' + note * 20, env=live.env, expect=2).err
    assert "line 18: the notes of this stream are longer than 16777216 bytes" in said and "lines 1 to 17 are logged" in said
    live.end()
    run = show(place, "live")
    assert len(run["note"]) == 16 * 1_000_000 - 1 and run["tags"] == {"a": "b"} and run["problems"] == []


def test_the_longest_line(place):
    for length, ends in ((16_777_216, "\n"), (16_777_217, "\n"), (16_777_217, "")):
        line = '{"tag":"t","value":"v"' + " " * (length - 23) + "}" + ends
        done = place.mlr("log", "--stdin", "--run", "ended", stdin=b'{"tag":"u","value":"v"}\n' + line.encode(),
                         expect=0 if length == 16_777_216 else 2)
        assert ("standard input, line 2: longer than 16777216 bytes" in done.err) == (length > 16_777_216)
    assert show(place, "ended")["tags"] == {"t": "v", "u": "v"}
    assert len(show(place, "ended")["additions"]) == 2
