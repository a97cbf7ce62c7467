# SPDX-License-Identifier: Apache-2.0
"""forget --content destroys content in every file of the store; the records stay and say so."""

import os
import re
import shutil

import pytest

from faults import PARTS, STORE, assert_store_is_tidy, calls_of, contents, copy_world, differing
from test_kill import kill, killings

TODAY = r"forgotten on 20\d\d-\d\d-\d\d"


def marks(content):
    """Stretches of it: incompressible, so that they stand in a store as they are."""
    return [content[at : at + 64] for at in range(0, len(content) - 64, 20_011)]


def is_in_store(project, content):
    wanted = marks(content)
    for path in (project.folder / STORE).rglob("*"):
        if path.is_file():
            stored = path.read_bytes()
            if any(mark in stored for mark in wanted):
                return True
    return False


@pytest.fixture(scope="module")
def keeper(workshop, tmp_path_factory):
    """A workshop in which the same secret was recorded in many ways, and other things beside it."""
    world = copy_world(workshop, tmp_path_factory.mktemp("keeper") / "w")
    world.old, world.new, world.other = os.urandom(700_000), os.urandom(3_000), os.urandom(500_000)
    rows = [f"{i},{i * i % 9973}\n" for i in range(60_000)]
    world.write("people/list.bin", world.old)
    world.write("people/rows.csv", "".join(rows))
    world.write("people/other.bin", world.other)
    world.mlr("snapshot", "people", "-n", "people")
    world.mlr("run", "-n", "user", "-i", "people", "-o", "copy.bin", "--", "cp", "people/list.bin", "copy.bin")
    world.write("people/list.bin", world.new)
    rows[30_000] = "changed\n"
    world.write("people/rows.csv", "".join(rows))
    world.mlr("run", "-n", "later", "-i", "people/list.bin", "--", "true")
    world.mlr("snapshot", "people", "-n", "people")
    world.write("gone.bin", world.old + b"x")
    world.mlr("snapshot", "gone.bin", "--no-pointer", "-n", "gone")
    world.mlr("forget", "gone")
    world.mlr("gc", "--apply")
    assert all(is_in_store(world, content) for content in (world.old, world.new, world.other))
    return world


@pytest.fixture
def world(keeper, tmp_path):
    copy = copy_world(keeper, tmp_path / "w")
    copy.old, copy.new, copy.other = keeper.old, keeper.new, keeper.other
    return copy


def test_all_that_a_path_ever_held(world):
    before = contents(world.folder, without=(STORE,))
    result = world.mlr("forget", "people/list.bin", "--content", "--json").json
    assert result["schema"] == "mlrepro.forgotten/1" and result["files"] == 2
    assert set(result["paths"]) == {"people/list.bin"} and result["freed_bytes"] > 700_000
    assert len(result["snapshots"]) >= 3 and {"user", "later"} <= set(result["runs"])
    assert not is_in_store(world, world.old) and not is_in_store(world, world.new)
    assert is_in_store(world, world.other)
    assert differing(before, contents(world.folder, without=(STORE,))) == [], "the user's files stay"
    assert_store_is_tidy(world)

    # The records stay, and say so.
    for reference in ("people", "user:people", "user:copy.bin", "later:people/list.bin", "people.snap"):
        refused = world.mlr("restore", reference, "--to", "back", expect=3)
        assert re.search(TODAY, refused.err), refused.err
        assert not (world.folder / "back").exists()
        assert re.search("forgotten", world.mlr("show", reference).out), reference
        assert world.mlr("show", reference, "--json").json["forgotten"], reference
    world.mlr("restore", "people", "other.bin", "rows.csv", "--to", "back")
    assert (world.folder / "back/other.bin").read_bytes() == world.other
    run = world.mlr("show", "user", "--json").json
    assert run["inputs"][0]["forgotten"] and run["outputs"][0]["forgotten"]
    assert world.mlr("show", "later", "--json").json["code"]["forgotten"], "the copy of it is part of the code then"
    assert len(re.findall(TODAY, world.mlr("show", "user").out)) >= 2
    assert "forgotten" in world.mlr("list", "snapshots").out
    verified = world.mlr("verify", "--json").json
    assert verified["damaged"] == [] and verified["forgotten"] == 2
    assert "2 forgotten on purpose" in world.mlr("verify").out
    blocked = world.mlr("reproduce", "user", expect=3)
    assert re.search(TODAY, blocked.out + blocked.err)
    changed = world.mlr("diff", "user", "later", "--json").json
    assert changed["same"] is False
    # And nothing else is touched.
    world.mlr("restore", "kept:data", "--to", "data-back")
    assert world.mlr("gc", "--json").json["objects"] == 0


def test_one_version_alone(world):
    world.mlr("forget", "later:people/list.bin", "--content")
    assert not is_in_store(world, world.new) and is_in_store(world, world.old)
    world.mlr("restore", "user:copy.bin", "--to", "back.bin")
    assert (world.folder / "back.bin").read_bytes() == world.old


def test_what_is_recorded_again_is_whole_again(world):
    world.mlr("forget", "people/list.bin", "--content")
    world.mlr("snapshot", "people", "-n", "people")
    world.mlr("restore", "people", "--to", "back")
    assert differing(contents(world.folder / "people"), contents(world.folder / "back")) == []
    assert world.mlr("show", "people", "--json").json["forgotten"] is None
    world.mlr("gc", "--apply", "--now")
    world.mlr("restore", "later:people/list.bin", "--to", "again.bin")
    assert world.mlr("verify", "--json").json["forgotten"] == 1


def test_what_it_refuses(world):
    world.mlr("forget", "nothing/here.csv", "--content", expect=3)
    world.mlr("forget", "later", "--content", expect=2)
    world.mlr("forget", "--content", expect=2)
    world.mlr("forget", "people/list.bin", "nothing", "--content", expect=3)
    assert is_in_store(world, world.old) and is_in_store(world, world.new)
    assert world.mlr("verify", "--json").json["forgotten"] == 0


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_anywhere(keeper, world, tmp_path, part):
    args = ["forget", "people/list.bin", "--content"]
    calls = calls_of(keeper, tmp_path, *args)
    for at, action in killings(calls, part):
        victim = copy_world(world, tmp_path / "v")
        kill(victim, args, at, action)
        where = (at, action, calls[at - 1])
        noted = victim.mlr("verify", "--json").json
        assert noted["damaged"] == [], where
        victim.mlr("gc", "--apply")
        if victim.mlr("show", "people", "--json").json["forgotten"] is None:
            victim.mlr("restore", "people", "--to", "back")
            assert differing(contents(victim.folder / "people"), contents(victim.folder / "back")) == [], where
            victim.mlr(*args)
        assert not is_in_store(victim, world.old) and not is_in_store(victim, world.new), where
        assert is_in_store(victim, world.other), where
        victim.mlr("restore", "people", "other.bin", "rows.csv", "--to", "rest")
        assert victim.mlr("verify", "--json").json["damaged"] == [], where
        assert_store_is_tidy(victim)
        shutil.rmtree(victim.folder.parent)
