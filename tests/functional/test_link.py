# SPDX-License-Identifier: Apache-2.0
"""restore --link: files that share their content with the store, and what never is shared."""

import os
import shutil
import subprocess

import pytest

from faults import STORE

CONTENT = {"data/a.bin": "a" * 5_000, "data/sub/b.csv": "x,y\n1,2\n", "data/run.sh": "#!/bin/sh\n"}


@pytest.fixture
def stored(project):
    for name, content in CONTENT.items():
        project.write(name, content)
    (project.folder / "data/run.sh").chmod(0o755)
    project.mlr("init")
    project.mlr("snapshot", "data")
    return project


def linked(world):
    return sorted(path for path in (world.folder / STORE / "objects/linked").rglob("*") if path.is_file())


def restore(world, to, *options):
    return world.mlr("restore", "data.snap", "--to", to, "--json", *options).json


def inodes(folder):
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def test_hard_links_share_one_file(stored):
    first = restore(stored, "one", "--link", "hardlink")
    assert (first["linked"], first["files"], first["bytes"], first["kept"]) == (3, 0, 0, 0)
    restore(stored, "two", "--link", "hardlink")
    one, two = stored.folder / "one", stored.folder / "two"
    assert inodes(one) == inodes(two)
    for name, content in CONTENT.items():
        path = one / name.removeprefix("data/")
        assert path.read_text() == content
        assert path.stat().st_mode & 0o7777 == (0o555 if name.endswith(".sh") else 0o444)
    assert len(linked(stored)) == 3
    again = restore(stored, "one", "--link", "hardlink")
    assert (again["linked"], again["kept"]) == (0, 3)
    assert "3 linked" in stored.mlr("restore", "data.snap", "--to", "three", "--link", "hardlink").out
    stored.mlr("verify")


def test_a_file_that_was_right_becomes_a_link_and_a_copy_again(stored):
    mine = inodes(stored.folder / "data")
    assert restore(stored, "data", "--link", "hardlink")["linked"] == 3
    assert not set(mine.values()) & set(inodes(stored.folder / "data").values())
    copied = restore(stored, "data", "--link", "copy")
    assert (copied["files"], copied["kept"], copied["linked"]) == (3, 0, 0)
    assert all(path.stat().st_nlink == 1 and path.stat().st_mode & 0o200
               for path in (stored.folder / "data").rglob("*") if path.is_file())
    assert restore(stored, "data", "--link", "copy")["kept"] == 3
    restore(stored, "data", "--link", "hardlink")
    assert restore(stored, "data")["kept"] == 3, "auto leaves alone what is right"


def test_other_content_is_not_replaced_by_a_link_unasked(stored):
    stored.write("data/a.bin", "mine")
    result = stored.mlr("restore", "data.snap", "--link", "hardlink", expect=4)
    assert "would overwrite" in result.err
    assert (stored.folder / "data/a.bin").read_text() == "mine"
    restore(stored, "data", "--link", "hardlink", "--force")
    assert (stored.folder / "data/a.bin").read_text() == CONTENT["data/a.bin"]


def test_auto_never_hands_out_an_alias(stored):
    restore(stored, "one", "--link", "hardlink")
    restore(stored, "two")
    assert all(path.stat().st_nlink == 1 for path in (stored.folder / "two").rglob("*") if path.is_file())


def test_what_was_written_to_through_a_link_is_found_out(stored):
    restore(stored, "one", "--link", "hardlink")
    spoilt = stored.folder / "one/a.bin"
    spoilt.chmod(0o644)
    spoilt.write_text("spoilt")
    stored.mlr("verify")
    for to in ("two", "three"):
        restore(stored, to, "--link", "hardlink")
        assert (stored.folder / to / "a.bin").read_text() == CONTENT["data/a.bin"]
    restore(stored, "four")
    assert (stored.folder / "four/a.bin").read_text() == CONTENT["data/a.bin"]
    assert spoilt.read_text() == "spoilt", "the user's file is left alone"


def test_collecting_removes_what_nobody_shares(stored):
    restore(stored, "one", "--link", "hardlink")
    restore(stored, "two", "--link", "hardlink", "--exact")
    shutil.rmtree(stored.folder / "two")
    assert stored.mlr("gc", "--apply", "--now", "--json").json["linked_bytes"] == 0
    assert len(linked(stored)) == 3
    (stored.folder / "one/a.bin").unlink()
    assert stored.mlr("gc", "--json").json["linked_bytes"] == 0, "it may be wanted again soon"
    planned = stored.mlr("gc", "--now", "--json").json
    assert planned["linked_bytes"] == 5_000
    applied = stored.mlr("gc", "--apply", "--now", "--json").json
    assert (applied["linked_bytes"], applied["freed_bytes"]) == (5_000, planned["freed_bytes"])
    assert len(linked(stored)) == 2
    restore(stored, "three", "--link", "hardlink")
    assert (stored.folder / "three/a.bin").read_text() == CONTENT["data/a.bin"]


def test_destroyed_content_has_no_name_in_the_store(stored):
    restore(stored, "one", "--link", "hardlink")
    stored.mlr("forget", "data/a.bin", "--content")
    stored.mlr("gc", "--apply", "--now")
    assert [path for path in linked(stored) if path.read_bytes() == CONTENT["data/a.bin"].encode()] == []
    assert (stored.folder / "one/a.bin").exists(), "the user's file is the user's"


def test_bad_words(stored):
    result = stored.mlr("restore", "data.snap", "--link", "hardlnk", expect=2)
    assert "'hardlnk'" in result.err and "hardlink" in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_another_file_system(stored, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", other], capture_output=True).returncode != 0:
        pytest.skip("can't mount")
    try:
        for how, word in (("hardlink", "hard links"), ("reflink", "reflinks")):
            result = stored.mlr("restore", "data.snap", "--to", other / "one", "--link", how, expect=2)
            assert word in result.err and "--link copy" in result.err
            assert os.listdir(other) == []
        restore(stored, other / "one")
        assert (other / "one/a.bin").read_text() == CONTENT["data/a.bin"]
    finally:
        subprocess.run(["umount", other], check=True)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mkfs.btrfs"), reason="makes a file system with reflinks")
def test_shared_blocks(stored, tmp_path):
    image, place = tmp_path / "image", tmp_path / "place"
    place.mkdir()
    subprocess.run(["truncate", "-s", "200M", image], check=True)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, place], capture_output=True).returncode != 0:
        pytest.skip("can't mount")
    try:
        store = place / "store"
        stored.mlr("init", "--store", store)
        stored.mlr("snapshot", "data", "--store", store)
        options = ("--store", store)
        assert restore(stored, place / "one", "--link", "reflink", *options)["linked"] == 3
        (place / "one/a.bin").write_text("mine")
        assert restore(stored, place / "two", *options)["linked"] == 3, "auto, where there is something to share"
        assert (place / "two/a.bin").read_text() == CONTENT["data/a.bin"]
        assert (place / "two/run.sh").stat().st_mode & 0o7777 == 0o755
        assert (place / "two/sub/b.csv").stat().st_mode & 0o200
    finally:
        subprocess.run(["umount", place], check=True)
