# SPDX-License-Identifier: Apache-2.0
"""push, pull and remotes: what was recorded in one place is whole in another, and nothing is sent
twice."""

import contextlib
import os
import shutil
import sqlite3
import subprocess

import pytest

from conftest import Project, new_project
from faults import STORE, contents, copy_world, differing, flips_of, snapshots_of, wait_until

TRAIN = """\
#!/bin/sh
wc -l < data/rows.csv > result.txt
echo "loss: 0.5"
echo '{"metric":"rows","value":3,"step":1}' >> "$MLREPRO_METRICS"
"""


def rows(changed=None):
    lines = [f"{i},{i * i % 9973}\n" for i in range(60_000)]
    if changed is not None:
        lines[changed] = "changed\n"
    return "".join(lines)


@pytest.fixture
def team(project, tmp_path):
    """A project with a remote, a folder that is outside of it."""
    (tmp_path / "share").mkdir()
    project.write(".gitignore", "data/\nresult.txt\n")
    project.write("train.sh", TRAIN)
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "train")
    project.share = tmp_path / "share"
    project.mlr("remote", "add", "origin", "../share")
    return project


def elsewhere(team, name="other"):
    """An empty folder with a clean HOME that knows the remote."""
    other = new_project(team.folder.parent / name)
    other.share = team.share
    other.mlr("remote", "add", "origin", team.share)
    return other


def record(team, name="first", changed=None):
    team.write("data/rows.csv", rows(changed))
    team.write("data/noise.bin", bytes(range(256)) * 1500)
    team.mlr("run", "-n", name, "-i", "data", "-o", "result.txt", "-p", "lr=0.1", "-t", "stage=dev", "--note", "so so", "--",
             "sh", "train.sh")


def shown(world, reference):
    """What is on record, but what depends on where it is looked at."""
    return world.mlr("show", reference, "--json").json


def share_files(world):
    return sorted(str(path.relative_to(world.share)) for path in world.share.rglob("*") if path.is_file())


def share_bytes(world):
    return sum(path.stat().st_size for path in world.share.rglob("*") if path.is_file())


def test_everything_of_a_run_arrives(team):
    record(team)
    team.mlr("log", "artifact", "train.sh", "--run", "first")
    team.mlr("log", "tag", "stage", "prod", "--run", "first")
    team.mlr("log", "metric", "later", "7", "--run", "first")
    team.mlr("log", "metric", "later", "nan", "--run", "first")
    team.mlr("snapshot", "data", "-n", "table")
    pushed = team.mlr("push", "--json").json
    assert (pushed["schema"], pushed["remote"], pushed["dry_run"]) == ("mlrepro.push/1", "origin", False)
    assert [run["name"] for run in pushed["runs"]] == ["first"] and pushed["snapshots"] == 1

    other = elsewhere(team)
    pulled = other.mlr("pull", "--json").json
    assert [run["name"] for run in pulled["runs"]] == ["first"] and pulled["snapshots"] == 1
    assert shown(other, "first") == shown(team, "first")
    assert other.mlr("show", "first", "--logs").out == team.mlr("show", "first", "--logs").out
    for metric in ("rows", "loss", "later"):
        assert other.mlr("show", "first", "--metric", metric, "--json").out == team.mlr("show", "first", "--metric", metric, "--json").out
    assert snapshots_of(other) == snapshots_of(team)
    other.mlr("verify")
    other.mlr("restore", "table", "--to", "back")
    assert differing(contents(team.folder / "data"), contents(other.folder / "back")) == []
    other.mlr("restore", "first", "--to", "code")
    assert (other.folder / "code/train.sh").read_text() == TRAIN
    left = other.mlr("gc", "--json").json
    assert (left["objects"], left["bytes"]) == (0, 0)


