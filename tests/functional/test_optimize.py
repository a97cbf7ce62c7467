# SPDX-License-Identifier: Apache-2.0
"""optimize makes a store smaller, changes nothing that is in it, and may be stopped anywhere."""

import fcntl
import hashlib
import os
import random
import shutil
import subprocess
import threading

import pytest

import store_reader
from faults import (
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
    stored_records,
    worlds_after_a_fault,
)
from test_kill import kill, killings


def packs(project):
    return sorted((project.folder / STORE / "objects/packs").iterdir())


def pack_bytes(project):
    return sum(path.stat().st_size for path in packs(project))


def efforts(project):
    """Of the blocks that are compressed without a prefix, by their heads."""
    found = set()
    for path in packs(project):
        data = path.read_bytes()
        end = int.from_bytes(data[-64:-56], "little")
        at = 16
        while at < end:
            assert data[at : at + 4] == b"MBLK"
            bases, rows = int.from_bytes(data[at + 6 : at + 8], "little"), int.from_bytes(data[at + 8 : at + 12], "little")
            if data[at + 4] in (1, 3, 4):
                found.add(data[at + 24])
            at += 32 + 32 * bases + 36 * rows + int.from_bytes(data[at + 16 : at + 20], "little")
    return found


def rows(count, seed):
    chance = random.Random(seed)
    return [f"{i},{chance.choice(['north', 'south', 'east'])},{chance.randrange(400)},{chance.random():.4f}\n" for i in range(count)]


@pytest.fixture(scope="module")
def recorded(workshop, tmp_path_factory):
    """A workshop with big and small files of several kinds, in versions, each in a pack of its own."""
    world = copy_world(workshop, tmp_path_factory.mktemp("recorded") / "w")
    lines = rows(60_000, 1)
    chance = random.Random(2)
    weights = b"".join(chance.randrange(2**16).to_bytes(2, "little") + b"\x3e\x3c" for _ in range(100_000))
    world.write("big/weights.bin", weights)
    world.write("big/noise.bin", os.urandom(150_000))
    for i in range(40):
        world.write(f"big/small/{i}.csv", "".join(lines[i * 20 : i * 20 + 20]))
    for version in range(3):
        lines[20_000 * version + 7] = f"changed in version {version}\n"
        world.write("big/rows.csv", "".join(lines))
        world.mlr("snapshot", "big", "--no-pointer", "-n", f"version-{version}")
    return world


@pytest.fixture
def store(recorded, tmp_path):
    return copy_world(recorded, tmp_path / "w")


def assert_as_it_was(world, memory, where=None):
    world.mlr("verify")
    memory.assert_kept(world)
    world.mlr("restore", "version-2", "--to", world.folder.parent / "restored")
    assert differing(contents(world.folder / "big"), contents(world.folder.parent / "restored")) == [], where
    shutil.rmtree(world.folder.parent / "restored")


def test_it_takes_less_room_and_everything_is_there(store):
    memory, before, objects = Memory(store), pack_bytes(store), stored_records(store)
    assert efforts(store) == {0}
    result = store.mlr("optimize", "--json").json
    assert result["schema"] == "mlrepro.optimization/1"
    assert result["level"] == 12
    assert result["packs"] == {"rewritten": result["packs"]["rewritten"], "left": 0, "skipped": 0}
    assert (result["bytes_before"], result["bytes_after"]) == (before, pack_bytes(store))
    assert pack_bytes(store) < 0.98 * before, "a part of it is chance, which no effort makes smaller"
    assert len(packs(store)) == 2, "one of content, one of folders"
    assert efforts(store) == {12}
    assert stored_records(store) == objects
    assert_as_it_was(store, memory)
    assert_store_is_tidy(store)
    left = store.mlr("gc", "--json").json
    assert (left["objects"], left["bytes"]) == (0, 0)


def test_another_program_reads_it(store, tmp_path):
    store.mlr("optimize")
    reader = store_reader.Store(store.folder / STORE)
    roots = {item["name"]: bytes.fromhex(item["digest"][7:]) for item in snapshots_of(store)}
    reader.restore(roots["version-2"], tmp_path / "restored")
    expected = {name: entry[1] for name, entry in contents(store.folder / "big").items()}
    assert {name: entry[1] for name, entry in contents(tmp_path / "restored").items()} == expected


def test_again_and_with_more_and_less_effort(store):
    store.mlr("optimize", "--level", "5")
    first, files = pack_bytes(store), packs(store)
    again = store.mlr("optimize", "--level", "5", "--json").json
    assert (again["packs"]["rewritten"], again["packs"]["left"]) == (0, 2)
    assert store.mlr("optimize", "--level", "3").out.startswith("nothing to compress: ")
    assert packs(store) == files
    store.mlr("optimize", "--level", "19")
    assert pack_bytes(store) <= first
    assert efforts(store) == {19}


