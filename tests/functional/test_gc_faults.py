# SPDX-License-Identifier: Apache-2.0
"""gc that is killed or fails at any call, and gc beside all that uses the store: nothing that is
on record is lost, and the next gc finishes the work."""

import os
import random
import shutil
import subprocess
import threading
import time

import pytest

import store_reader
from faults import (
    EVERYWHERE,
    PARTS,
    STORE,
    STORE_FAULTS,
    Memory,
    assert_store_is_tidy,
    calls_of,
    contents,
    copy_world,
    differing,
    snapshots_of,
    users_files,
    worlds_after_a_fault,
)
from test_kill import kill, killings

MODES = {"trash": ["gc", "--apply"], "now": ["gc", "--apply", "--now"]}


@pytest.fixture(scope="module")
def littered(workshop, tmp_path_factory):
    """A workshop with all kinds of garbage: whole packs, parts of packs, versions that others were
    stored as differences from, and something in the trash."""
    world = copy_world(workshop, tmp_path_factory.mktemp("littered") / "w")
    rows = [f"{i},{i * i % 9973}\n" for i in range(60_000)]
    world.write("big/rows.csv", "".join(rows))
    world.write("big/noise.bin", os.urandom(150_000))
    world.mlr("snapshot", "big", "--no-pointer", "-n", "one")
    world.mlr("forget", "one")
    world.mlr("gc", "--apply")
    world.mlr("snapshot", "big", "--no-pointer", "-n", "two")
    rows[30_000] = "changed\n"
    world.write("big/rows.csv", "".join(rows))
    world.write("big/more.bin", os.urandom(150_000))
    world.mlr("snapshot", "big", "--no-pointer", "-n", "three")
    world.mlr("run", "-n", "gone", "-i", "data", "-o", "out.txt", "--", "sh", "-c", "echo $$ > out.txt")
    world.mlr("forget", "two", "gone")
    return world


def assert_all_is_well(world, memory, where):
    world.mlr("verify")
    memory.assert_kept(world)
    world.mlr("restore", "three", "--to", world.folder.parent / "three")
    big = world.folder / "big"
    assert differing(contents(big), contents(world.folder.parent / "three")) == [], where
    shutil.rmtree(world.folder.parent / "three")
    assert differing(memory.files, users_files(world)) == [], where


def assert_nothing_is_left(world, where):
    assert_store_is_tidy(world)
    left = world.mlr("gc", "--json").json
    assert (left["objects"], left["bytes"], left["left_bytes"]) == (0, 0, 0), where


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("mode", MODES)
def test_killed_anywhere(littered, tmp_path, mode, part):
    calls = calls_of(littered, tmp_path, *MODES[mode])
    assert len(calls) > 20
    for at, action in killings(calls, part):
        world = copy_world(littered, tmp_path / "w")
        memory = Memory(world, littered)
        kill(world, MODES[mode], at, action)
        where = (mode, at, action, calls[at - 1])
        assert_all_is_well(world, memory, where)
        world.mlr(*MODES[mode])
        assert_all_is_well(world, memory, where)
        assert_nothing_is_left(world, where)


@pytest.mark.parametrize("fault", STORE_FAULTS)
@pytest.mark.parametrize("mode", MODES)
def test_calls_that_fail(littered, tmp_path, mode, fault):
    for world, memory, code, where in worlds_after_a_fault(littered, tmp_path, MODES[mode], fault):
        assert code in (0, 5, 6, 7), where
        assert_all_is_well(world, memory, where)
        world.mlr(*MODES[mode])
        assert_all_is_well(world, memory, where)
        assert_nothing_is_left(world, where)


