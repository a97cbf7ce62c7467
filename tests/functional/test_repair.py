# SPDX-License-Identifier: Apache-2.0
"""`verify --repair` and `verify --sample`: damage of any kind is undone from the user's files where
they still have the content, said plainly where they have not, and never made worse."""

import os
import shutil

import pytest

from conftest import new_project
from faults import (
    EVERYWHERE,
    PARTS,
    STORE,
    assert_store_is_tidy,
    calls_of,
    contents,
    copy_world,
    differing,
    injection,
    spread,
)
from test_corruption import DAMAGES, attempt, damage
from test_kill import kill


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """A snapshot of every kind of content, with the data still there. To be copied."""
    world = new_project(tmp_path_factory.mktemp("gallery"))
    world.git("init", "-q", "-b", "main")
    world.write("data/rows.csv", "".join(f"{i},{i * i % 977},{i * 7919 % 100003}\n" for i in range(60_000)))
    world.write("data/noise.bin", os.urandom(700_000))
    world.write("data/small.txt", "small\n")
    world.write("data/deep/er/c.txt", "c\n")
    world.write("data/deep/tool.sh", "#!/bin/sh\n").chmod(0o755)
    world.write("data/.mlreproignore", "*.tmp\n")
    world.write("data/deep/left-out.tmp", "not taken\n")
    (world.folder / "data/empty").mkdir()
    (world.folder / "data/link").symlink_to("small.txt")
    world.mlr("snapshot", "data")
    return world


def packs_of(world):
    return sorted((world.folder / STORE / "objects/packs").iterdir())


def taken_files(world):
    found = contents(world.folder / "data")
    found.pop(b"deep/left-out.tmp")
    return found


def assert_whole(world):
    """Nothing is damaged, and what comes out of the store is what went in."""
    assert world.mlr("verify", "--json").json["damaged"] == []
    target = world.folder.parent / "restored"
    world.mlr("restore", "data.snap", "--to", target)
    assert differing(taken_files(world), contents(target)) == []
    shutil.rmtree(target)


@pytest.mark.parametrize("kind", DAMAGES)
def test_any_damage_is_undone_while_the_data_are_there(gallery, tmp_path, kind):
    assert len(packs_of(gallery)) == 2, "content and folders"
    for number in range(2):
        world = copy_world(gallery, tmp_path / "w")
        damage(packs_of(world)[number], kind)
        before = contents(world.folder, without=[STORE])
        found = attempt(world, "verify", "--json")
        result = world.mlr("verify", "--repair", "--json").json
        assert {item["object"] for item in found.json["damaged"]} <= {item["object"] for item in result["damaged"]}
        for item in result["damaged"]:
            assert item["repaired_from"].startswith("data") and item["not_repaired"] is None
        assert differing(before, contents(world.folder, without=[STORE])) == []
        assert_whole(world)
        assert_store_is_tidy(world)
        assert world.mlr("verify", "--repair", "--json").json["damaged"] == []


