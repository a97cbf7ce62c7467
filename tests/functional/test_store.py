# SPDX-License-Identifier: Apache-2.0
import os
import sqlite3
import subprocess
import time

import pytest

from faults import EVERYWHERE, wait_for_end

VERBS = ["init", "run", "log", "snapshot", "list", "show", "diff", "reproduce", "restore", "verify"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_ends_with_examples_and_exit_codes(bare, verb):
    out = bare.mlr(verb, "--help").out
    assert "Examples:" in out and "Exit codes:" in out
    assert "mlrepro " + verb in out


@pytest.mark.parametrize("wrong, right", [("snapshto", "snapshot"), ("reprodcue", "reproduce"), ("lst", "list")])
def test_a_misspelt_verb_gets_a_suggestion(bare, wrong, right):
    assert f"did you mean '{right}'" in bare.mlr(wrong, expect=2).err


def test_a_misspelt_option_gets_a_suggestion(project):
    assert "--experiment" in project.mlr("run", "--experimnt", "x", "--", "true", expect=2).err
    assert "--require-clean" in project.mlr("run", "--require-claen", "--", "true", expect=2).err


def test_errors_are_json_objects_when_asked(bare):
    error = bare.mlr("show", "@1", "--json", expect=3).error
    assert set(error) == {"kind", "message", "hint"} and error["kind"] == "not_found"


def test_a_store_that_is_a_file(project):
    project.write(".mlrepro", "not a folder")
    assert ".mlrepro" in project.mlr("init", expect=2).err
    project.mlr("list", expect=2)


def test_the_store_ignores_itself_in_git(project):
    project.mlr("init")
    assert project.git("status", "--porcelain") == ""
    assert project.mlr("init", "--json").json["created"] is False


def test_a_newer_store_is_refused(project):
    project.mlr("run", "--", "true")
    database = sqlite3.connect(project.folder / ".mlrepro/mlrepro.db")
    database.execute("PRAGMA user_version = 999")
    database.commit()
    database.close()
    assert "newer" in project.mlr("list", expect=4).err


def break_database(project):
    """Its write-ahead log, too: what is still in there is read from there."""
    for name in ("mlrepro.db", "mlrepro.db-wal"):
        (project.folder / ".mlrepro" / name).write_bytes(b"garbage" * 1000)


def test_a_corrupted_database_is_named(project):
    project.mlr("run", "--", "true")
    break_database(project)
    assert "mlrepro.db" in project.mlr("list", expect=6).err


def test_a_broken_store_does_not_stop_training(project):
    project.mlr("run", "--", "true")
    break_database(project)
    result = project.mlr("run", "--", "sh", "-c", "echo trained; exit 5", expect=5)
    assert result.out == "trained\n" and "NOT recorded" in result.err
    project.mlr("run", "--strict", "--", "touch", "ran", expect=125)
    assert not (project.folder / "ran").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs mount")
def test_a_read_only_store_can_be_read(project):
    project.mlr("run", "-n", "a", "-p", "x=1", "--", "true")
    project.mlr("run", "-n", "b", "-p", "x=2", "--", "true")
    store = str(project.folder / ".mlrepro")
    if subprocess.run(["mount", "--bind", store, store], capture_output=True).returncode != 0:
        pytest.skip("mount is not permitted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", store], check=True)
        assert len(project.mlr("list", "--json").json["runs"]) == 2
        assert project.mlr("diff", "a", "b", "--json").json["params"][0]["key"] == "x"
        result = project.mlr("run", "--", "sh", "-c", "exit 3", expect=3)
        assert "NOT recorded" in result.err
        project.mlr("snapshot", "train.sh", expect=7)
    finally:
        subprocess.run(["umount", store], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs mount")
def test_a_full_disk_costs_the_record_not_the_training(project, tmp_path):
    store = tmp_path / "small"
    store.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(store)], capture_output=True).returncode:
        pytest.skip("mount is not permitted here")
    try:
        project.mlr("--store", store, "run", "-n", "before", "--", "true")
        project.write("big.bin", os.urandom(3_000_000))
        project.mlr("--store", store, "snapshot", "big.bin", "--no-pointer", expect=7)
        result = project.mlr("--store", store, "run", "-i", "big.bin", "--", "sh", "-c", "echo trained")
        assert result.out == "trained\n" and "No space left" in result.err
        project.mlr("--store", store, "verify")
        assert project.mlr("--store", store, "show", "before", "--json").json["status"] == "finished"
    finally:
        subprocess.run(["umount", str(store)], check=True)


def is_sound(project):
    project.mlr("verify")
    project.git("fsck", "--strict")
    assert not [name for name in os.listdir(project.folder) if "mlrepro-restore" in name]


@pytest.mark.parametrize("step", range(12) if EVERYWHERE else (0, 2, 4, 7, 11))
def test_kill_run_at_many_points(project, step):
    project.write("data.csv", "1\n" * 1000)
    project.mlr("run", "-n", "kept", "-i", "data.csv", "--", "true")
    status = project.git("status", "--porcelain")
    process = project.popen("run", "-i", "data.csv", "-o", "out.txt", "--", "sh", "-c", "echo x > out.txt",
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.004 * step)
    process.kill()
    process.wait()
    assert all(run["status"] in ("finished", "lost") for run in wait_for_end(project))
    assert project.mlr("show", "kept", "--json").json["status"] == "finished"
    is_sound(project)
    (project.folder / "out.txt").unlink(missing_ok=True)
    assert project.git("status", "--porcelain") == status
    assert os.listdir(project.folder / ".mlrepro/runs") == []
    assert os.listdir(project.folder / ".mlrepro/tmp") == []


@pytest.mark.parametrize("step", range(12) if EVERYWHERE else (0, 2, 4, 7, 11))
def test_kill_snapshot_and_restore_at_many_points(project, step):
    for i in range(60):
        project.write(f"data/{i}.bin", os.urandom(20_000))
    before = {p.name: p.read_bytes() for p in (project.folder / "data").iterdir()}
    process = project.popen("snapshot", "data", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.006 * step)
    process.kill()
    process.wait()
    assert {p.name: p.read_bytes() for p in (project.folder / "data").iterdir()} == before
    project.mlr("snapshot", "data")
    process = project.popen("restore", "data.snap", "--to", "copy", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.006 * step)
    process.kill()
    process.wait()
    copy = project.folder / "copy"
    if copy.exists():
        assert {p.name: p.read_bytes() for p in copy.iterdir()} == before
    project.mlr("restore", "data.snap", "--to", "copy")
    assert {p.name: p.read_bytes() for p in copy.iterdir()} == before
    is_sound(project)