def test_a_clone_pulls_and_reproduces(team, tmp_path):
    record(team)
    team.mlr("push")
    home = tmp_path / "clone-home"
    home.mkdir()
    team.git("clone", "-q", str(team.folder), str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone", home)
    clone.mlr("remote", "add", "team", team.share)
    clone.mlr("pull", "first")
    done = clone.mlr("reproduce", "first", "--json").json
    assert done["verdict"] == "reproduced"
    assert clone.mlr("show", "first", "--json").json["level"]["proven"] is not None


def test_reproduces_where_the_commit_is_gone(team):
    record(team)
    team.mlr("push")
    other = elsewhere(team)
    other.mlr("pull")
    shutil.rmtree(team.folder / ".git")
    assert other.mlr("reproduce", "first", "--json").json["verdict"] == "reproduced"


def test_nothing_is_sent_twice(team):
    record(team)
    first = team.mlr("push", "--json").json
    before, size = share_files(team), share_bytes(team)
    again = team.mlr("push", "--json").json
    assert again["runs"] == [] and again["records"] == 0 and again["unchanged"] == 1
    assert share_files(team) == before
    record(team, "second", changed=30_000)
    more = team.mlr("push", "--json").json
    assert [run["name"] for run in more["runs"]] == ["second"]
    assert share_bytes(team) - size < size / 5, "only what changed goes"
    assert more["bytes"] < first["bytes"] / 5
    other = elsewhere(team)
    other.mlr("pull")
    again = other.mlr("pull", "--json").json
    assert again["runs"] == [] and again["records"] == 0 and again["unchanged"] == 2
    # What came from there is known to be there.
    back = other.mlr("push", "--json").json
    assert back["runs"] == [] and back["records"] == 0
    for world in (team, other):
        world.mlr("verify")
        world.mlr("restore", "second:data", "--to", "back2")
        assert differing(contents(team.folder / "data"), contents(world.folder / "back2")) == []


def test_dry_runs_change_nothing(team):
    record(team)
    before = contents(team.share)
    would = team.mlr("push", "--dry-run", "--json").json
    assert would["dry_run"] and [run["name"] for run in would["runs"]] == ["first"] and would["records"] > 0
    assert "would be pushed" in team.mlr("push", "-n").out
    assert differing(before, contents(team.share)) == []
    team.mlr("push")
    other = elsewhere(team)
    would = other.mlr("pull", "--dry-run", "--json").json
    assert would["dry_run"] and [run["name"] for run in would["runs"]] == ["first"]
    assert other.mlr("list", "--json").json["runs"] == []


def test_only_what_is_named(team):
    for name in ("a", "b", "c"):
        record(team, name)
    team.mlr("snapshot", "train.sh")
    pushed = team.mlr("push", "b", "train.sh.snap", "--json").json
    assert [run["name"] for run in pushed["runs"]] == ["b"] and pushed["snapshots"] == 1
    team.mlr("push")
    other = elsewhere(team)
    other.mlr("pull", "c")
    other.mlr("pull", team.mlr("show", "a", "--json").json["id"][:10])
    assert {run["name"] for run in other.mlr("list", "--json").json["runs"]} == {"a", "c"}
    other.mlr("pull", "train.sh")
    assert len(snapshots_of(other)) == len(snapshots_of(team)) - 2  # those of run b's data
    assert "has none" in other.mlr("pull", "nothing", expect=3).err
    assert team.mlr("push", "nothing", expect=3).code == 3


def test_both_sides_add_to_a_run(team):
    record(team)
    team.mlr("push")
    other = elsewhere(team)
    other.mlr("pull")
    team.mlr("log", "tag", "stage", "old", "--run", "first")
    other.mlr("log", "tag", "stage", "new", "--run", "first")
    team.mlr("log", "tag", "ours", "1", "--run", "first")
    other.mlr("log", "tag", "theirs", "2", "--run", "first")
    team.mlr("log", "note", "from one", "--run", "first")
    other.mlr("log", "note", "from the other", "--run", "first")
    team.mlr("log", "metric", "auc", "0.8", "--run", "first")
    other.mlr("log", "metric", "auc", "0.9", "--run", "first")
    other.mlr("log", "artifact", other.share / "mlrepro-remote", "--run", "first")
    team.mlr("push")
    other.mlr("push")
    pulled = team.mlr("pull", "--json").json
    assert pulled["runs"] == [{"id": shown(team, "first")["id"], "name": "first", "new": False}]
    other.mlr("pull")
    ours, theirs = shown(team, "first"), shown(other, "first")
    assert ours["tags"] == theirs["tags"] == {"stage": "new", "ours": "1", "theirs": "2"}
    assert ours["params"] == theirs["params"]
    assert ours["artifacts"] == theirs["artifacts"] != []
    assert ours["metrics"]["auc"]["count"] == theirs["metrics"]["auc"]["count"] == 2
    assert sorted(ours["note"].splitlines()) == sorted(theirs["note"].splitlines()) == sorted(["so so", "from one", "from the other"])
    for _ in range(2):  # comes to rest
        for world in (team, other):
            world.mlr("push")
            world.mlr("pull")
    assert team.mlr("pull", "--json").json["runs"] == [] and team.mlr("push", "--json").json["runs"] == []
    assert (shown(team, "first"), shown(other, "first")) == (ours, theirs)


def test_names_may_be_the_same(team):
    record(team, "same")
    other = elsewhere(team)
    other.write("x.sh", "echo other\n")
    other.mlr("run", "-n", "same", "--", "sh", "x.sh")
    team.mlr("push")
    other.mlr("push")
    other.mlr("pull")
    assert [run["name"] for run in other.mlr("list", "--json").json["runs"]] == ["same", "same"]


def test_a_running_run_stays(team):
    process = team.popen("run", "-n", "slow", "--", "sh", "-c", "read line", stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: any(run["name"] == "slow" for run in team.mlr("list", "--json").json["runs"]))
    pushed = team.mlr("push", "--json").json
    assert pushed["runs"] == [] and [item["name"] for item in pushed["running"]] == ["slow"]
    process.communicate(b"go\n")
    assert [run["name"] for run in team.mlr("push", "--json").json["runs"]] == ["slow"]


def test_what_was_forgotten_neither_goes_nor_comes_back(team):
    record(team)
    team.write("secret/key.txt", "top secret\n")
    team.write("secret/plain.txt", "plain\n")
    team.mlr("run", "-n", "leak", "-i", "secret", "--", "true")
    team.mlr("push")
    other, late = elsewhere(team), elsewhere(team, "late")
    other.mlr("pull")
    shutil.move(team.folder / "secret", team.folder.parent / "moved")
    team.mlr("forget", "secret/key.txt", "--content")
    pulled = team.mlr("pull", "leak", "--json").json
    assert pulled["incomplete"] == []
    assert "forgotten" in team.mlr("show", "leak").out
    team.mlr("verify")
    team.mlr("restore", "leak:secret", "--to", "x", expect=3)
    pushed = team.mlr("push", "--json").json
    assert pushed["forgotten"] >= 1
    # Who pulls for the first time gets the run, and never the content.
    late.mlr("pull")
    assert shown(late, "leak")["inputs"][0]["forgotten"] is not None
    late.mlr("verify")
    late.mlr("restore", "leak:secret", "--to", "x", expect=3)
    # What others have is theirs: nobody there asked to destroy it.
    other.mlr("pull")
    other.mlr("restore", "leak:secret", "--to", "x")
    assert (other.folder / "x/key.txt").read_text() == "top secret\n"


def test_forgotten_before_it_was_pushed(team):
    team.write("secret/key.txt", "top secret, and long enough to be found: " + "x" * 200)
    team.mlr("run", "-n", "leak", "-i", "secret", "--", "true")
    shutil.move(team.folder / "secret", team.folder.parent / "moved")
    team.mlr("forget", "secret", "--content")
    assert team.mlr("push", "--json").json["incomplete"] == []
    other = elsewhere(team)
    other.mlr("pull")
    assert shown(other, "leak")["inputs"][0]["forgotten"] is not None
    other.mlr("verify")


def test_remotes_are_named_once(team):
    assert team.mlr("remote", "list", "--json").json == {"schema": "mlrepro.remotes/1", "remotes": [{"name": "origin", "location": str(team.share)}]}
    assert "there already" in team.mlr("remote", "add", "origin", team.share, expect=4).err
    assert "no such folder" in team.mlr("remote", "add", "x", "nowhere", expect=3).err
    team.write("full/file", "x")
    assert "not empty" in team.mlr("remote", "add", "x", "full", expect=4).err
    assert contents(team.folder / "full").keys() == {b"file"}
    (team.folder / "empty").mkdir()
    team.mlr("remote", "add", "second", "empty")
    team.mlr("push", "--remote", "second")
    team.mlr("push")  # origin
    team.mlr("remote", "remove", "origin")
    assert team.mlr("push", "--remote", "origin", expect=3).code == 3
    team.mlr("remote", "remove", "second")
    assert "remote add" in team.mlr("push", expect=3).err
    assert (team.folder / "empty/mlrepro-remote").exists()


def test_a_share_that_is_not_mounted(team):
    record(team)
    (team.share / "mlrepro-remote").unlink()
    for verb in ("push", "pull"):
        result = team.mlr(verb, expect=8)
        assert "mount" in result.err and result.err.count("\n") == 2
    assert share_files(team) == []
    team.share.rmdir()
    team.mlr("push", expect=8)
    assert not team.share.exists()


def test_a_remote_of_a_newer_kind(team):
    (team.share / "mlrepro-remote").chmod(0o644)
    (team.share / "mlrepro-remote").write_text("mlrepro-remote 2\n")
    assert "newer" in team.mlr("pull", expect=8).err


def packs(world):
    return sorted((world.share / "packs").iterdir(), key=lambda path: -path.stat().st_size)


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "empty"])
def test_a_damaged_remote_is_named(team, harm):
    record(team)
    team.mlr("push")
    team.mlr("run", "-n", "small", "--", "true")
    team.mlr("push")
    victim = packs(team)[0]
    data = bytearray(victim.read_bytes())
    victim.chmod(0o644)
    if harm == "flip":
        data[len(data) // 2] ^= 1
    if harm == "gone":
        victim.unlink()
    else:
        victim.write_bytes({"flip": bytes(data), "cut": bytes(data[:len(data) // 2]), "empty": b""}[harm])
    other = elsewhere(team)
    result = other.mlr("pull", "--json", expect=6).json
    left_out = {item["run"]: item["reason"] for item in result["incomplete"]}
    assert left_out[shown(team, "first")["id"]], result
    # What needs nothing of the damaged file comes, and is whole.
    assert {run["id"] for run in other.mlr("list", "--json").json["runs"]} == {shown(team, "small")["id"]} - set(left_out)
    other.mlr("verify")
    # Whoever has it sends what is missing when the run is named.
    team.mlr("push", "first", "small", *(["--recheck"] if harm == "flip" else []))
    other.mlr("pull")
    assert shown(other, "first") == shown(team, "first")
    other.mlr("verify")
    assert team.mlr("push", "--recheck", "--json").json["records"] == 0


def test_every_flipped_bit_is_found(team):
    """Whatever byte of a remote is damaged, what comes is right, or does not come."""
    team.mlr("run", "-n", "only", "-i", "train.sh", "--", "true")
    team.mlr("push")
    expected = shown(team, "only")
    empty = elsewhere(team, "empty")
    for path in [path for path in sorted(team.share.rglob("*")) if path.is_file()]:
        path.chmod(0o644)
        original = path.read_bytes()
        for at in range(0, len(original), max(1, len(original) // flips_of(40))):
            damaged = bytearray(original)
            damaged[at] ^= 0x20
            path.write_bytes(bytes(damaged))
            other = copy_world(empty, team.folder.parent / "flip")
            code = other.popen("pull", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
            assert code in (0, 6, 8), (path, at)
            if has_runs(other):
                assert shown(other, "only") == expected, (path, at)
            other.mlr("verify")
        path.write_bytes(original)


def has_runs(world):
    """By another program than ours, and in less time."""
    with contextlib.closing(sqlite3.connect(world.folder / STORE / "mlrepro.db")) as database:
        return database.execute("SELECT count(*) FROM runs").fetchone() != (0,)


def test_repair_from_a_remote(team):
    record(team)
    team.mlr("push")
    shutil.rmtree(team.folder / "data")
    for pack in (team.folder / STORE / "objects/packs").iterdir():
        data = bytearray(pack.read_bytes())
        data[len(data) // 3] ^= 0xff
        pack.chmod(0o600)
        pack.write_bytes(bytes(data))
    assert team.mlr("verify", "--json", expect=1).json["damaged"]
    repaired = team.mlr("verify", "--repair", "--json").json
    assert any(item["repaired_from"] == "remote 'origin'" for item in repaired["damaged"]), repaired
    team.mlr("verify")
    team.mlr("restore", "first:data", "--to", "back")
    assert (team.folder / "back/rows.csv").read_text() == rows()


def test_repair_says_what_a_remote_lacks(team):
    record(team)
    shutil.rmtree(team.folder / "data")
    shutil.rmtree(team.folder / STORE / "objects/packs")
    result = team.mlr("verify", "--repair", "--json", expect=1).json
    assert any("remote 'origin' does not have it" in (item["not_repaired"] or "") for item in result["damaged"])
    shutil.rmtree(team.share)
    result = team.mlr("verify", "--repair", "--json", expect=1).json
    assert any("mount" in (item["not_repaired"] or "") or "no remote" in (item["not_repaired"] or "") for item in result["damaged"])


def test_a_store_that_lacks_something_pushes_the_rest(team):
    record(team)
    team.mlr("run", "-n", "other", "--", "true")
    shutil.rmtree(team.folder / STORE / "objects/packs")
    team.mlr("run", "-n", "whole", "--", "echo", "new")
    result = team.mlr("push", "--json", expect=6).json
    assert "first" in [item["name"] for item in result["incomplete"]]
    assert "whole" in [run["name"] for run in result["runs"]]


def test_odd_texts_travel(team):
    team.write("odd", "x")
    odd = os.fsencode(team.folder) + b"/data \xff\n"
    with open(odd, "wb") as file:
        file.write(b"odd")
    team.mlr("run", "-n", "odd", "-i", os.fsdecode(odd), "--note", "ä\n\t\"", "--", "sh", "-c", "printf '\\377\\n'; true '\n'")
    team.mlr("push")
    other = elsewhere(team)
    other.mlr("pull")
    assert shown(other, "odd") == shown(team, "odd")
    assert other.mlr("push", "--json").json["runs"] == []


def test_two_push_at_once(team):
    others = [elsewhere(team, f"o{i}") for i in range(3)]
    for number, world in enumerate(others):
        world.write("data/rows.csv", rows())  # the same in all
        world.write("data/own.bin", os.urandom(200_000))
        for i in range(3):
            world.mlr("run", "-n", f"r{number}-{i}", "-i", "data", "--", "true")
    processes = [world.popen("push", stdout=subprocess.PIPE, stderr=subprocess.PIPE) for world in others for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    team.mlr("pull")
    assert len(team.mlr("list", "--json").json["runs"]) == 9
    team.mlr("verify")
    assert list((team.share / "incoming").iterdir()) == []


