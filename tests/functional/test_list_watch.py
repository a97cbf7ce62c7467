# SPDX-License-Identifier: Apache-2.0
"""`list --watch`: the table follows what runs do, and the terminal is as it was afterwards."""

import os
import signal
import subprocess

from screen import ENTER, LEAVE, Screen

WAIT = 'while [ ! -e "$1" ]; do sleep 0.02; done'


def start(project, name, *options):
    return project.popen("run", "-n", name, *options, "--", "sh", "-c", WAIT, "sh", name,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def watch(project, *words):
    return Screen(project, "list", "--watch", "--color", "never", *words)


def test_runs_start_log_and_end(project):
    project.mlr("init")
    screen = watch(project, "--columns", "name,status,metrics.loss")
    screen.read_until("no runs")
    run = start(project, "first")
    screen.read_until("running")
    assert "first" in screen.seen
    project.mlr("log", "metric", "loss", "0.25", "--run", "first")
    screen.read_until("0.25")
    project.mlr("log", "metric", "loss", "0.125", "--run", "first")
    screen.read_until("0.125")
    second = start(project, "second")
    screen.read_until("second")
    project.write("first", "")
    screen.read_until("finished")
    assert run.wait(timeout=300) == 0
    screen.resize(40)
    screen.read_until("first")
    screen.type(b"\x03")
    assert screen.end() == 130
    before, after = screen.seen.rsplit(LEAVE, 1)
    assert before.startswith(ENTER) and "\x1b[?25h" in before and "\x1b[?7h" in before
    assert "second" in after and "0.125" in after and "\x1b" not in after, "the last table stays"
    assert second.poll() is None, "watching ends, the run does not"
    project.write("second", "")
    assert second.wait(timeout=300) == 0


def test_a_run_that_loses_its_tracker(project):
    project.mlr("init")
    run = start(project, "r")
    screen = Screen(project, "list", "-w", "--color", "never")
    screen.read_until("running")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    project.write("r", "")
    screen.read_until("lost")
    screen.process.terminate()
    assert screen.end() == -signal.SIGTERM
    assert LEAVE in screen.seen


def test_only_what_is_asked_for(project):
    for name in ("a", "b"):
        project.mlr("run", "-n", name, "-e", name, "--", "true")
    screen = watch(project, "-e", "b", "--limit", "1")
    screen.read_until("finished")
    screen.type(b"\x03")
    assert screen.end() == 130
    table = screen.seen.rsplit(LEAVE, 1)[1]
    assert table.split()[0] == "name" and "\nb " in table and "\na " not in table


def test_where_there_is_nothing_to_draw_on(project):
    project.mlr("init")
    assert "stdout is no terminal" in project.mlr("list", "--watch", expect=2).err
    assert "--watch and --json" in project.mlr("list", "--watch", "--json", expect=2).error["message"]
    assert "for runs only" in project.mlr("list", "snapshots", "--watch", expect=2).err
    for words in (("--columns", "nmae"), ("--filter", "metrics.loss <"), ("--limit", "x")):
        screen = watch(project, *words)
        assert screen.end() == 2 and ENTER not in screen.seen, "what is wrong is said before anything is drawn"
