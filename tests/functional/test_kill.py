# SPDX-License-Identifier: Apache-2.0
"""SIGKILL before each call that changes a file, and in the middle of each write: what was
recorded stays, the record of what was going on is healed, the user's files are as they were."""

import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from faults import (
    CHANGES,
    PARTS,
    STORE,
    Memory,
    assert_store_is_tidy,
    calls_of,
    contents,
    copy_world,
    differing,
    injection,
    spread,
    trace_calls,
    users_files,
    wait_for_end,
    wait_until,
)

METRIC = """echo '{"metric":"m","value":0.5}' >> $MLREPRO_METRICS"""
EVENTS = b'{"metric":"late","value":1}\n{"tag":"stage","value":"x"}\n{"note":"n"}\n' + b'{"metric":"late","value":2}\n' * 200


def kill(world, args, at, action="kill", env=None, stdin=None):
    """The call at which it died, (name, path); None when it ended before. The command of a killed
    run must not hold our pipes."""
    trace = world.folder.parent / "trace"
    process = world.popen(*args, env={**(env or {}), **injection(action, at, trace=trace)}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
    try:
        process.communicate(stdin, timeout=300)
    except BrokenPipeError:
        process.wait(300)
    assert process.returncode in (0, -signal.SIGKILL)
    last = os.fsdecode(trace.read_bytes()).splitlines()[-1]
    return tuple(last.split(" ", 2)[1:]) if process.returncode else None


def is_write(call):
    return "write" in call[0] or call[0] == "sendfile"


def killings(calls, part):
    """(number of the call, how): before the call, and for writes in its middle as well."""
    for at in spread(len(calls), part):
        yield at, "kill"
        if is_write(calls[at - 1]):
            yield at, "tear"


def test_the_injector_sees_the_calls_of_the_libraries(workshop, tmp_path):
    world = copy_world(workshop, tmp_path / "w")
    calls = trace_calls(world, "run", "-i", "data", "-o", "out.txt", "--", "touch", "out.txt", calls=CHANGES + ",open,read,map")
    names = {name for name, path in calls if path.endswith("mlrepro.db-wal")}
    assert any("write" in name for name in names) and any("sync" in name for name in names)
    assert any(path.endswith(".git/index") for _, path in calls)
    objects = [name for name, path in calls if f"/{STORE}/objects" in path or f"/{STORE}/tmp" in path]
    assert any("write" in name for name in objects) and any("sync" in name for name in objects)
    assert not any(path.endswith("out.txt") and "write" in name for name, path in calls)


RUN = ["run", "-n", "new", "-i", "data", "-o", "out.txt", "--", "sh", "-c", f"echo said; {METRIC}; echo x > out.txt"]


@pytest.mark.parametrize("part", range(PARTS))
def test_run(workshop, tmp_path, part):
    calls = calls_of(workshop, tmp_path, *RUN)
    for at, action in killings(calls, part):
        world = copy_world(workshop, tmp_path / "w")
        memory = Memory(world, workshop)
        died_at = kill(world, RUN, at, action)
        runs = [run for run in wait_for_end(world) if run["name"] == "new"]
        where = (at, action, died_at)
        assert len(runs) <= 1, where
        if (world.folder / "out.txt").exists():
            # The command ran, so that what it said and logged must be on record.
            assert len(runs) == 1, where
            run = world.mlr("show", "new", "--json").json
            assert run["status"] in ("finished", "lost"), where
            assert run["exit_code"] == (0 if run["status"] == "finished" else None)
            assert run["metrics"]["m"]["last"] == 0.5, where
            # What was on its way through mlrepro when it died is lost, and nothing else.
            in_flight = died_at and died_at[1].endswith(("stdout.log", "log.index"))
            assert world.mlr("show", "new", "--logs").out in (["said\n", "", "sa"] if in_flight else ["said\n"]), where
        else:
            assert all(run["status"] == "lost" for run in runs), where
        assert differing(memory.files, users_files(world, without=["out.txt"])) == [], where
        memory.assert_kept(world)
        world.mlr(*RUN)
        assert world.last()["status"] == "finished"
        assert_store_is_tidy(world)
        world.mlr("verify")


def without_additions(run):
    """A run as it was before something was added to it."""
    run = dict(run)
    run["metrics"] = {key: value for key, value in run["metrics"].items() if not value["added_later"]}
    run["tags"], run["note"], run["additions"] = {}, None, []
    run["artifacts"] = [item for item in run["artifacts"] if item["path"] != "later.txt"]
    return run


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", ["events", "artifact"])
def test_log_to_an_ended_run(workshop, tmp_path, kind, part):
    args = ["log", "--stdin", "--run", "kept"] if kind == "events" else ["log", "artifact", "new.py", "--as", "later.txt", "--run", "kept"]
    calls = calls_of(workshop, tmp_path, *args, stdin=EVENTS)
    assert calls
    for at, action in killings(calls, part):
        world = copy_world(workshop, tmp_path / "w")
        memory = Memory(world, workshop)
        base = memory.kept
        kill(world, args, at, action, stdin=EVENTS)
        where = (at, action, calls[at - 1])
        run = world.mlr("show", "kept", "--json").json
        if kind == "events":
            # All of one command's events or none.
            added = "late" in run["metrics"]
            assert run["tags"] == ({"stage": "x"} if added else {}), where
            assert not added or run["metrics"]["late"]["count"] == 201, where
        memory.kept = without_additions(memory.kept)
        memory.assert_kept(world, without_additions)
        assert base["metrics"]["m"] == run["metrics"]["m"]
        assert differing(memory.files, users_files(world)) == [], where
        world.mlr(*args, stdin=EVENTS)
        run = world.mlr("show", "kept", "--json").json
        assert "late" in run["metrics"] or "later.txt" in [item["path"] for item in run["artifacts"]], where
        assert_store_is_tidy(world)


@pytest.mark.parametrize("action", ["kill", "tear", "kill-after"])
def test_log_to_a_live_run(workshop, tmp_path, action):
    """The next line stands on its own, whatever became of the one before it."""
    world = copy_world(workshop, tmp_path / "w")
    process = world.popen("run", "-n", "live", "--", "sh", "-c", "echo $MLREPRO_RUN_ID; read line",
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    current = {"MLREPRO_RUN_ID": process.stdout.readline().decode().strip()}
    calls = trace_calls(world, "log", "metric", "first", "1", env=current)
    for at in range(1, len(calls) + 1):
        kill(world, ["log", "metric", f"killed{at}", "1"], at, action, env=current)
        world.mlr("log", "metric", f"next{at}", "2", env=current)
    process.communicate(b"\n", timeout=300)
    assert process.returncode == 0
    run = world.mlr("show", "live", "--json").json
    assert run["status"] == "finished"
    assert {"first", *(f"next{at}" for at in range(1, len(calls) + 1))} <= run["metrics"].keys()
    assert_store_is_tidy(world)


SNAPSHOT = ["snapshot", "data"]


@pytest.mark.parametrize("part", range(PARTS))
def test_snapshot(workshop, tmp_path, part):
    calls = calls_of(workshop, tmp_path, *SNAPSHOT)
    first = copy_world(workshop, tmp_path / "first")
    first.mlr(*SNAPSHOT)
    new_pointer = (first.folder / "data.snap").read_bytes()
    for at, action in killings(calls, part):
        world = copy_world(workshop, tmp_path / "w")
        memory = Memory(world, workshop)
        old_pointer = (world.folder / "data.snap").read_bytes()
        kill(world, SNAPSHOT, at, action)
        where = (at, action, calls[at - 1])
        pointer = (world.folder / "data.snap").read_bytes()
        assert pointer in (old_pointer, new_pointer), where
        memory.assert_kept(world)
        if pointer == new_pointer:
            world.mlr("restore", "data.snap", "--to", world.folder.parent / "again")
            assert differing(contents(world.folder / "data"), contents(world.folder.parent / "again")) == []
        world.mlr(*SNAPSHOT)
        assert (world.folder / "data.snap").read_bytes() == new_pointer
        assert differing(memory.files, users_files(world)) == ([b"data.snap"] if new_pointer != old_pointer else []), where
        assert_store_is_tidy(world)
        world.mlr("verify")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_first_snapshot_leaves_no_half_pointer(workshop, tmp_path, part):
    args = ["snapshot", "new.py"]
    calls = calls_of(workshop, tmp_path, *args)
    first = copy_world(workshop, tmp_path / "first")
    first.mlr(*args)
    expected = (first.folder / "new.py.snap").read_bytes()
    # The last calls are those that write the pointer file.
    start = max(0, len(calls) - 40)
    for at, action in killings(calls[start:], part):
        world = copy_world(workshop, tmp_path / "w")
        before = users_files(world)
        kill(world, args, start + at, action)
        pointer = world.folder / "new.py.snap"
        assert not pointer.exists() or pointer.read_bytes() == expected, (start + at, action)
        left = users_files(world, without=["new.py.snap"])
        assert differing(before, left) == [], (start + at, action, calls[start + at - 1])
        world.mlr(*args)
        assert pointer.read_bytes() == expected
        assert differing(before, users_files(world, without=["new.py.snap"])) == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("exchange", ["exchange", "rename"])
def test_restore_over_changed_files(workshop, tmp_path, exchange, part):
    """A file system that can't exchange two names takes two steps, between which it may be killed."""
    args = ["restore", "kept:data", "--force"]
    calls = calls_of(workshop, tmp_path, *args)
    assert any(name == "renameat2" for name, _ in calls)
    no_exchange = {"MLREPRO_INJECT_NO_EXCHANGE": "1"} if exchange == "rename" else {}
    if no_exchange:
        calls = calls_of(workshop, tmp_path, *args, env=no_exchange)
    for at, action in killings(calls, part):
        world = copy_world(workshop, tmp_path / "w")
        world.write("data/mine.txt", "never in any snapshot\n")
        memory = Memory(world, workshop)
        old = contents(world.folder / "data")
        new = {**memory.old, b"mine.txt": old[b"mine.txt"], b"d.txt": old[b"d.txt"]}
        kill(world, args, at, action, env=no_exchange)
        where = (at, action, calls[at - 1])
        data = world.folder / "data"
        if data.exists() or not no_exchange:
            assert contents(data) in (old, new), where
        memory.assert_kept(world)
        world.mlr(*args)
        assert differing(new, contents(data)) == [], where
        assert differing(
            {name: item for name, item in memory.files.items() if not name.startswith(b"data/")},
            {name: item for name, item in users_files(world).items() if not name.startswith(b"data/")},
        ) == [], where
        assert_store_is_tidy(world)


@pytest.mark.parametrize("part", range(PARTS))
def test_restore_to_a_new_place(workshop, tmp_path, part):
    args = ["restore", "kept:data", "--to", "copy"]
    calls = calls_of(workshop, tmp_path, *args)
    for at, action in killings(calls, part):
        world = copy_world(workshop, tmp_path / "w")
        memory = Memory(world, workshop)
        kill(world, args, at, action)
        copy = world.folder / "copy"
        assert not copy.exists() or differing(memory.old, contents(copy)) == [], (at, action)
        world.mlr(*args)
        assert differing(memory.old, contents(copy)) == []
        assert differing(memory.files, users_files(world, without=["copy"])) == [], (at, action)
        memory.assert_kept(world)


REPRODUCE = ["reproduce", "kept"]


@pytest.mark.parametrize("part", range(PARTS))
def test_reproduce(workshop, tmp_path, part):
    calls = calls_of(workshop, tmp_path, *REPRODUCE)
    for at, action in killings(calls, part):
        world = copy_world(workshop, tmp_path / "w")
        memory = Memory(world, workshop)
        kill(world, REPRODUCE, at, action)
        where = (at, action, calls[at - 1])
        replays = [run for run in wait_for_end(world) if run["name"] != "kept"]
        assert len(replays) <= 1 and all(run["status"] in ("finished", "lost") for run in replays), where
        assert differing(memory.files, users_files(world)) == [], where

        def unproven(run):
            return {**run, "level": {**run["level"], "proven": memory.kept["level"]["proven"]}}

        memory.assert_kept(world, unproven)
        world.mlr(*REPRODUCE)
        assert differing(memory.files, users_files(world)) == [], where
        assert_store_is_tidy(world)


def without_store(world):
    shutil.rmtree(world.folder / STORE)
    return world


@pytest.mark.parametrize("part", range(PARTS))
def test_the_first_command_of_all(workshop, tmp_path, part):
    """A store that was only half made is made whole."""
    calls = calls_of(workshop, tmp_path, "init", prepare=without_store)
    for at, action in killings(calls, part):
        world = without_store(copy_world(workshop, tmp_path / "w"))
        files = users_files(world)
        kill(world, ["init"], at, action)
        where = (at, action, calls[at - 1])
        assert differing(files, users_files(world)) == [], where
        world.mlr("run", "-n", "first", "--", "true")
        assert [run["name"] for run in world.mlr("list", "--json").json["runs"]] == ["first"], where
        world.mlr("verify")
        assert world.git("status", "--porcelain", "--ignored").count(STORE) == 1, where


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_folder_of_a_killed_replay(project):
    home = pathlib.Path(project.environment["HOME"])
    project.mlr("init")
    project.mlr("run", "-n", "one", "--", "sh", "-c", "[ ! -e $HOME/slow ] || { echo $$ > $HOME/pid; exec sleep 600; }; " + METRIC)

    def folders():
        return sorted(path.name for path in home.iterdir() if "mlrepro-" in path.name)

    (home / "slow").touch()
    replay = project.popen("reproduce", "one", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    wait_until(lambda: (home / "pid").exists() and (home / "pid").read_text().endswith("\n"))
    command = int((home / "pid").read_text())
    replay.kill()
    replay.wait(60)
    [left] = folders()
    (home / "slow").unlink()
    project.mlr("reproduce", "one", "--keep")
    assert left in folders(), "the command of the killed replay still runs in it"
    os.kill(command, signal.SIGKILL)
    wait_until(lambda: not is_running(command))
    project.mlr("reproduce", "one")
    [kept] = folders()
    assert kept.startswith("mlrepro-replay-"), "what was asked to be kept"
