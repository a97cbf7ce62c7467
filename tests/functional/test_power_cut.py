# SPDX-License-Identifier: Apache-2.0
"""The power is cut: the store has what was synced and no more. What was acknowledged is there."""

import shutil

import pytest

from faults import EVERYWHERE, STORE, Memory, copy_world
from power_cut import Disk, changes_of

RUN = ["run", "-n", "new", "-i", "data", "-o", "out.txt", "--", "sh", "-c",
       """echo said; echo '{"metric":"m","value":0.5}' >> $MLREPRO_METRICS; cat data/a.csv > out.txt"""]  # fmt: skip


def is_recorded(world):
    run = world.mlr("show", "new", "--json").json
    assert run["status"] == "finished" and run["metrics"]["m"]["last"] == 0.5
    assert world.mlr("show", "new", "--logs").out == "said\n"
    target = world.folder.parent / "output"
    world.mlr("restore", "new:out.txt", "--to", target)
    assert target.read_bytes() == (world.folder / "data/a.csv").read_bytes()
    target.unlink()


def is_logged(world):
    assert world.mlr("show", "kept", "--json").json["metrics"]["late"]["last"] == 0.25


def is_taken(world):
    assert world.mlr("list", "snapshots", "--json").json["snapshots"][0]["name"] == "now"


COMMANDS = {"run": (RUN, is_recorded),
            "log to an ended run": (["log", "metric", "late", "0.25", "--run", "kept"], is_logged),
            "snapshot": (["snapshot", "data", "-n", "now", "--no-pointer"], is_taken)}  # fmt: skip


def cuts(calls):
    """After how many calls: behind syncs, between which nothing reaches the disk, and when all is done."""
    syncs = [number + 1 for number, call in enumerate(calls) if call[1] in ("fsync", "fdatasync")]
    return [*(syncs if EVERYWHERE else syncs[:: max(1, len(syncs) // 4)]), len(calls)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_store_in_use(workshop, tmp_path, command):
    words, is_done = COMMANDS[command]
    world = copy_world(workshop, tmp_path / "w")
    disk = Disk(world.folder / STORE)
    # From here on each cut is a copy of this: the calls name its paths.
    before = copy_world(workshop, tmp_path / "before")
    memory = Memory(before, workshop)
    calls = changes_of(world, *words)
    applied = 0
    for cut in cuts(calls):
        for call in calls[applied:cut]:
            disk.apply(*call)
        applied = cut
        shutil.rmtree(world.folder / STORE)
        disk.put(world.folder / STORE)
        without = {"run": lambda run: run, "log to an ended run": without_late}.get(command, lambda run: run)
        memory.assert_kept(world, without)
        assert all(run["status"] in ("finished", "lost") for run in world.mlr("list", "--json").json["runs"])
        if cut == len(calls):
            is_done(world)


def without_late(run):
    metrics = {key: value for key, value in run["metrics"].items() if key != "late"}
    return {**run, "metrics": metrics, "additions": [item for item in run["additions"] if item["key"] != "late"]}


def test_the_first_run_of_all(workshop, tmp_path):
    world = copy_world(workshop, tmp_path / "w")
    shutil.rmtree(world.folder / STORE)
    disk = Disk(world.folder / STORE)
    calls = changes_of(world, *RUN)
    for call in calls:
        disk.apply(*call)
    shutil.rmtree(world.folder / STORE)
    disk.put(world.folder / STORE)
    is_recorded(world)
    world.mlr("verify")
