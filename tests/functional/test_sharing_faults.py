# SPDX-License-Identifier: Apache-2.0
"""push and pull that are killed or fail at any call, and beside gc: a remote stays readable, a run
is there as a whole or not at all, and the next push or pull completes the work."""

import errno
import os
import shutil
import subprocess
import threading

import pytest

from conftest import new_project
from faults import (
    EVERYWHERE,
    PARTS,
    STORE,
    calls_of,
    contents,
    copy_world,
    differing,
    injection,
    snapshots_of,
    trace_calls,
    users_files,
)
from test_kill import kill, killings


@pytest.fixture(scope="module")
def shared(workshop, tmp_path_factory):
    """A workshop with a remote that has its first run, and a second run that it lacks. Beside it a
    place that pulls."""
    world = copy_world(workshop, tmp_path_factory.mktemp("shared") / "w")
    (world.folder.parent / "share").mkdir()
    world.mlr("remote", "add", "origin", "../share")
    world.mlr("push")
    world.write("data/big.csv", "".join(f"{i},{i * i % 9973}\n" for i in range(60_000)))
    world.mlr("run", "-n", "new", "-i", "data", "-o", "model.txt", "--", "sh", "train.sh")
    return world


def place_of(world):
    """A copy of a shared world with its remote where its own copy is."""
    set_remote(world, world.folder.parent / "share")
    world.share = world.folder.parent / "share"
    return world


def set_remote(world, share):
    world.mlr("remote", "remove", "origin")
    world.mlr("remote", "add", "origin", share)


def puller(world, name="puller"):
    top = world.folder.parent / name
    shutil.rmtree(top, ignore_errors=True)
    other = new_project(top)
    other.mlr("remote", "add", "origin", world.share)
    return other


def runs_of(world):
    return {run["name"] for run in world.mlr("list", "--json").json["runs"]}


def assert_pulls(world, names, where):
    """Whoever pulls now gets these runs, whole."""
    other = puller(world, "check")
    pulled = other.mlr("pull", "--json").json
    assert pulled["incomplete"] == [], where
    assert runs_of(other) == names, where
    other.mlr("verify")
    for name in names:
        assert other.mlr("show", name, "--json").json == world.mlr("show", name, "--json").json, where


@pytest.mark.parametrize("part", range(PARTS))
def test_push_killed_anywhere(shared, tmp_path, part):
    calls = calls_of(shared, tmp_path, "push", prepare=place_of)
    assert len(calls) > 10
    for at, action in killings(calls, part):
        world = place_of(copy_world(shared, tmp_path / "w"))
        files = users_files(world)
        kill(world, ["push"], at, action)
        where = (at, action, calls[at - 1])
        world.mlr("verify")
        other = puller(world, "check")
        assert other.mlr("pull", "--json").json["incomplete"] == [], where
        assert runs_of(other) in ({"kept"}, {"kept", "new"}), where
        world.mlr("push")
        assert_pulls(world, {"kept", "new"}, where)
        assert world.mlr("push", "--json").json["records"] == 0, where
        assert differing(files, users_files(world)) == [], where


@pytest.mark.parametrize("part", range(PARTS))
def test_pull_killed_anywhere(shared, tmp_path, part):
    world = place_of(copy_world(shared, tmp_path / "w"))
    world.mlr("push")
    calls = trace_calls(puller(world, "count"), "pull")
    assert len(calls) > 10
    remote = contents(world.share)
    for at, action in killings(calls, part):
        other = puller(world)
        kill(other, ["pull"], at, action)
        where = (at, action, calls[at - 1])
        other.mlr("verify")
        for name in runs_of(other):
            assert other.mlr("show", name, "--json").json == world.mlr("show", name, "--json").json, where
            other.mlr("restore", name, "--to", "code")
            shutil.rmtree(other.folder / "code")
        other.mlr("pull")
        assert runs_of(other) == {"kept", "new"}, where
        assert snapshots_of(other) == snapshots_of(world), where
        other.mlr("verify")
        other.mlr("gc", "--apply", "--now")
        left = other.mlr("gc", "--json").json
        assert (left["objects"], left["bytes"]) == (0, 0), where
        assert differing(remote, contents(world.share)) == [], where


