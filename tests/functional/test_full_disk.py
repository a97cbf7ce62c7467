# SPDX-License-Identifier: Apache-2.0
"""A real file system that is full: what was recorded stays, the command under `run` does not
suffer, and with some space again everything works."""

import os
import sqlite3
import subprocess

import pytest

from conftest import BINARY, Result
from faults import STORE, contents, copy_world, differing


@pytest.fixture
def world(workshop, tmp_path):
    """A copy of the workshop whose store lies on a disk of its own, of 4 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    world = copy_world(workshop, tmp_path / "w")
    store = world.folder / STORE
    moved = store.rename(tmp_path / "moved")
    store.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "none", str(store)], capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        subprocess.run(["cp", "-a", f"{moved}/.", str(store)], check=True)
        yield world
    finally:
        subprocess.run(["umount", "-l", str(store)], check=True)


def fill(world, leave):
    """Uses up the disk but for `leave` bytes."""
    filler = world.folder / STORE / "tmp" / "filler"
    filler.parent.mkdir(exist_ok=True)
    free = os.statvfs(world.folder / STORE)
    with open(filler, "wb") as file:
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - leave)))
    return filler


def attempt(world, *args, **more):
    return Result(subprocess.run([BINARY, *map(str, args)], cwd=world.folder, env=world.environment,
                                 capture_output=True, timeout=120, **more))


@pytest.mark.parametrize("leave", [0, 4096, 20_000, 60_000, 150_000])
def test_every_verb(world, leave):
    kept = world.mlr("show", "kept", "--json").json
    world.write("big.bin", os.urandom(400_000))
    filler = fill(world, leave)
    result = attempt(world, "snapshot", "big.bin")
    assert result.code == 7 and "No space left" in result.err and "free some space" in result.err, result.err
    assert not (world.folder / "big.bin.snap").exists()
    for args in (["log", "metric", "late", "1", "--run", "kept"], ["log", "artifact", "big.bin", "--run", "kept"]):
        result = attempt(world, *args)
        assert result.code in ((0, 7) if "metric" in args else (7,)), result.err
        assert result.code == 0 or "full" in result.err or "No space left" in result.err, result.err
    result = attempt(world, "run", "-n", "new", "-i", "big.bin", "--", "sh", "-c", "echo trained; exit 3")
    assert result.code == 3 and result.out == "trained\n" and "warning" in result.err, result.err
    result = attempt(world, "run", "--strict", "-i", "big.bin", "--", "touch", "ran")
    assert result.code == 125 and not (world.folder / "ran").exists(), result.err
    # What only reads does not need any space.
    assert attempt(world, "list").code == 0
    assert attempt(world, "restore", "kept:data", "--to", "copy").code == 0
    assert attempt(world, "diff", "kept", "--json").code == 0
    filler.unlink()
    world.mlr("verify")
    now = world.mlr("show", "kept", "--json").json
    for key in ("id", "status", "params", "inputs", "outputs", "artifacts", "logs", "code"):
        assert now[key] == kept[key], key
    world.mlr("snapshot", "big.bin")
    world.mlr("restore", "big.bin.snap", "--to", "again")
    assert (world.folder / "again").read_bytes() == (world.folder / "big.bin").read_bytes()
    world.mlr("run", "-i", "big.bin", "--", "true")
    assert all(run["status"] != "running" for run in world.mlr("list", "--json").json["runs"])


def test_a_disk_that_fills_while_the_command_runs(world):
    """The output that fits is kept; the rest reaches the terminal all the same."""
    filler = world.folder / STORE / "tmp" / "filler"
    (world.folder / STORE / "tmp").mkdir(exist_ok=True)
    script = f"echo first; head -c 8000000 /dev/zero > {filler}; head -c 300000 /dev/zero | tr '\\0' x; echo last >&2; exit 4"
    result = attempt(world, "run", "-n", "new", "--", "sh", "-c", script)
    assert result.code == 4
    assert result.out.startswith("first\n") and len(result.out) == 300_006
    assert "last\n" in result.err and "No space left" in result.err
    filler.unlink()
    runs = world.mlr("list", "--json").json["runs"]
    assert [run["status"] for run in runs if run["name"] == "new"] == ["failed"]
    assert world.mlr("show", "new", "--json").json["exit_code"] == 4
    assert world.mlr("show", "new", "--logs").out.startswith("first\n")
    world.mlr("verify")


def test_the_last_bytes_of_the_disk(world):
    """Metric by metric until nothing fits any more: each that was accepted is there."""
    fill(world, 100_000)
    accepted = 0
    for _ in range(60):
        result = attempt(world, "log", "--stdin", "--run", "kept", input=b'{"metric":"late","value":1}\n' * 50)
        assert result.code in (0, 7), result.err
        accepted += result.code == 0
        if result.code == 7:
            break
    assert result.code == 7
    metrics = world.mlr("show", "kept", "--json").json["metrics"]
    assert metrics.get("late", {"count": 0})["count"] == 50 * accepted


def test_a_users_disk_that_is_full(workshop, tmp_path):
    """`restore` to it leaves nothing behind, and nothing of what was there is touched."""
    world = copy_world(workshop, tmp_path / "w")
    target = tmp_path / "small"
    target.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(target)],
                                           capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        world.write("data/b.bin", os.urandom(300_000))
        world.mlr("snapshot", "data")
        (target / "copy").mkdir()
        (target / "copy" / "mine.txt").write_text("mine")
        before = contents(target)
        result = attempt(world, "restore", "data.snap", "--to", target / "copy", "--force")
        assert result.code == 7 and "No space left" in result.err
        assert differing(before, contents(target)) == []
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)


@pytest.mark.parametrize("count, memory", [(200_000, "1GB"), (1_500_000, "64MB")])
def test_rows_of_a_query(world, count, memory):
    """Where the file finds no room, and where already the rows on their way to it find none."""
    sqlite3.connect(world.folder / "s.db").executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1)").connection.close()
    world.environment["MLREPRO_TABLE_MEMORY"] = memory
    sql = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i, hex(randomblob(16)) AS h FROM n"
    result = attempt(world, "snapshot", "--sql", sql, "--from", "sqlite:s.db", "-n", "rows")
    assert result.code == 7 and ("No space left" in result.err or "does not fit" in result.err), result.err
    names = [item["name"] for item in world.mlr("list", "snapshots", "--json").json["snapshots"]]
    assert "rows" not in names
    assert [path.name for path in (world.folder / STORE / "tmp").iterdir() if "tables" in path.name] == []