def test_damage_in_the_middle_of_each_file(gallery, tmp_path):
    """A byte every so often: only a few pieces of a big file are lost, and only these are stored."""
    world = copy_world(gallery, tmp_path / "w")
    pack = max(packs_of(world), key=lambda path: path.stat().st_size)
    data = bytearray(pack.read_bytes())
    for at in range(1000, len(data) - 20_000, len(data) // 5):
        data[at] ^= 4
    pack.chmod(0o600)
    pack.write_bytes(data)
    result = world.mlr("verify", "--repair", "--json").json
    assert {"data/noise.bin"} <= {path for item in result["damaged"] for path in item["paths"]}
    assert_whole(world)
    text = world.mlr("verify").out
    assert "all sound" in text


def test_a_folder_that_is_stored_in_parts(bare):
    for number in range(6000):
        bare.write(f"data/{number:05d}", str(number))
    bare.mlr("snapshot", "data")
    trees = min(packs_of(bare), key=lambda path: path.stat().st_size)
    data = bytearray(trees.read_bytes())
    data[len(data) // 2] ^= 1
    trees.chmod(0o600)
    trees.write_bytes(data)
    assert attempt(bare, "verify").code == 1
    result = bare.mlr("verify", "--repair", "--json").json
    assert result["damaged"] and all(item["repaired_from"] == "data" for item in result["damaged"])
    bare.mlr("restore", "data.snap", "--to", "copy")
    assert differing(contents(bare.folder / "data"), contents(bare.folder / "copy")) == []


@pytest.fixture
def broken(gallery, tmp_path):
    """All content is gone from the store; the folders are known."""
    world = copy_world(gallery, tmp_path / "broken")
    damage(max(packs_of(world), key=lambda path: path.stat().st_size), "removed")
    return world


def lines_about(text, path):
    """The paragraph of the damage at `path`."""
    return next(part for part in text.split("\n\n") if f"  path      {path}\n" in part)


def test_what_has_changed_or_moved_is_left_and_named(broken):
    rows = broken.folder / "data/rows.csv"
    rows.rename(broken.folder / "elsewhere.csv")
    small = broken.folder / "data/small.txt"
    small.write_text("other\n")
    result = attempt(broken, "verify", "--repair")
    assert result.code == 1
    assert "  no copy   'data/rows.csv' is not there\n" in lines_about(result.out + "\n", "data/rows.csv") + "\n"
    assert "  no copy   'data/small.txt' has other content\n" in lines_about(result.out, "data/small.txt") + "\n"
    assert "  repaired  from data/noise.bin" in lines_about(result.out, "data/noise.bin")
    assert "damaged, " in result.out.splitlines()[0] and "repaired" in result.out.splitlines()[0]
    assert small.read_text() == "other\n"
    # What was repaired stays so, what was not can be when it is put back.
    left = attempt(broken, "verify", "--json")
    assert left.code == 1
    assert sorted(path for item in left.json["damaged"] for path in item["paths"]) == ["data/rows.csv", "data/small.txt"]
    (broken.folder / "elsewhere.csv").rename(rows)
    small.write_text("small\n")
    assert "2 damaged, all repaired" in broken.mlr("verify", "--repair").out
    assert_whole(broken)


def test_a_folder_that_changed_can_not_come_back_until_it_is_as_it_was(gallery, tmp_path):
    world = copy_world(gallery, tmp_path / "w")
    for pack in packs_of(world):
        damage(pack, "removed")
    added = world.write("data/deep/added.txt", "x")
    result = attempt(world, "verify", "--repair", "--json")
    assert result.code == 1
    (item,) = result.json["damaged"]
    assert item["not_repaired"] == "'data' is not as it was" and item["repaired_from"] is None
    added.unlink()
    assert world.mlr("verify", "--repair").code == 0
    assert_whole(world)


def test_the_whole_folder_is_gone(broken):
    shutil.rmtree(broken.folder / "data")
    result = attempt(broken, "verify", "--repair")
    assert result.code == 1 and result.out.count(" is not there\n") == result.out.count("object ") == 7


def test_only_what_one_reference_needs(gallery, tmp_path):
    world = copy_world(gallery, tmp_path / "w")
    world.write("other/o.txt", "other\n")
    world.mlr("snapshot", "other")
    shutil.rmtree(world.folder / STORE / "objects")
    world.mlr("verify", "--repair", "other.snap")
    world.mlr("verify", "other.snap")
    assert attempt(world, "verify", "data.snap").code == 1
    world.mlr("verify", "--repair", "data.snap")
    assert_whole(world)


def test_code_and_inputs_of_a_run(project):
    project.write("in.txt", "in\n")
    project.mlr("run", "-n", "r", "-i", "in.txt", "--", "sh", "-c", "echo said")
    shutil.rmtree(project.folder / STORE / "objects")
    result = attempt(project, "verify", "--repair", "--json")
    assert result.code == 1
    by_path = {path: item for item in result.json["damaged"] for path in item["paths"]}
    assert by_path["in.txt"]["repaired_from"] == "in.txt"
    # What the command said is nowhere else.
    assert by_path["(stdout)"]["repaired_from"] is None
    assert by_path["(stdout)"]["not_repaired"] == "'(stdout)' is not there"


def flip_footer(pack):
    data = bytearray(pack.read_bytes())
    data[-60] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(data)


def test_a_damaged_index_is_named_and_mended(gallery, tmp_path):
    world = copy_world(gallery, tmp_path / "w")
    pack = packs_of(world)[0]
    sound = pack.read_bytes()
    flip_footer(pack)
    seen = world.mlr("verify", "--json").json
    assert seen["damaged"] == [] and seen["indexes"] == {"damaged": 1, "mended": 0}
    assert "1 pack: the index is damaged" in world.mlr("verify").out
    mended = world.mlr("verify", "--repair", "--json").json
    assert mended["indexes"] == {"damaged": 0, "mended": 1}
    assert pack.read_bytes() == sound
    assert pack.stat().st_mode & 0o777 == 0o400
    assert_whole(world)
    assert_store_is_tidy(world)


def test_an_index_of_a_pack_that_lost_content_stays_for_what_is_left(gallery, tmp_path):
    world = copy_world(gallery, tmp_path / "w")
    damage(max(packs_of(world), key=lambda path: path.stat().st_size), "truncated")
    result = world.mlr("verify", "--repair", "--json").json
    assert result["indexes"] == {"damaged": 1, "mended": 0}
    assert_whole(world)


def broken_by(action):
    def break_it(world):
        for pack in packs_of(world):
            action(pack)
        return world

    return break_it


BREAKS = {"removed": broken_by(lambda pack: damage(pack, "removed")),
          "flipped": broken_by(lambda pack: damage(pack, "flipped")), "footer": broken_by(flip_footer)}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", BREAKS)
def test_killed_while_repairing(gallery, tmp_path, kind, part):
    calls = calls_of(gallery, tmp_path, "verify", "--repair", prepare=BREAKS[kind])
    assert calls
    for at in spread(len(calls), part):
        world = BREAKS[kind](copy_world(gallery, tmp_path / "w"))
        before = contents(world.folder, without=[STORE])
        kill(world, ["verify", "--repair"], at)
        assert differing(before, contents(world.folder, without=[STORE])) == []
        world.mlr("verify", "--repair")
        assert_whole(world)
        assert_store_is_tidy(world)


@pytest.mark.parametrize("error", [5, 28])
def test_a_write_that_fails_leaves_it_as_it_was(broken, tmp_path, error):
    calls = calls_of(broken, tmp_path, "verify", "--repair")
    for at in range(1, len(calls) + 1) if EVERYWHERE else range(1, len(calls) + 1, 5):
        world = copy_world(broken, tmp_path / "w")
        result = attempt(world, "verify", "--repair", env=injection("fail", at, error=error))
        assert result.code in (0, 7), (at, calls[at - 1], result.err)
        world.mlr("verify", "--repair")
        assert_whole(world)


def test_repair_does_not_write_where_nothing_is_wrong(gallery, tmp_path):
    world = copy_world(gallery, tmp_path / "w")
    before = contents(world.folder / STORE / "objects")
    assert "all sound" in world.mlr("verify", "--repair").out
    assert differing(before, contents(world.folder / STORE / "objects")) == []


class TestSample:
    @pytest.fixture
    def hundred(self, bare):
        for number in range(100):
            bare.write(f"data/{number}.txt", f"number {number}\n")
        bare.mlr("snapshot", "data")
        return bare

    def test_it_reads_that_share_of_the_content_and_all_folders(self, hundred):
        result = hundred.mlr("verify", "--sample", "10%", "--json").json
        assert result["sample"] == 0.1 and result["checked"] == 11
        assert hundred.mlr("verify", "--json").json["checked"] == 101
        assert hundred.mlr("verify", "--json").json["sample"] is None
        assert hundred.mlr("verify", "--sample", "0.001%", "--json").json["checked"] == 2
        assert hundred.mlr("verify", "--sample", "100%", "--json").json["checked"] == 101
        assert hundred.mlr("verify", "data.snap", "--sample", "7%", "--json").json["checked"] == 8
        assert "11 objects, " in hundred.mlr("verify", "--sample", "10%").out
        assert "10% of the content: all sound" in hundred.mlr("verify", "--sample", "10%").out

    def test_it_is_another_one_each_time_and_finds_what_it_meets(self, hundred):
        damage(max(packs_of(hundred), key=lambda path: path.stat().st_size), "removed")
        seen = set()
        for _ in range(8):
            result = attempt(hundred, "verify", "--sample", "20%", "--json")
            assert result.code == 1 and len(result.json["damaged"]) == 20
            seen |= {item["object"] for item in result.json["damaged"]}
        assert len(seen) > 40
        repaired = hundred.mlr("verify", "--sample", "20%", "--repair", "--json").json
        assert all(item["repaired_from"] for item in repaired["damaged"]) and len(repaired["damaged"]) == 20
        assert len(attempt(hundred, "verify", "--json").json["damaged"]) == 80

    @pytest.mark.parametrize("share", ["5", "0%", "-1%", "101%", "x%", "%", "5 %x", "nan%"])
    def test_what_is_no_share(self, hundred, share):
        result = attempt(hundred, "verify", f"--sample={share}")
        assert result.code == 2 and "--sample" in result.err and "5%" in result.err
