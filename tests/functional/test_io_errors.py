# SPDX-License-Identifier: Apache-2.0
"""Each call that reads or writes fails, once or from then on, or does half of its work: mlrepro
says so in one line or does without, half of nothing is recorded, and it works again afterwards."""

import errno
import os
import subprocess

import pytest

from conftest import BINARY, Result
from faults import (
    EVERYWHERE,
    Memory,
    assert_store_is_tidy,
    calls_of,
    copy_world,
    differing,
    injection,
    snapshots_of,
    users_files,
    wait_for_end,
)

# name: (what happens, errno, whether it goes on happening, to which calls, one of so many is tried
# where all faults are asked for; the primes make the faults meet different calls).
# What is out of space or files can still be removed.
FAULTS = {
    "no-space": ("fail", errno.ENOSPC, True, "create,write,sync,name", 3),
    "no-space-for-a-moment": ("fail", errno.ENOSPC, False, "create,write,sync,name", 7),
    "broken-disk": ("fail", errno.EIO, True, "create,write,sync,name", 7),
    "write-error": ("fail", errno.EIO, False, "create,write,sync,name", 3),
    "quota": ("fail", errno.EDQUOT, True, "create,write,sync,name", 13),
    "read-error": ("fail", errno.EIO, False, "open,read,map", 5),
    "too-many-open-files": ("fail", errno.EMFILE, True, "create,open", 5),
    "half": ("short", 0, False, "write,read", 5),
    "interrupted": ("fail", errno.EINTR, False, "write,read,lock", 5),
}
# Those that a correct program does not let the user notice.
HARMLESS = ("half", "interrupted")


