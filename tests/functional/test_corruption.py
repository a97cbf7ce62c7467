# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to the files of a store: damage is named, wrong bytes are never handed out, and
what is sound can still be used. Nothing here knows what the files below objects/ are called."""

import os
import random
import shutil
import sqlite3
import subprocess

import pytest

from conftest import BINARY, Result
from faults import EVERYWHERE, STORE, contents, copy_world, differing

DAMAGES = {
    "flipped": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0x10]) + data[len(data) // 2 + 1 :],
    "first-byte": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "last-byte": lambda data: data[:-1] + bytes([data[-1] ^ 0x80]),
    "truncated": lambda data: data[: len(data) * 2 // 3],
    "longer": lambda data: data + b"x",
    "emptied": lambda data: b"",
    "zeroed": lambda data: bytes(len(data)),
    "removed": None,
}


def object_files(world):
    found = sorted(path for path in (world.folder / STORE / "objects").rglob("*")
                   if path.is_file() and path.stat().st_size > 0)
    assert found
    return found if EVERYWHERE else found[:: max(1, len(found) // 6)]


def damage(path, kind):
    if DAMAGES[kind] is None:
        path.unlink()
        return
    path.chmod(0o600)
    path.write_bytes(DAMAGES[kind](path.read_bytes()))


def attempt(world, *args, env=None, **more):
    return Result(subprocess.run([BINARY, *map(str, args)], cwd=world.folder, env={**world.environment, **(env or {})},
                                 capture_output=True, timeout=120, **more))


@pytest.mark.parametrize("kind", DAMAGES)
def test_each_object(workshop, tmp_path, kind):
    sound = copy_world(workshop, tmp_path / "sound")
    sound.mlr("restore", "kept:data", "--to", "copy")
    sound.mlr("restore", "kept", "--to", "code")
    expected = {name: contents(sound.folder / name) for name in ("copy", "code")}
    logs = sound.mlr("show", "kept", "--logs").raw_out
    run = sound.mlr("show", "kept", "--json").json["id"]
    snapshots = {item["id"] for item in sound.mlr("list", "snapshots", "--json").json["snapshots"]}
    felt = 0
    for number in range(len(object_files(sound))):
        world = copy_world(workshop, tmp_path / "w")
        path = object_files(world)[number]
        damage(path, kind)
        where = (path, kind)
        checked = attempt(world, "verify", "--json")
        # Bytes that carry nothing: then everything must come out right, as is seen below.
        if checked.code != 0:
            assert checked.code == 1, where
            damaged = checked.json["damaged"]
            assert damaged, where
            for item in damaged:
                assert item["problem"] and item["object"].startswith("sha256:"), where
                assert item["runs"] in ([], [run]) and set(item["snapshots"]) <= snapshots, where
            assert any(item["runs"] or item["snapshots"] for item in damaged), where
            text = attempt(world, "verify").out
            assert all(item["object"].removeprefix("sha256:")[:12] in text for item in damaged), where
        names = {item["object"].removeprefix("sha256:") for item in checked.json["damaged"]}
        for name, args in {
            "copy": ["restore", "kept:data", "--to", "copy"],
            "code": ["restore", "kept", "--to", "code"],
            "logs": ["show", "kept", "--logs"],
            "verdict": ["reproduce", "kept"],
        }.items():
            result = attempt(world, *args)
            assert result.code in (0, 6), (where, args, result.err)
            if result.code == 6:
                felt += 1
                assert any(digest in result.err for digest in names), (where, args, result.err)
                assert not (world.folder / name).exists(), (where, args)
                assert result.out == "", (where, args)
            elif name in expected:
                assert differing(expected[name], contents(world.folder / name)) == [], (where, args)
            elif name == "logs":
                assert result.raw_out == logs, where
        world.mlr("list")
        world.mlr("show", "kept")
        world.mlr("run", "--", "true")
    assert felt or kind in ("first-byte", "last-byte", "longer")


def break_database(world, content):
    """With nothing in the log beside it, from which SQLite would take what the file lacks."""
    path = world.folder / STORE / "mlrepro.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    path.write_bytes(content(path.read_bytes()) if callable(content) else content)
    return path


DATABASES = {
    "text": b"this is no database, but it is long enough to look at\n" * 300,
    "short": b"x",
    "half": lambda data: data[: len(data) // 2],
    "a-page-and-a-half": lambda data: data[:6000],
    "zeroed": lambda data: bytes(len(data)),
    "header-only": lambda data: data[:100],
    "middle-zeroed": lambda data: data[:4096] + bytes(len(data) - 8192) + data[-4096:],
    "middle-noise": lambda data: data[:4096] + random.Random(1).randbytes(len(data) - 4096),
}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_damaged_database(workshop, tmp_path, kind):
    world = copy_world(workshop, tmp_path / "w")
    path = break_database(world, DATABASES[kind])
    before = path.read_bytes()
    for args in (["list"], ["show", "kept"], ["verify"], ["snapshot", "new.py", "--no-pointer"],
                 ["log", "metric", "m", "1", "--run", "kept"], ["restore", "kept:data", "--to", "copy"]):
        result = attempt(world, *args)
        assert result.code == 6, (args, result.out, result.err)
        lines = result.err.splitlines()
        assert lines[0].startswith("mlrepro: store '") and "mlrepro.db" in lines[0], result.err
        assert lines[1].startswith("hint: ") and len(lines) == 2, result.err
        assert attempt(world, *args, "--json").error["kind"] == "corrupt"
    assert path.read_bytes() == before
    assert not (world.folder / "copy").exists()
    assert attempt(world, "run", "--", "sh", "-c", "exit 3").code == 3
    assert attempt(world, "run", "--strict", "--", "touch", "ran").code == 125
    assert not (world.folder / "ran").exists()


def test_an_empty_database_file_is_not_taken_for_a_new_store(workshop, tmp_path):
    """A crash of the file system leaves such files; the objects beside it are the user's data."""
    world = copy_world(workshop, tmp_path / "w")
    break_database(world, b"")
    result = attempt(world, "list")
    assert result.code == 6 and "mlrepro.db" in result.err and "hint: " in result.err, (result.out, result.err)
    assert attempt(world, "snapshot", "new.py").code == 6
    assert (world.folder / STORE / "mlrepro.db").stat().st_size == 0


