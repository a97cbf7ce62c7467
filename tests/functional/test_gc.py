# SPDX-License-Identifier: Apache-2.0
"""gc removes what no record needs, and nothing else."""

import fcntl
import json
import os
import random
import shutil
import sqlite3
import subprocess
import time

import pytest

import store_reader
from faults import STORE, contents, differing, snapshots_of, stored_records

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


def drop_rows(project, sql):
    """As if the commands that wrote these rows had not come so far."""
    with sqlite3.connect(project.folder / STORE / "mlrepro.db") as database:
        assert database.execute(sql).rowcount > 0
    database.close()


def disk_bytes(project):
    store = project.folder / STORE
    return sum(path.stat().st_size for name in ("objects", "trash") for path in (store / name).rglob("*.pack"))


def trash(project):
    return sorted(path.name for path in (project.folder / STORE / "trash").rglob("*.pack"))


def noise(size):
    return os.urandom(size)


@pytest.fixture
def two_versions(project):
    """A folder of which the first version is on no record any more."""
    project.write("data/same.bin", noise(300_000))
    project.write("data/rows.csv", "".join(f"{i},{i * i % 9973}\n" for i in range(100_000)))
    project.write("data/old.bin", noise(400_000))
    project.write("data/small.txt", "small\n")
    project.mlr("snapshot", "data")
    (project.folder / "data/old.bin").unlink()
    project.write("data/rows.csv", "".join(f"{i},{(i * i + (i == 50_000)) % 9973}\n" for i in range(100_000)))
    project.write("data/small.txt", "changed\n")
    project.mlr("snapshot", "data")
    drop_rows(project, "DELETE FROM dataset_entries WHERE number = 1")
    return project


def assert_restores(project):
    project.mlr("verify")
    project.mlr("restore", "data.snap", "--to", "copy")
    assert differing(contents(project.folder / "data"), contents(project.folder / "copy")) == []
    shutil.rmtree(project.folder / "copy")


def test_a_store_without_garbage(workshop_copy):
    before = stored_records(workshop_copy)
    assert workshop_copy.mlr("gc", "--json").json["objects"] == 0
    result = workshop_copy.mlr("gc", "--apply", "--now", "--json").json
    assert (result["applied"], result["objects"], result["freed_bytes"]) == (True, 0, 0)
    assert stored_records(workshop_copy) == before


def test_a_dry_run_changes_nothing(two_versions):
    store = two_versions.folder / STORE
    before = contents(store)
    result = two_versions.mlr("gc", "--json").json
    assert result["applied"] is False and result["objects"] > 0 and result["bytes"] > 400_000
    assert sum(item["bytes"] for item in result["reasons"]) == result["bytes"]
    changed = {os.fsdecode(name) for name in differing(before, contents(store))}
    assert changed <= {"objects/lock.gate", "mlrepro.db-wal", "mlrepro.db-shm"}, "locks, and what a reader of the database leaves"
    assert "nothing is changed yet" in two_versions.mlr("gc").out


def test_the_trash_keeps_it_for_a_while(two_versions):
    before = disk_bytes(two_versions)
    applied = two_versions.mlr("gc", "--apply", "--json").json
    assert applied["freed_bytes"] < 10_000 and applied["trash_bytes"] > 400_000
    assert disk_bytes(two_versions) >= before - 10_000
    assert_restores(two_versions)
    assert two_versions.mlr("gc", "--apply", "--json").json["emptied_bytes"] == 0
    assert two_versions.mlr("gc", "--grace", "1h", "--json").json["emptied_bytes"] == 0
    time.sleep(1.1)
    assert two_versions.mlr("gc", "--apply", "--grace", "1s", "--json").json["emptied_bytes"] > 400_000
    assert trash(two_versions) == []
    assert disk_bytes(two_versions) < before - 400_000
    assert_restores(two_versions)


def test_now_needs_no_trash(two_versions):
    before = disk_bytes(two_versions)
    planned = two_versions.mlr("gc", "--now", "--json").json
    applied = two_versions.mlr("gc", "--apply", "--now", "--json").json
    assert (applied["objects"], applied["bytes"]) == (planned["objects"], planned["bytes"])
    assert before - disk_bytes(two_versions) == applied["freed_bytes"] > 400_000
    assert trash(two_versions) == []
    assert_restores(two_versions)
    assert two_versions.mlr("gc", "--json").json["objects"] == 0
    # What is left reads as the format says, deltas against what is no file any more among it.
    reader = store_reader.Store(two_versions.folder / STORE)
    root = bytes.fromhex(snapshots_of(two_versions)[0]["digest"][7:])
    reader.restore(root, two_versions.folder / "copy")
    assert {name: item[1] for name, item in contents(two_versions.folder / "data").items()} == \
        {name: item[1] for name, item in contents(two_versions.folder / "copy").items()}