def tries(fault, calls):
    """The numbers of the calls to fail: all of them, or three."""
    if EVERYWHERE:
        return range(1, len(calls) + 1, FAULTS[fault][4])
    return sorted({1 + len(calls) * part // 4 for part in (1, 2, 3)}) if calls else []


def fault_at(world, fault, at):
    action, error, goes_on, calls, _ = FAULTS[fault]
    until = 10**9 if goes_on else None
    return injection(action, at, until=until, error=error, calls=calls, under=world.folder)


class Job:
    """One command; `effect` says what it has done so far, None when nothing yet."""

    def __init__(self, args, effect, own_files=(), stdin=b"", unchanged=lambda run: run):
        self.args, self.effect, self.own_files = args, effect, own_files
        self.stdin, self.unchanged = stdin, unchanged


def snapshot_effect(world):
    found = [item for item in snapshots_of(world) if item["path"] == "new.py"]
    pointer = world.folder / "new.py.snap"
    if not found:
        assert not pointer.exists()
        return None
    if pointer.exists():
        assert found[0]["digest"] in pointer.read_text()
    assert found[0]["files"] == 1
    return "recorded"


def log_effect(world):
    run = world.mlr("show", "kept", "--json").json
    added = {key: run["metrics"][key]["count"] for key in run["metrics"] if key != "m"}
    if not added:
        assert run["tags"] == {}
        return None
    assert added["late"] % 101 == 0 and run["tags"] == {"stage": "x"}
    return "recorded"


def artifact_effect(world):
    return "recorded" if len(world.mlr("show", "kept", "--json").json["artifacts"]) == 2 else None


def restore_effect(world):
    copy = world.folder / "copy"
    if not copy.exists():
        return None
    assert sorted(os.listdir(copy)) == ["a.csv", "b.bin", "sub"]
    assert (copy / "a.csv").read_text() == "x,y\n1,2\n"
    return "restored"


def overwrite_effect(world):
    data = world.folder / "data"
    assert sorted(os.listdir(data)) == ["a.csv", "b.bin", "d.txt", "sub"]
    assert (data / "d.txt").read_text() == "new\n"
    return None if (data / "a.csv").read_text() == "x,y\n3,4\n" else "restored"


def without_additions(run):
    run = dict(run)
    run["metrics"] = {key: value for key, value in run["metrics"].items() if key != "late"}
    run["tags"], run["additions"] = {}, []
    run["artifacts"] = [item for item in run["artifacts"] if item["path"] != "new.py"]
    return run


EVENTS = b'{"metric":"late","value":1}\n{"tag":"stage","value":"x"}\n' + b'{"metric":"late","value":2}\n' * 100
JOBS = {
    "snapshot": Job(["snapshot", "new.py"], snapshot_effect, ["new.py.snap"]),
    "log": Job(["log", "--stdin", "--run", "kept"], log_effect, stdin=EVENTS, unchanged=without_additions),
    "artifact": Job(["log", "artifact", "new.py", "--run", "kept"], artifact_effect, unchanged=without_additions),
    "restore": Job(["restore", "kept:data", "--to", "copy"], restore_effect, ["copy"]),
    "overwrite": Job(["restore", "kept:data", "--force"], overwrite_effect, ["data"]),
}


def assert_one_clear_line(result):
    lines = [line for line in result.err.splitlines() if not line.startswith("hint: ")]
    errors = [line for line in lines if line.startswith("mlrepro: ") and "warning" not in line]
    assert errors and len(lines[-1]) < 500, result.err
    assert any(os.strerror(number) in result.err or word in result.err for number, word in [
        (errno.ENOSPC, "full"), (errno.EIO, "disk I/O error"), (errno.EDQUOT, "uota"),
        (errno.EMFILE, "unable to open"), (errno.EROFS, "readonly"), (errno.EINTR, "malformed"),
    ]), result.err
    assert "unexpected" not in result.err and "terminate" not in result.err


def attempt(world, args, stdin=b"", env=None):
    """The result, whatever the exit code is."""
    return Result(subprocess.run([BINARY, *args], cwd=world.folder, env={**world.environment, **env}, input=stdin,
                                 capture_output=True, timeout=300))


def allowed_codes(fault, call):
    if fault in HARMLESS:
        return (0,)
    # SQLite takes a read error of the disk for a damaged database.
    return (0, 6, 7) if fault == "read-error" and "mlrepro.db" in call[1] else (0, 7)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", JOBS)
def test_commands(workshop, tmp_path, name, fault):
    job = JOBS[name]
    calls = calls_of(workshop, tmp_path, *job.args, calls=FAULTS[fault][3], under=".", stdin=job.stdin)
    memory = Memory(copy_world(workshop, tmp_path / "memory"), workshop)
    memory.kept = job.unchanged(memory.kept)
    for at in tries(fault, calls):
        world = copy_world(workshop, tmp_path / "w")
        files = users_files(world, job.own_files)
        result = attempt(world, job.args, job.stdin, fault_at(world, fault, at))
        where = (at, calls[at - 1], result.err)
        effect = job.effect(world)
        assert result.code in allowed_codes(fault, calls[at - 1]), where
        if result.code == 0:
            assert effect, where
        else:
            assert_one_clear_line(result)
        assert differing(files, users_files(world, job.own_files)) == [], where
        memory.assert_kept(world, job.unchanged)
        world.mlr(*job.args, stdin=job.stdin)
        assert job.effect(world), where
        assert_store_is_tidy(world)
        world.mlr("verify")


COMMAND = "echo said; echo '{\"metric\":\"m\",\"value\":0.5}' >> ${MLREPRO_METRICS:-/dev/null}; echo x > out.txt; exit 3"
RUN = ["run", "-n", "new", "-i", "data", "-o", "out.txt", "--", "sh", "-c", COMMAND]


def is_complete(run):
    return (
        run["status"] == "failed"
        and run["exit_code"] == 3
        and run["metrics"].get("m", {}).get("last") == 0.5
        and all(item["digest"] for item in run["inputs"] + run["outputs"])
        and run["logs"]["stdout"] is not None
        and run["code"]["digest"] is not None
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_run_lets_the_command_run(workshop, tmp_path, fault):
    calls = calls_of(workshop, tmp_path, *RUN, calls=FAULTS[fault][3], under=".", expect=3)
    memory = Memory(copy_world(workshop, tmp_path / "memory"), workshop)
    for at in tries(fault, calls):
        world = copy_world(workshop, tmp_path / "w")
        files = users_files(world)
        result = attempt(world, RUN, env=fault_at(world, fault, at))
        where = (at, calls[at - 1], result.err)
        assert result.code == 3, where
        assert result.out == "said\n", where
        assert (world.folder / "out.txt").read_text() == "x\n", where
        assert differing(files, users_files(world, ["out.txt"])) == [], where
        warned = [line for line in result.err.splitlines() if "run new" not in line or "not complete" in line]
        runs = [run for run in wait_for_end(world) if run["name"] == "new"]
        assert len(runs) <= 1, where
        if not warned:
            assert runs and is_complete(world.mlr("show", "new", "--json").json), where
        elif runs:
            # What came after the fault is not there, but what is there is true.
            run = world.mlr("show", "new", "--json").json
            assert run["status"] in ("failed", "lost"), where
            assert run["exit_code"] in (3, None), where
        assert fault not in HARMLESS or not warned, where
        memory.assert_kept(world)
        world.mlr(*RUN, expect=3)
        assert is_complete(world.last()), where
        assert_store_is_tidy(world)
        world.mlr("verify")


@pytest.mark.parametrize("fault", ["no-space", "write-error", "read-error"])
def test_strict_refuses_before_the_start(workshop, tmp_path, fault):
    strict = ["run", "--strict", *RUN[1:]]
    calls = calls_of(workshop, tmp_path, *strict, calls=FAULTS[fault][3], under=".", expect=3)
    refused = 0
    for at in tries(fault, calls):
        world = copy_world(workshop, tmp_path / "w")
        result = attempt(world, strict, env=fault_at(world, fault, at))
        where = (at, calls[at - 1], result.err)
        assert result.code in (3, 125), where
        assert (world.folder / "out.txt").exists() == (result.code == 3), where
        assert result.code == 3 or result.err.startswith("mlrepro: "), where
        refused += result.code == 125
        world.mlr("verify")
        world.mlr(*strict, expect=3)
    assert refused


@pytest.mark.parametrize("fault", FAULTS)
def test_reproduce(workshop, tmp_path, fault):
    calls = calls_of(workshop, tmp_path, "reproduce", "kept", calls=FAULTS[fault][3], under=".")
    for at in tries(fault, calls):
        world = copy_world(workshop, tmp_path / "w")
        files = users_files(world)
        memory = Memory(world, workshop)
        result = attempt(world, ["reproduce", "kept"], env=fault_at(world, fault, at))
        where = (at, calls[at - 1], result.out, result.err)
        # How often a replay is looked at depends on its time, so that the call that fails need not
        # be the one that was counted: any may be the database's.
        codes = (0, 6, 7) if fault == "read-error" else allowed_codes(fault, calls[at - 1])
        # A fault of ours is no verdict on the run: never "differs".
        assert result.code in codes, where
        assert differing(files, users_files(world)) == [], where
        wait_for_end(world)
        memory.assert_kept(world, lambda run: {**run, "level": {**run["level"], "proven": memory.kept["level"]["proven"]}})
        world.mlr("reproduce", "kept")
        assert_store_is_tidy(world)