class Crowd:
    """Threads that each drive their own mlrepro processes on one store until time is up and all have done something."""

    def __init__(self, world, seconds):
        self.world, self.until = world, time.monotonic() + seconds
        self.failures, self.recorded, self.lock = [], [], threading.Lock()
        self.counts = dict.fromkeys(("snapshots", "restores", "collections", "runs"), 0)

    def command(self, *args, allowed=(0,), env=None):
        process = self.world.popen(*args, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(timeout=300)
        if process.returncode not in allowed:
            self.failures.append((args, process.returncode, err.decode()))
        return process.returncode, out.decode()

    def loop(self, action):
        number = 0
        while not self.failures and (time.monotonic() < self.until or
                                     (not all(self.counts.values()) and time.monotonic() < self.until + 120)):
            number += 1
            action(number)

    def snapshot(self, who):
        choice = random.Random(who)
        folder = self.world.folder / f"data{who}"

        def action(number):
            # New content, content of others, and content that was collected a moment ago.
            (folder / f"{choice.randrange(6)}.bin").write_bytes(os.urandom(choice.randrange(1, 90_000)))
            rows = [f"{i},{i * i % 997}\n" for i in range(20_000)]
            rows[choice.randrange(len(rows))] = f"{who} {number}\n"
            (folder / "rows.csv").write_text("".join(rows))
            (folder / "shared.txt").write_text(f"{choice.randrange(4)}\n" * 5_000)
            code, out = self.command("snapshot", f"data{who}", "--no-pointer", "--json")
            if code == 0:
                self.counts["snapshots"] += 1
                item = __import__("json").loads(out)
                with self.lock:
                    self.recorded.append((item["id"], contents(folder)))
                if number % 2 == 0:
                    self.forget_one(choice)

        folder.mkdir()
        self.loop(action)

    def forget_one(self, choice):
        with self.lock:
            if len(self.recorded) < 4:
                return
            gone, _ = self.recorded.pop(choice.randrange(len(self.recorded)))
        self.command("forget", gone)

    def restore(self, _):
        choice = random.Random(7)

        def action(number):
            with self.lock:
                if not self.recorded:
                    return
                place = choice.randrange(len(self.recorded))
                item, expected = self.recorded.pop(place)  # nobody forgets it meanwhile
            target = self.world.folder.parent / f"restored{number}"
            code, _ = self.command("restore", item, "--to", target)
            if code == 0:
                self.counts["restores"] += 1
                if differing(expected, contents(target)):
                    self.failures.append(("restored something else", item))
                shutil.rmtree(target)
            with self.lock:
                self.recorded.append((item, expected))

        self.loop(action)

    def run(self, _):
        def action(number):
            self.world.write("in.bin", os.urandom(30_000))
            code, _ = self.command("run", "-n", f"run{number}", "-i", "in.bin", "--", "sh", "-c", "echo said")
            if code == 0:
                self.counts["runs"] += 1
                self.command("show", f"run{number}", "--logs")
                if number % 2:
                    self.command("forget", f"run{number}")

        self.loop(action)

    def collect(self, _):
        def action(number):
            words = (["gc", "--apply", "--now"], ["optimize", "--level", "3"], ["gc", "--apply"], ["gc"], ["verify"])[number % 5]
            code, _ = self.command(*words)
            self.counts["collections"] += code == 0

        self.loop(action)


@pytest.mark.parametrize("seconds", [6, pytest.param(150, marks=pytest.mark.skipif(
    not EVERYWHERE, reason="takes minutes: set MLREPRO_TEST_FAULTS=1"))])
def test_beside_everything_else(project, seconds):
    project.mlr("init")
    crowd = Crowd(project, seconds)
    roles = [(crowd.snapshot, 1), (crowd.snapshot, 2), (crowd.restore, 0), (crowd.run, 0), (crowd.collect, 0)]
    threads = [threading.Thread(target=role, args=(who,)) for role, who in roles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crowd.failures == []
    assert all(crowd.counts.values()), crowd.counts
    project.mlr("verify")
    project.mlr("gc", "--apply", "--now")
    project.mlr("verify")
    assert {item for item, _ in crowd.recorded} <= {item["id"] for item in snapshots_of(project)}
    reader = store_reader.Store(project.folder / STORE)
    roots = {item["id"]: bytes.fromhex(item["digest"][7:]) for item in snapshots_of(project)}
    for item, expected in crowd.recorded:
        target = project.folder.parent / "again"
        project.mlr("restore", item, "--to", target)
        assert differing(expected, contents(target)) == []
        shutil.rmtree(target)
        reader.restore(roots[item], target)
        assert {name: entry[1] for name, entry in expected.items()} == {name: entry[1] for name, entry in contents(target).items()}
        shutil.rmtree(target)
    left = project.mlr("gc", "--json").json
    assert (left["objects"], left["bytes"]) == (0, 0), crowd.counts
    assert left["left_bytes"] * 9 <= left["needed_bytes"], "big packs may keep one part in ten that nothing needs"