def test_what_is_in_the_trash_comes_back_when_it_is_needed(two_versions):
    database = two_versions.folder / STORE / "mlrepro.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    two_versions.write("late.bin", noise(100_000))
    late = two_versions.mlr("snapshot", "late.bin").out.split()[0]
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    backup = database.read_bytes()
    drop_rows(two_versions, "DELETE FROM dataset_entries WHERE path = 'late.bin'")
    two_versions.mlr("gc", "--apply")
    two_versions.mlr("verify", late, expect=3)
    for name in ("mlrepro.db-wal", "mlrepro.db-shm"):
        (two_versions.folder / STORE / name).unlink(missing_ok=True)
    database.write_bytes(backup)
    two_versions.mlr("verify", late, expect=1)
    assert two_versions.mlr("gc", "--json").json["packs"]["rescued"] > 0
    assert two_versions.mlr("gc", "--apply", "--json").json["packs"]["rescued"] > 0
    two_versions.mlr("restore", late, "--to", "back.bin")
    assert (two_versions.folder / "back.bin").read_bytes() == (two_versions.folder / "late.bin").read_bytes()


def test_everything_that_is_on_record_survives(project):
    """Each way in which a record names content, and nothing but that to name it."""
    project.write("staged.py", "in the index only\n")
    project.git("add", "staged.py")
    project.write("staged.py", "in the working tree\n")
    project.write("in/a.csv", "in\n")
    project.mlr("run", "-n", "all", "-i", "in", "-o", "out", "--", "sh", "-c",
                "echo to stdout; echo to stderr >&2; mkdir out; echo o > out/o.txt")
    for name in ("ended", "live"):
        project.write(f"{name}.png", noise(3000))
    project.mlr("log", "artifact", "ended.png", "--run", "all")
    project.write("no-entry.bin", noise(2000))
    project.mlr("run", "-n", "bare", "-i", "no-entry.bin", "--", "true")
    drop_rows(project, "DELETE FROM dataset_entries WHERE path = 'no-entry.bin'")
    project.mlr("snapshot", "in", "-n", "named")
    live = project.popen("run", "-n", "live", "-i", "in", "--", "sh", "-c", "echo $MLREPRO_RUN_ID; read line",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    current = {"MLREPRO_RUN_ID": live.stdout.readline().decode().strip()}
    project.mlr("log", "artifact", "live.png", env=current)
    before, shown = stored_records(project), project.mlr("show", "all", "--json").json

    assert project.mlr("gc", "--apply", "--now", "--json").json["objects"] == 0
    assert stored_records(project) == before
    live.communicate(b"\n", timeout=300)
    project.mlr("gc", "--apply", "--now")
    project.mlr("verify")
    assert project.mlr("show", "all", "--json").json == shown
    logs = project.mlr("show", "all", "--logs")
    assert (logs.out, logs.err) == ("to stdout\n", "to stderr\n")
    for reference in ("all:in", "all:out", "named"):
        project.mlr("restore", reference, "--to", "copy")
        shutil.rmtree(project.folder / "copy")
    project.mlr("restore", "all", "--to", "code")
    assert (project.folder / "code/staged.py").read_text() == "in the working tree\n"
    store = store_reader.Store(project.folder / STORE)
    with sqlite3.connect(project.folder / STORE / "mlrepro.db") as database:
        changes = json.loads(database.execute("SELECT code_changes FROM runs WHERE name = 'all'").fetchone()[0])
    database.close()
    staged = next(change["staged"] for change in changes if change.get("staged"))
    assert store.file(bytes.fromhex(staged)) == b"in the index only\n"
    for run, name in (("all", "ended.png"), ("live", "live.png")):
        artifact = project.mlr("show", run, "--json").json["artifacts"][0]
        assert store.file(bytes.fromhex(artifact["digest"][7:])) == (project.folder / name).read_bytes()
    digest = project.mlr("show", "bare", "--json").json["inputs"][0]["digest"]
    assert store.file(bytes.fromhex(digest[7:])) == (project.folder / "no-entry.bin").read_bytes()


def test_a_store_that_is_in_use(two_versions):
    before = stored_records(two_versions)
    with open(two_versions.folder / STORE / "objects/lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        for wait in ("0", "1s"):
            refused = two_versions.mlr("gc", "--apply", "--wait", wait, expect=5)
            assert "in use" in refused.err and refused.out == ""
        assert two_versions.mlr("gc", "--json").json["objects"] > 0
    assert stored_records(two_versions) == before
    two_versions.mlr("gc", "--apply", "--wait", "0")


def test_a_folder_that_can_not_be_read_stops_it(two_versions):
    """Without it, what it needs would be taken for garbage."""
    packs = list((two_versions.folder / STORE / "objects/packs").iterdir())
    trees = [path for path in packs if path.read_bytes()[8] == 1]
    for path in trees:
        path.unlink()
    rest = {path: path.read_bytes() for path in packs if path not in trees}
    for words in (["gc"], ["gc", "--apply"], ["gc", "--apply", "--now"]):
        refused = two_versions.mlr(*words, expect=6)
        assert "not known" in refused.err and "forget" in refused.err
    assert {path: path.read_bytes() for path in rest} == rest


@ROOT_ONLY
def test_a_read_only_store(two_versions):
    store = two_versions.folder / STORE
    if subprocess.run(["mount", "--bind", store, store]).returncode != 0:
        pytest.skip("no mounting here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", store], check=True)
        assert two_versions.mlr("gc", "--json").json["objects"] > 0
        refused = two_versions.mlr("gc", "--apply", expect=7)
        assert refused.out == "" and len(refused.err.splitlines()) == 1 and "read-only" in refused.err
    finally:
        subprocess.run(["umount", store], check=True)


@pytest.mark.parametrize("words", [["--grace", "2"], ["--grace", "soon"], ["--grace", "-1d"], ["--grace", "1d", "--now"],
                                   ["--wait", "x"], ["--nonsense"], ["extra"]])
def test_what_it_does_not_understand(two_versions, words):
    two_versions.mlr("gc", "--apply", *words, expect=2)
    assert trash(two_versions) == []


def test_no_store(project):
    project.mlr("gc", expect=3)
    project.mlr("gc", "--apply", expect=3)
    assert not (project.folder / STORE).exists()
    project.mlr("init")
    assert project.mlr("gc", "--apply", "--json").json["objects"] == 0


def test_answers(two_versions):
    assert two_versions.mlr("--store", "../new", "init").code == 0
    assert two_versions.mlr("--store", "../new", "gc").out == "nothing to collect: 0 B needed\n"
    planned = two_versions.mlr("gc", "--json").json
    assert planned["schema"] == "mlrepro.collection/1"
    assert set(planned) == {"schema", "applied", "objects", "bytes", "reasons", "packs", "needed_bytes", "left_bytes",
                            "trash_bytes", "emptied_bytes", "freed_bytes", "linked_bytes"}
    text = two_versions.mlr("gc").out
    assert text.startswith(f"{planned['objects']} objects, ") and " would go; " in text
    done = two_versions.mlr("gc", "--apply").out
    assert done.startswith(f"{planned['objects']} objects, ") and " removed; " in done and "  trash: " in done


def test_a_base_goes_with_the_last_difference_from_it(project):
    project.mlr("init")
    content = bytearray(random.Random(1).randbytes(60_000))
    snapshots = []
    (project.folder / "data").mkdir()
    for version in range(3):
        content[10_000 * version:10_000 * version + 10] = b"0123456789"
        (project.folder / "data/x").write_bytes(content)
        (project.folder / "data/y").write_text(f"only in version {version}")
        snapshots.append(project.mlr("snapshot", "data", "--json").json["id"])
    project.mlr("forget", snapshots[0])
    project.mlr("forget", snapshots[1])
    result = project.mlr("gc", "--apply", "--now", "--json").json
    assert result["packs"]["rewritten"] >= 1, "the second version is a piece now, stored plainly"
    again = project.mlr("gc", "--json").json
    assert (again["objects"], again["bytes"], again["left_bytes"]) == (0, 0, 0)
    assert disk_bytes(project) < 90_000, "without the first version"
    assert_restores(project)