def test_what_is_recorded_later_is_joined(store):
    store.mlr("optimize")
    store.write("big/later.csv", "".join(rows(20_000, 3)))
    store.mlr("snapshot", "big", "--no-pointer", "-n", "version-2")
    memory = Memory(store)
    assert len(packs(store)) > 2
    store.mlr("optimize")
    assert len(packs(store)) == 2
    assert efforts(store) == {12}
    assert_as_it_was(store, memory)


def test_content_that_no_effort_makes_smaller_is_looked_at_once(project):
    # 16 symbols: what is left to gain is about nothing at any level.
    project.write("digits.txt", os.urandom(400_000).hex())
    project.mlr("snapshot", "digits.txt")
    project.mlr("optimize")
    assert efforts(project) == {12}
    assert project.mlr("optimize", "--json").json["packs"]["rewritten"] == 0
    project.mlr("verify")


def test_an_empty_store(project):
    project.mlr("init")
    assert project.mlr("optimize").out == "nothing to compress: 0 B in packs\n"


@pytest.mark.parametrize("level", ["1", "20", "-3", "9.5", "hard", "1e1000"])
def test_levels_that_are_none(store, level):
    before = contents(store.folder / STORE / "objects")
    refused = store.mlr("optimize", f"--level={level}", expect=2)
    assert refused.err.startswith(f"mlrepro: --level '{level}': not a level of zstd")
    assert differing(before, contents(store.folder / STORE / "objects")) == []


def test_damage_is_left_alone_and_named(store):
    """All packs of one kind are small and would become one; the damaged one stays out of it."""
    victim = max(packs(store), key=lambda path: path.stat().st_size)
    sound = victim.read_bytes()
    data = bytearray(sound)
    data[len(data) // 2] ^= 0x10
    victim.chmod(0o600)
    victim.write_bytes(data)
    found = store.mlr("verify", "--json", expect=1).json["damaged"]
    said = store.mlr("optimize")
    assert "1 pack skipped: damaged, or exchanged meanwhile; 'mlrepro verify'" in said.out
    assert victim.read_bytes() == data
    assert len(packs(store)) == 3
    assert store.mlr("verify", "--json", expect=1).json["damaged"] == found
    victim.write_bytes(sound)
    store.mlr("verify")
    store.mlr("optimize")
    assert len(packs(store)) == 2


def test_another_process_exchanges_packs(store):
    with open(store.folder / STORE / "objects/merge.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = store.popen("optimize", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=1)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, b""), out


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_anywhere(recorded, tmp_path, part):
    calls = calls_of(recorded, tmp_path, "optimize", "--level", "2")
    assert len(calls) > 10
    for at, action in killings(calls, part):
        world = copy_world(recorded, tmp_path / "w")
        memory = Memory(world, recorded)
        kill(world, ["optimize", "--level", "2"], at, action)
        where = (at, action, calls[at - 1])
        assert_as_it_was(world, memory, where)
        world.mlr("optimize", "--level", "2")
        assert_as_it_was(world, memory, where)
        assert_store_is_tidy(world)
        assert len(packs(world)) == 2, where


@pytest.mark.parametrize("fault", STORE_FAULTS)
def test_calls_that_fail(recorded, tmp_path, fault):
    command = ["optimize", "--level", "2"]
    for world, memory, code, where in worlds_after_a_fault(recorded, tmp_path, command, fault):
        assert code in (0, 6, 7), where
        assert_as_it_was(world, memory, where)
        world.mlr(*command)
        assert_as_it_was(world, memory, where)
        assert_store_is_tidy(world)


def test_destroyed_content_is_in_no_file_afterwards(store):
    """forget --content comes while optimize is writing: it waits, or what was written is dropped."""
    secret = "".join(random.Random(9).choices("abcdefgh", k=300_000))
    store.write("secret.txt", secret)
    store.mlr("snapshot", "secret.txt", "--no-pointer")
    ends = threading.Event()

    def optimize():
        level = 2
        while not ends.is_set():
            store.mlr("optimize", "--level", str(level))
            level = min(level + 1, 19)

    thread = threading.Thread(target=optimize)
    thread.start()
    try:
        store.mlr("forget", "secret.txt", "--content")
    finally:
        ends.set()
        thread.join()
    kept = store_reader.Store(store.folder / STORE)
    digest = hashlib.sha256(secret.encode()).digest()
    assert digest not in {key for pack in kept.packs for key, _, _, _ in pack.records}
    assert list((store.folder / STORE / "tmp").iterdir()) == []
    store.mlr("verify")
