# SPDX-License-Identifier: Apache-2.0
"""Unchanged detection that never misses a change, big folders, restores over what is there."""

import os
import pathlib
import subprocess
import time

import pytest

DAY_NS = 86_400 * 10**9


def snapshot(project, path="data", *options):
    return project.mlr("snapshot", path, "--no-pointer", "--json", *options).json


def settle():
    """Longer than the margin within which a file's stamps are not trusted."""
    time.sleep(0.12)


def known(project, path="data"):
    """A snapshot whose files the stat cache trusts."""
    settle()
    return snapshot(project, path)


def content(folder):
    found = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = pathlib.Path(root) / name
            key = str(path.relative_to(folder))
            if path.is_symlink():
                found[key] = ("link", os.readlink(path))
            elif path.is_dir():
                found[key] = ("folder",)
            else:
                found[key] = ("file", path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


def test_an_edit_of_the_same_size_in_the_same_tick(project):
    path = project.write("data/a.csv", "0000")
    for round_ in range(15):
        first = snapshot(project)
        stat = path.stat()
        with open(path, "r+b") as file:
            file.write(b"%04d" % (round_ + 1))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert snapshot(project)["id"] != first["id"], round_


def test_an_edit_with_the_old_time_put_back(project):
    path = project.write("data/a.csv", "old content")
    os.utime(path, ns=(DAY_NS * 18_000, DAY_NS * 18_000))
    first = known(project)
    assert known(project)["id"] == first["id"]
    path.write_text("new content")
    os.utime(path, ns=(DAY_NS * 18_000, DAY_NS * 18_000))
    assert snapshot(project)["id"] != first["id"]


def test_another_file_renamed_over_it(project):
    path = project.write("data/a.csv", "old content")
    other = project.write("other", "new content")
    os.utime(path, ns=(DAY_NS * 18_000, DAY_NS * 18_000))
    os.utime(other, ns=(DAY_NS * 18_000, DAY_NS * 18_000))
    first = known(project)
    settle()
    os.rename(other, path)
    assert snapshot(project)["id"] != first["id"]


def test_a_time_in_the_future(project):
    future = time.time_ns() + 400 * DAY_NS
    path = project.write("data/a.csv", "old content")
    os.utime(path, ns=(future, future))
    first = known(project)
    assert known(project)["id"] == first["id"]
    path.write_text("new content")
    os.utime(path, ns=(future, future))
    assert snapshot(project)["id"] != first["id"]


def test_only_the_executable_bit(project):
    path = project.write("data/tool", "x")
    first = known(project)
    path.chmod(0o755)
    assert known(project)["id"] != first["id"]
    path.chmod(0o644)
    assert known(project)["id"] == first["id"]


def test_a_file_becomes_something_else(project):
    project.write("data/kept", "k")
    path = project.write("data/a", "content")
    first = known(project)
    path.unlink()
    path.mkdir()
    folder = known(project)
    assert folder["id"] != first["id"] and folder["files"] == 1
    path.rmdir()
    os.mkfifo(path)
    result = project.mlr("snapshot", "data", "--no-pointer", "--json")
    assert "left out" in result.err and result.json["files"] == 1
    path.unlink()
    os.symlink("kept", path)
    link = known(project)
    assert link["files"] == 2
    assert known(project)["id"] == link["id"]
    path.unlink()
    os.symlink("keep", path)
    assert snapshot(project)["id"] != link["id"]
    path.unlink()
    path.write_text("content")
    assert snapshot(project)["id"] == first["id"]


def test_files_come_and_go(project):
    for name in ("a", "b", "sub/c"):
        project.write("data/" + name, name)
    first = known(project)
    project.write("data/sub/d", "d")
    more = known(project)
    assert more["files"] == 4
    (project.folder / "data/sub/d").unlink()
    assert known(project)["id"] == first["id"]
    project.write("data/.mlreproignore", "c\n")
    assert known(project)["files"] == 3
    (project.folder / "data/.mlreproignore").unlink()
    assert known(project)["id"] == first["id"]


def test_a_damaged_cache_only_costs_time(project):
    for number in range(50):
        project.write(f"data/{number % 7}/{number}", str(number))
    first = known(project)
    (cache,) = (project.folder / ".mlrepro/cache").iterdir()
    good = cache.read_bytes()
    for bad in (b"", good[: len(good) // 2], good[:100] + b"\0" * 200 + good[300:], b"\xff" * len(good)):
        cache.write_bytes(bad)
        assert snapshot(project)["id"] == first["id"]
        assert cache.read_bytes() != bad
    project.mlr("verify")


def test_the_store_is_not_data(project):
    first = snapshot(project, ".")
    project.write("new", "1")
    second = snapshot(project, ".")
    assert second["files"] == first["files"] + 1
    project.mlr("restore", second["id"][:12], "--to", "copy")
    assert not (project.folder / "copy/.mlrepro").exists()


@pytest.fixture
def big(project):
    """A folder that is cut into several nodes."""
    (project.folder / "data/many").mkdir(parents=True)
    for number in range(9000):
        (project.folder / f"data/many/image-{number:06}.txt").write_text(str(number))
    project.write("data/few/one", "1")
    return project


def test_a_big_folder(big):
    first = known(big)
    assert first["files"] == 9001
    big.write("data/many/image-004321.txt", "changed")
    (big.folder / "data/many/image-000007.txt").unlink()
    big.write("data/many/zzz", "new")
    second = known(big)
    assert second["new_bytes"] < first["new_bytes"] / 2
    diff = big.mlr("diff", first["id"][:16], second["id"][:16], "--json").json["inputs"][0]
    assert [item["path"] for item in diff["files"]["changed"]] == ["many/image-004321.txt"]
    assert [item["path"] for item in diff["files"]["removed"]] == ["many/image-000007.txt"]
    assert [item["path"] for item in diff["files"]["added"]] == ["many/zzz"]
    big.mlr("restore", second["id"][:16], "--to", "copy")
    assert content(big.folder / "copy") == content(big.folder / "data")
    big.mlr("restore", first["id"][:16], "many/image-000007.txt", "few", "--to", "part")
    assert set(content(big.folder / "part")) == {"many", "many/image-000007.txt", "few", "few/one"}
    err = big.mlr("restore", first["id"][:16], "many/image-00007.txt", "--to", "x", expect=3).err
    assert "many/image-" in err
    assert big.mlr("verify", "--json").json["damaged"] == []


def test_a_big_folder_against_the_working_tree(big):
    first = known(big)
    big.write("data/many/image-004321.txt", "changed")
    diff = big.mlr("diff", first["id"][:16], "--json").json["inputs"][0]
    assert [item["path"] for item in diff["files"]["changed"]] == ["many/image-004321.txt"]
    assert diff["files"]["added"] == diff["files"]["removed"] == []


def test_many_snapshots_at_once(big):
    known(big)
    jobs = []
    for number in range(4):
        big.write(f"data/few/{number}", str(number))
        jobs.append(
            big.popen("snapshot", "data", "--no-pointer", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
    for job in jobs:
        out, err = job.communicate(timeout=300)
        assert job.returncode == 0, err
    last = snapshot(big)
    assert last["files"] == 9005
    big.mlr("restore", last["id"][:16], "--to", "copy")
    assert content(big.folder / "copy") == content(big.folder / "data")
    big.mlr("verify")


def test_restore_over_what_is_there(project):
    project.write("data/longer", "short")
    project.write("data/linked", "original")
    project.write("data/link", "a file")
    project.write("data/locked", "original")
    project.write("data/sub/kept", "kept")
    taken = snapshot(project)
    before = content(project.folder / "data")
    outside = project.write("outside", "mine")
    project.write("data/longer", "much longer than it was")
    (project.folder / "data/linked").unlink()
    os.link(outside, project.folder / "data/linked")
    (project.folder / "data/link").unlink()
    os.symlink("../outside", project.folder / "data/link")
    project.write("data/locked", "changed")
    (project.folder / "data/locked").chmod(0o444)
    (project.folder / "data/sub").chmod(0o555)
    project.mlr("restore", taken["id"][:16], expect=4)
    project.mlr("restore", taken["id"][:16], "--force")
    (project.folder / "data/sub").chmod(0o755)
    assert content(project.folder / "data") == before
    assert outside.read_text() == "mine"
    assert not [name for name in os.listdir(project.folder) if "mlrepro-restore" in name]


def test_restore_exactly(project):
    project.write("data/a", "a")
    project.write("data/sub/b", "b")
    taken = snapshot(project)
    before = content(project.folder / "data")
    project.write("data/extra", "x")
    project.write("data/sub/more/extra", "x")
    result = project.mlr("restore", taken["id"][:16], "--exact", "--json").json
    assert result["kept"] == 2 and result["files"] == 0
    assert content(project.folder / "data") == before
    project.write("data/a", "changed")
    project.mlr("restore", taken["id"][:16], "--exact", expect=4)
    project.mlr("restore", taken["id"][:16], "a", "--exact", expect=2)
    project.mlr("restore", taken["id"][:16], "--exact", "--force")
    assert content(project.folder / "data") == before


def test_restoring_what_is_right_touches_nothing(project):
    path = project.write("data/a", "a")
    taken = snapshot(project)
    inode = (project.folder / "data").stat().st_ino
    assert project.mlr("restore", taken["id"][:16], "--json").json["kept"] == 1
    assert (project.folder / "data").stat().st_ino == inode
    assert path.read_text() == "a"


def test_identity_only(project):
    project.write("data/a", "secret content")
    taken = snapshot(project, "data", "--no-store")
    assert taken["stored"] is False and taken["new_bytes"] == 0
    assert "identity" in project.mlr("show", taken["id"][:16]).out
    project.mlr("restore", taken["id"][:16], "--to", "copy", expect=3)
    project.mlr("verify")
    stored = snapshot(project)
    assert stored["id"] == taken["id"] and stored["stored"] is True
    project.mlr("restore", stored["id"][:16], "--to", "copy")
    assert (project.folder / "copy/a").read_text() == "secret content"
