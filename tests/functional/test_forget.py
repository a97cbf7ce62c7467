# SPDX-License-Identifier: Apache-2.0
"""forget takes runs and snapshots off the record; gc then removes what only they named."""

import subprocess

import pytest

from faults import STORE, contents, copy_world, differing, snapshots_of
from test_gc import disk_bytes, noise


def names(project):
    return [run["name"] for run in project.mlr("list", "--json").json["runs"]]


def database_has(project, text):
    folder = project.folder / STORE
    return any(text.encode() in path.read_bytes() for path in folder.glob("mlrepro.db*"))


@pytest.fixture
def two_runs(project):
    """Two runs with the same input; each has an output, a log and an artifact of its own."""
    project.write(".gitignore", "in.csv\nout.bin\nplot.png\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "ignore")
    project.write("in.csv", "1,2\n" * 100)
    for name in ("first", "second"):
        project.mlr("run", "-n", name, "-p", f"kind=value_of_{name}", "-i", "in.csv", "-o", "out.bin", "--",
                    "sh", "-c", f"head -c 300000 /dev/urandom > out.bin; echo said by {name}")
        project.write("plot.png", noise(50_000))
        project.mlr("log", "artifact", "plot.png", "--run", name)
    return project


def test_a_run_goes_with_what_only_it_had(two_runs):
    before = disk_bytes(two_runs)
    gone, kept = two_runs.mlr("show", "first", "--json").json, two_runs.mlr("show", "second", "--json").json
    assert database_has(two_runs, "value_of_first")
    result = two_runs.mlr("forget", "first", "--json").json
    assert result["schema"] == "mlrepro.forgetting/1" and result["snapshots"] == []
    assert [(run["id"], run["name"], run["replays"]) for run in result["runs"]] == [(gone["id"], "first", [])]
    assert names(two_runs) == ["second"]
    two_runs.mlr("show", "first", expect=3)
    assert gone["outputs"][0]["snapshot"] not in [item["id"] for item in snapshots_of(two_runs)]
    assert not database_has(two_runs, "value_of_first"), "nothing of it is left in the database"

    reasons = two_runs.mlr("gc", "--json").json["reasons"]
    assert len(reasons) == 1 and reasons[0]["reason"].startswith("of run first, forgotten on 20")
    assert reasons[0]["bytes"] > 350_000
    two_runs.mlr("gc", "--apply", "--now")
    assert disk_bytes(two_runs) < before - 350_000
    assert two_runs.mlr("gc", "--json").json["reasons"] == []
    assert not database_has(two_runs, "forgotten on 20"), "what is collected is spoken of no more"
    two_runs.mlr("verify")
    assert two_runs.mlr("show", "second", "--json").json == kept
    assert two_runs.mlr("show", "second", "--logs").out == "said by second\n"
    for path in ("in.csv", "out.bin"):
        two_runs.mlr("restore", f"second:{path}", "--to", "back")
        (two_runs.folder / "back").unlink()


def test_several_or_none(two_runs):
    two_runs.mlr("forget", "first", "nothing", expect=3)
    assert names(two_runs) == ["second", "first"]
    two_runs.mlr("forget", "first", "@1", "second")
    assert names(two_runs) == [] and snapshots_of(two_runs) == []
    assert two_runs.mlr("list", "experiments", "--json").json["experiments"] == []
    two_runs.mlr("gc", "--apply", "--now")
    assert disk_bytes(two_runs) == 0


def test_a_running_run_stays(project):
    live = project.popen("run", "-n", "live", "--", "sh", "-c", "echo started; read line",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    live.stdout.readline()
    refused = project.mlr("forget", "live", expect=4)
    assert "live is running" in refused.err
    live.communicate(b"\n", timeout=300)
    project.mlr("forget", "live")
    assert names(project) == []


def test_replays_stay_and_are_named(two_runs):
    two_runs.mlr("reproduce", "first", expect=1)
    replay = names(two_runs)[0]
    result = two_runs.mlr("forget", "first", "--json").json
    assert result["runs"][0]["replays"] == [replay]
    assert two_runs.mlr("show", replay, "--json").json["parent"] is not None
    two_runs.mlr("gc", "--apply", "--now")
    two_runs.mlr("verify")


def test_a_snapshot_of_ones_own(project):
    project.write("data/a.bin", noise(200_000))
    project.mlr("snapshot", "data")
    old = snapshots_of(project)[0]["id"]
    project.write("data/a.bin", noise(200_000))
    project.mlr("snapshot", "data")
    result = project.mlr("forget", old[:12], "--json").json
    assert result["snapshots"] == [{"id": old, "path": "data", "kept_by": []}]
    assert old not in [item["id"] for item in snapshots_of(project)]
    reason = project.mlr("gc", "--json").json["reasons"][0]
    assert reason["reason"].startswith(f"of snapshot {old[:12]} of data, forgotten on") and reason["bytes"] > 200_000
    project.mlr("gc", "--apply", "--now")
    project.mlr("restore", "data.snap", "--to", "copy")
    assert differing(contents(project.folder / "data"), contents(project.folder / "copy")) == []
    project.mlr("forget", "data.snap")
    project.mlr("show", "data.snap", expect=3)


def test_what_runs_have_as_data_stays(two_runs):
    two_runs.mlr("snapshot", "in.csv", "-n", "mine")
    result = two_runs.mlr("forget", "mine", "--json").json
    assert result["snapshots"][0]["kept_by"] == ["second", "first"]
    two_runs.mlr("gc", "--apply", "--now")
    two_runs.mlr("restore", "first:in.csv", "--to", "back.csv")
    assert (two_runs.folder / "back.csv").read_bytes() == (two_runs.folder / "in.csv").read_bytes()
    snapshot = result["snapshots"][0]["id"]
    refused = two_runs.mlr("forget", snapshot, expect=4)
    assert "first" in refused.err and "second" in refused.err
    two_runs.mlr("forget", "first", "second")
    two_runs.mlr("show", snapshot, expect=3)


def test_data_of_a_run_alone_does_not_go(two_runs):
    two_runs.mlr("forget", "first:out.bin", expect=2)
    two_runs.mlr("forget", expect=2)
    assert names(two_runs) == ["second", "first"]


def test_answers(workshop, tmp_path):
    world = copy_world(workshop, tmp_path / "w")
    answer = world.mlr("forget", "kept")
    assert answer.out == "run kept  forgotten\n" and "gc --apply" in answer.err
    answer = world.mlr("forget", "data.snap")
    assert answer.out.startswith("snapshot ") and answer.out.endswith("  data  forgotten\n")