FAULTS = {"no-space": (errno.ENOSPC, True, "create,write,sync,name"), "stale": (errno.ESTALE, False, "create,write,sync,name,open,read")}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_remote_that_fails(shared, tmp_path, fault):
    error, goes_on, kinds = FAULTS[fault]
    first = place_of(copy_world(shared, tmp_path / "count"))
    calls = trace_calls(first, "push", calls=kinds, under=first.share)
    assert calls
    for at in range(1, len(calls) + 1, 1 if EVERYWHERE else 7):
        world = place_of(copy_world(shared, tmp_path / "w"))
        fails = injection("fail", at, until=10**9 if goes_on else None, error=error, calls=kinds, under=world.share)
        process = world.popen("push", env=fails, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=300)
        where = (fault, at, calls[at - 1], err)
        assert process.returncode in (0, 6, 8), where
        if process.returncode == 8:
            assert b"remote 'origin'" in err, where
        if goes_on:
            assert process.returncode == 8 and b"No space left" in err, where
        assert not any((world.share / "incoming").iterdir()) if (world.share / "incoming").exists() else True, where
        world.mlr("push")
        assert_pulls(world, {"kept", "new"}, where)


def test_a_store_that_is_full_while_pulling(shared, tmp_path):
    world = place_of(copy_world(shared, tmp_path / "w"))
    world.mlr("push")
    kinds = "create,write,sync,name"
    first = puller(world, "count")
    calls = trace_calls(first, "pull", calls=kinds, under=first.folder / STORE)
    for at in range(1, len(calls) + 1, 1 if EVERYWHERE else 11):
        other = puller(world)
        fails = injection("fail", at, until=10**9, error=errno.ENOSPC, calls=kinds, under=other.folder / STORE)
        process = other.popen("pull", env=fails, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=300)
        where = (at, calls[at - 1], err)
        assert process.returncode in (0, 7), where
        other.mlr("verify")
        other.mlr("pull")
        assert runs_of(other) == {"kept", "new"}, where
        other.mlr("verify")


def test_a_share_that_is_full(shared, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    world = place_of(copy_world(shared, tmp_path / "w"))
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        set_remote(world, disk)
        world.write("data/noise.bin", os.urandom(600_000))
        world.mlr("run", "-n", "noisy", "-i", "data", "--", "true")
        result = world.mlr("push", expect=8)
        assert "No space left" in result.err and "remote 'origin'" in result.err
        assert list((disk / "incoming").iterdir()) == [] and not (disk / "runs").exists()
        world.mlr("push", "kept")
        other = puller(world)
        set_remote(other, disk)
        other.mlr("pull")
        assert runs_of(other) == {"kept"}
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_beside_gc_and_new_runs(shared, tmp_path):
    """Collecting waits, or the transfer does; nothing that is on its way is lost."""
    world = place_of(copy_world(shared, tmp_path / "w"))
    other = puller(world)
    failures = []

    def loop(place, *commands):
        for number in range(6):
            words = [word.format(number=number) for word in commands[number % len(commands)]]
            process = place.popen(*words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            _, err = process.communicate(timeout=300)
            if process.returncode:
                failures.append((words, process.returncode, err.decode()))

    run = ["run", "-n", "r{number}", "-i", "data", "--", "sh", "-c", "echo {number}"]
    jobs = [(world, ["push"]), (world, run, ["push"]), (world, ["gc", "--apply", "--now"], ["optimize"]),
            (other, ["pull"]), (other, ["gc", "--apply", "--now"], ["optimize"]), (other, ["pull"], ["verify"])]
    threads = [threading.Thread(target=loop, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    world.mlr("push")
    other.mlr("pull")
    assert runs_of(other) == runs_of(world)
    for place in (world, other):
        place.mlr("verify")
    assert_pulls(world, runs_of(world), "at the end")