def test_somebody_elses_database(workshop, tmp_path):
    world = copy_world(workshop, tmp_path / "w")
    path = world.folder / STORE / "mlrepro.db"
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE songs (title TEXT)")
    database.commit()
    database.close()
    assert "not an mlrepro database" in attempt(world, "list").err
    assert attempt(world, "snapshot", "new.py").code == 6
    database = sqlite3.connect(path)
    assert [row[0] for row in database.execute("SELECT name FROM sqlite_schema")] == ["songs"]


@pytest.mark.parametrize("args", [["list"], ["verify"], ["snapshot", "new.py"], ["init"],
                                  ["log", "metric", "m", "1", "--run", "kept"], ["restore", "kept:data", "--to", "copy"]])
def test_a_store_of_a_newer_version_is_left_alone(workshop, tmp_path, args):
    world = copy_world(workshop, tmp_path / "w")
    path = world.folder / STORE / "mlrepro.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 4711")
    database.close()
    before = contents(world.folder / STORE)
    result = attempt(world, *args)
    assert result.code == 4 and "newer mlrepro" in result.err and "4711" in result.err and "upgrade" in result.err
    after = contents(world.folder / STORE)
    after.pop(b"mlrepro.db-wal", None), after.pop(b"mlrepro.db-shm", None)
    assert differing(before, after) == []


def test_the_cache_of_known_files_is_not_trusted_blindly(workshop, tmp_path):
    """A snapshot whose content is gone from the store is taken again by the next one."""
    world = copy_world(workshop, tmp_path / "w")
    world.mlr("snapshot", "data")
    shutil.rmtree(world.folder / STORE / "objects")
    world.mlr("verify", expect=1)
    world.mlr("snapshot", "data")
    world.mlr("restore", "data.snap", "--to", "copy")
    assert differing(contents(world.folder / "data"), contents(world.folder / "copy")) == []


class TestReadOnly:
    READING = [["list"], ["show", "kept"], ["show", "kept", "--logs"], ["diff", "kept", "other"], ["diff", "kept"],
               ["list", "snapshots"], ["verify"]]
    WRITING = [["snapshot", "new.py"], ["log", "metric", "m", "1", "--run", "kept"],
               ["log", "artifact", "new.py", "--run", "kept"], ["reproduce", "kept"]]

    def check(self, world, run):
        for args in self.READING:
            result = run(*args)
            assert result.code == 0, (args, result.err)
        result = run("restore", "kept:data", "--to", world.folder.parent / "home" / "copy")
        assert result.code == 0, result.err
        for args in self.WRITING:
            result = run(*args)
            assert result.code == 7, (args, result.err)
            assert "read-only" in result.err or "ermission" in result.err, (args, result.err)
        result = run("run", "--", "sh", "-c", "exit 3")
        assert result.code == 3 and "NOT recorded" in result.err, result.err

    @pytest.fixture
    def world(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        world.mlr("run", "-n", "other", "--", "true")
        return world

    def test_mounted_so(self, world):
        store = str(world.folder / STORE)
        if os.geteuid() != 0 or subprocess.run(["mount", "--bind", store, store], capture_output=True).returncode:
            pytest.skip("mounting is not permitted here")
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", store], check=True)
            before = contents(store)
            self.check(world, lambda *args: attempt(world, *args))
            assert differing(before, contents(store)) == []
        finally:
            subprocess.run(["umount", store], check=True)

    @pytest.mark.parametrize("owner", ["nobody", "root"])
    def test_by_permission(self, world, tmp_path, owner):
        """Of another user's store, and of one's own that was made read-only."""
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            pytest.skip("only root can become another user")
        for path in [tmp_path, *tmp_path.parents]:
            if path.stat().st_mode & 0o005 != 0o005:
                path.chmod(path.stat().st_mode | 0o055)
        user = 65534 if owner == "nobody" else 0
        for root, folders, files in os.walk(world.folder.parent):
            for name in [root, *(os.path.join(root, name) for name in files + folders)]:
                os.chown(name, 65534, 65534, follow_symlinks=False)
        for root, folders, files in os.walk(world.folder / STORE):
            os.chown(root, user, user)
            os.chmod(root, 0o555)
            for name in files:
                os.chown(os.path.join(root, name), user, user)
                os.chmod(os.path.join(root, name), 0o444)

        def run(*args):
            return Result(subprocess.run(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", BINARY, *map(str, args)],
                cwd=world.folder, env=world.environment, capture_output=True, timeout=300))

        before = contents(world.folder / STORE)
        self.check(world, run)
        assert differing(before, contents(world.folder / STORE)) == []
        os.chmod(world.folder / STORE, 0)
        for args in self.READING + self.WRITING:
            result = run(*args)
            assert result.code == 7 and "ermission denied" in result.err and "hint: " in result.err, (args, result.err)
