# SPDX-License-Identifier: Apache-2.0
"""Lets mlrepro's own system calls fail, or kills it there, by way of
tests/support/inject/fault_injection.c, and says what a store and a project hold."""

import errno
import fcntl
import os
import pathlib
import shutil
import stat
import subprocess
import time

import store_reader
from conftest import BINARY, Project

INJECTOR = pathlib.Path(
    os.environ.get("MLREPRO_FAULT_INJECTOR", pathlib.Path(BINARY).parent / "fault_injection.so")
)
# Every call, or a few that are spread over all of them.
EVERYWHERE = os.environ.get("MLREPRO_TEST_FAULTS") == "1"
PARTS = 8 if EVERYWHERE else 5

STORE = ".mlrepro"
CHANGES = "create,write,sync,name,remove"


def injection(action, at=0, *, until=None, error=0, calls=CHANGES, under="", trace=None):
    """The environment in which mlrepro's call number `at` fares as `action` says."""
    assert INJECTOR.exists(), f"build the target fault_injection first: there is no {INJECTOR}"
    environment = {
        "LD_PRELOAD": str(INJECTOR),
        "MLREPRO_INJECT": action,
        "MLREPRO_INJECT_AT": str(at),
        "MLREPRO_INJECT_ERRNO": str(error),
        "MLREPRO_INJECT_CALLS": calls,
        "MLREPRO_INJECT_UNDER": str(under),
        "MLREPRO_INJECT_PROGRAM": os.path.realpath(BINARY),
    }
    if until is not None:
        environment["MLREPRO_INJECT_UNTIL"] = str(until)
    if trace is not None:
        environment["MLREPRO_INJECT_TRACE"] = str(trace)
    if "ASAN_OPTIONS" in os.environ:
        environment["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    return environment


def trace_calls(world, *args, env=None, expect=0, calls=CHANGES, under="", stdin=b""):
    """What mlrepro calls when nothing goes wrong: (name, path) in order."""
    file = world.folder.parent / "calls.txt"
    file.unlink(missing_ok=True)
    counting = injection("count", calls=calls, under=under, trace=file)
    world.mlr(*args, expect=expect, stdin=stdin, env={**(env or {}), **counting})
    lines = os.fsdecode(file.read_bytes()).splitlines() if file.exists() else []
    return [tuple(line.split(" ", 2)[1:]) for line in lines]


def copy_of(template, folder, prepare):
    world = copy_world(template, folder)
    return prepare(world) if prepare else world


_calls, _kept = {}, {}


def calls_of(template, folder, *args, under=None, prepare=None, **more):
    """What trace_calls() finds in a copy of the template, made in `folder`: a command is traced once, for all
    tests that let its calls fail. `under`: a folder of the project. `prepare` makes another world of the copy."""
    key = (template.folder, args, under, prepare, repr(sorted(more.items())))
    if key not in _calls:
        world = copy_of(template, folder / "count", prepare)
        _calls[key] = trace_calls(world, *args, under="" if under is None else world.folder / under, **more)
    return _calls[key]


def spread(count, part):
    """The calls, counted from 1, that one of PARTS tests is to try."""
    if EVERYWHERE:
        return range(1 + part, count + 1, PARTS)
    return [1 + part * (count - 1) // (PARTS - 1)] if count else []


def flips_of(count):
    """How many places of a file to damage, where so many are looked at when every fault is asked for."""
    return count if EVERYWHERE else count // 7


def copy_world(template, folder):
    """A project with its store and its home, independent of the one it is copied from."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template.folder.parent, folder, symlinks=True)
    return Project(folder / "project", folder / "home")


def contents(folder, without=()):
    """Every file, link and folder below `folder`, with its bytes and its mode."""
    found = {}
    top = os.fsencode(folder)
    left_out = {os.fsencode(name) for name in without}
    for root, folders, files in os.walk(top):
        if root == top:
            folders[:] = [name for name in folders if name not in left_out]
            files = [name for name in files if name not in left_out]
        for name in folders + files:
            path = os.path.join(root, name)
            status = os.lstat(path)
            content = None
            if stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    content = file.read()
            found[os.path.relpath(path, top)] = (stat.filemode(status.st_mode), content)
    return found


def differing(before, after):
    """The names under which two results of contents() differ: what an assertion shows."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def users_files(world, without=()):
    return contents(world.folder, without=(STORE, *without))


def wait_until(condition):
    """What the condition gives once it is true."""
    deadline = time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def wait_for_end(world):
    """The runs, once none of them is running: the command of a killed mlrepro runs on."""
    def ended():
        runs = world.mlr("list", "--limit", "0", "--json").json["runs"]
        return [runs] if all(run["status"] != "running" for run in runs) else None

    return wait_until(ended)[0]


def snapshots_of(world):
    return world.mlr("list", "snapshots", "--limit", "0", "--json").json["snapshots"]


def assert_store_is_tidy(world):
    """No lock is held and nothing temporary is left."""
    store = world.folder / STORE
    for name in ("runs", "tmp"):
        if (store / name).exists():
            assert os.listdir(store / name) == [], name
    for path in store.rglob("*.lock"):
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Memory:
    """What is on record and what the user has, before anything is killed."""

    def __init__(self, world, template=None):
        """Copies of the same template, to which nothing was recorded since, are asked once."""
        found = _kept.get(template and template.folder)
        if found is None:
            found = world.mlr("show", "kept", "--json").json, snapshots_of(world), self.restored(world)
            if template:
                _kept[template.folder] = found
        self.kept, self.snapshots, self.old = found
        self.files = users_files(world)

    def restored(self, world):
        target = world.folder.parent / "restored"
        world.mlr("restore", "kept:data", "--to", target)
        found = contents(target)
        shutil.rmtree(target)
        return found

    def assert_kept(self, world, kept=None):
        world.mlr("verify")
        assert (kept or (lambda run: run))(world.mlr("show", "kept", "--json").json) == self.kept
        snapshots = snapshots_of(world)
        assert all(item in snapshots for item in self.snapshots)
        assert differing(self.old, self.restored(world)) == []


def stored_records(world):
    """Every record in the packs: (kind, key)."""
    store = store_reader.Store(world.folder / STORE)
    return {(word >> 28, key) for pack in store.packs for key, _, _, word in pack.records}


# The error, whether it goes on, and the calls that it befalls.
STORE_FAULTS = {
    "no-space": (errno.ENOSPC, True, "create,write,sync,name"),
    "no-space-for-a-moment": (errno.ENOSPC, False, "create,write,sync,name"),
    "broken-disk": (errno.EIO, True, "create,write,sync,name,remove"),
    "write-error": (errno.EIO, False, "create,write,sync,name,remove"),
    "read-error": (errno.EIO, False, "open,read,map"),
    "too-many-open-files": (errno.EMFILE, True, "create,open"),
}


def worlds_after_a_fault(template, tmp_path, command, fault):
    """Runs the command on copies of the template in which calls on the store fail, from or at one of
    them: (world, what it had before, exit code, where)."""
    error, goes_on, kinds = STORE_FAULTS[fault]
    calls = calls_of(template, tmp_path, *command, calls=kinds, under=STORE)
    chosen = range(1, len(calls) + 1, 3) if EVERYWHERE else sorted({1 + len(calls) * i // 4 for i in (1, 2, 3)})
    for at in chosen:
        world = copy_world(template, tmp_path / "w")
        memory = Memory(world, template)
        fails = injection("fail", at, until=10**9 if goes_on else None, error=error, calls=kinds,
                          under=world.folder / STORE)
        process = world.popen(*command, env=fails, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(timeout=300)
        where = (command, fault, at, process.returncode, err)
        assert process.returncode == 0 or out == b"", where
        yield world, memory, process.returncode, where
