# SPDX-License-Identifier: Apache-2.0
import hashlib
import os
import random
import stat

import pytest


def odd_folder(project):
    project.write("data/a.csv", "x,y\n1,2\n")
    project.write("data/sub/tool", "#!/bin/sh\n")
    (project.folder / "data/sub/tool").chmod(0o755)
    (project.folder / "data/empty").mkdir()
    os.symlink("a.csv", project.folder / "data/link")
    os.symlink("/nowhere", project.folder / "data/dangling")
    open(os.fsencode(project.folder) + b"/data/\xff odd\n'name", "wb").write(b"odd")
    project.write("data/.gitignore", "*.csv\n")


def tree(folder):
    found = {}
    for root, folders, files in os.walk(os.fsencode(folder)):
        for name in folders + files:
            path = os.path.join(root, name)
            key = os.path.relpath(path, os.fsencode(folder))
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                found[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(mode):
                found[key] = ("folder",)
            else:
                found[key] = ("file", bool(mode & 0o100), open(path, "rb").read())
    return found


def test_a_folder_comes_back_byte_for_byte(project):
    odd_folder(project)
    before = tree(project.folder / "data")
    snapshot = project.mlr("snapshot", "data", "--json").json
    assert (project.folder / "data.snap").exists()
    project.mlr("restore", "data.snap", "--to", "copy")
    assert tree(project.folder / "copy") == before
    assert tree(project.folder / "data") == before
    project.mlr("verify")
    again = project.mlr("snapshot", "data", "--json").json
    assert again["id"] == snapshot["id"]
    assert again["new_bytes"] == 0


def test_a_files_digest_is_what_sha256sum_prints(project):
    project.write("big.bin", os.urandom(3_000_000))
    snapshot = project.mlr("snapshot", "big.bin", "--no-pointer", "--json").json
    expected = hashlib.sha256((project.folder / "big.bin").read_bytes()).hexdigest()
    assert snapshot["digest"] == "sha256:" + expected
    assert not (project.folder / "big.bin.snap").exists()


def test_ignored_files_are_left_out(project):
    project.write("data/keep.csv", "1")
    project.write("data/drop.tmp", "2")
    project.write("data/.mlreproignore", "*.tmp\n")
    project.mlr("snapshot", "data")
    project.mlr("restore", "data.snap", "--to", "copy")
    assert sorted(os.listdir(project.folder / "copy")) == [".mlreproignore", "keep.csv"]


def test_restore_does_not_overwrite_unasked_and_keeps_other_files(project):
    project.write("data/a.csv", "old")
    project.mlr("snapshot", "data")
    project.write("data/a.csv", "new")
    project.write("data/mine.txt", "mine")
    err = project.mlr("restore", "data.snap", expect=4).err
    assert "a.csv" in err and "--force" in err
    assert (project.folder / "data/a.csv").read_text() == "new"
    project.mlr("restore", "data.snap", "--force")
    assert (project.folder / "data/a.csv").read_text() == "old"
    assert (project.folder / "data/mine.txt").read_text() == "mine"


def test_a_part_of_a_snapshot(project):
    project.write("data/a.csv", "a")
    project.write("data/b.csv", "b")
    project.mlr("snapshot", "data")
    project.mlr("restore", "data.snap", "a.csv", "--to", "part")
    assert os.listdir(project.folder / "part") == ["a.csv"]
    assert "did you mean 'a.csv'" in project.mlr("restore", "data.snap", "a.cvs", "--to", "x", expect=3).err


def test_a_corrupted_object_is_named_with_what_it_touches(project):
    data = random.Random(1).randbytes(100_000)
    project.write("data.csv", data)
    project.mlr("run", "-i", "data.csv", "--", "true")
    digest = hashlib.sha256(data).hexdigest()
    packs = (project.folder / ".mlrepro/objects/packs").iterdir()
    path = next(pack for pack in packs if data[:1000] in pack.read_bytes())
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[content.find(data[:1000]) + 500] ^= 1
    path.write_bytes(content)
    result = project.mlr("verify", "--json", expect=1)
    damaged = result.json["damaged"]
    assert [item["object"] for item in damaged] == ["sha256:" + digest]
    assert damaged[0]["paths"] == ["data.csv"] or "data.csv" in damaged[0]["paths"]
    assert damaged[0]["runs"] == [project.last()["id"]]
    project.mlr("restore", "@1:data.csv", "--to", "copy.csv", expect=6)
    assert not (project.folder / "copy.csv").exists()
    path.unlink()
    missing = project.mlr("verify", "--json", expect=1).json["damaged"]
    assert ("sha256:" + digest, "missing") in [(item["object"], item["problem"]) for item in missing]


def test_a_path_that_is_not_there(project):
    assert "nothing there" in project.mlr("snapshot", "nope", expect=3).err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_are_named(project):
    project.write("data/secret", "x")
    (project.folder / "data/secret").chmod(0)
    assert "secret" in project.mlr("snapshot", "data", expect=7).err


def test_pointer_files_do_not_overwrite_foreign_ones(project):
    project.write("data.csv", "1")
    project.write("data.csv.snap", "mine")
    project.mlr("snapshot", "data.csv", expect=4)
    assert (project.folder / "data.csv.snap").read_text() == "mine"


@pytest.mark.parametrize("size", [20_000, 100_000, 1_200_000])
def test_a_small_edit_of_what_does_not_compress(project, size):
    content = bytearray(random.Random(size).randbytes(size))
    path = project.folder / "weights.bin"
    stored = []
    for edit in (b"", b"header", b"longer header"):
        content[100:100 + len(edit) // 2] = edit
        path.write_bytes(content)
        stored.append(project.mlr("snapshot", "weights.bin", "--json").json["new_bytes"])
    assert stored[0] >= size
    assert max(stored[1:]) < 2_000
    path.unlink()
    project.mlr("restore", "weights.bin.snap")
    assert path.read_bytes() == content
