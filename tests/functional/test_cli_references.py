# SPDX-License-Identifier: Apache-2.0
"""Every kind of reference in every verb that takes one."""

import os

import pytest

from faults import copy_world


@pytest.fixture(scope="module")
def recorded(repository, tmp_path_factory):
    project = copy_world(repository, tmp_path_factory.mktemp("recorded") / "w")
    project.write(".gitignore", "data/\nmodel.txt\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "ignore")
    project.write("data/a.csv", "1\n")
    project.mlr("snapshot", "data", "-n", "table")
    for name, value, experiment in [("older", 1, "alpha"), ("newer", 2, "beta")]:
        project.mlr("run", "-n", name, "-e", experiment, "-t", f"stage={name}", "-i", "data", "-o", "model.txt", "--", "sh",
                    "-c", f"echo {value} > model.txt; echo '{{\"metric\":\"m\",\"value\":{value}}}' >> $MLREPRO_METRICS")
    return project


@pytest.fixture
def two_runs(recorded, tmp_path):
    return copy_world(recorded, tmp_path / "w")


RUNS = {
    "full id": lambda run: run["id"],
    "prefix of an id": lambda run: run["id"][:9],
    "name": lambda run: run["name"],
    "prefix of a name": lambda run: run["name"][:4],
    "position": lambda run: "@2",
    "position in an experiment": lambda run: "@alpha:1",
    "tag": lambda run: "tag:stage=older",
}

DATA = {
    "snapshot id": lambda project, id: id,
    "prefix of a snapshot id": lambda project, id: id[:10],
    "dataset": lambda project, id: "table",
    "path": lambda project, id: "data",
    "pointer file": lambda project, id: "data.snap",
    "absolute pointer file": lambda project, id: str(project.folder / "data.snap"),
    "path of a run": lambda project, id: "older:data",
    "path of a position": lambda project, id: "@2:data",
    "path of an experiment": lambda project, id: "@alpha:1:data",
}

RUN_VERBS = {
    "show": lambda p, ref, run: p.mlr("show", ref, "--json").json["id"] == run["id"],
    "show --logs": lambda p, ref, run: p.mlr("show", ref, "--logs", "--json").json["run"] == run["id"],
    "show --metric": lambda p, ref, run: p.mlr("show", ref, "--metric", "m", "--json").json["points"][0]["value"] == 1,
    "diff a": lambda p, ref, run: p.mlr("diff", ref, "newer", "--json").json["a"] == run["id"],
    "diff b": lambda p, ref, run: p.mlr("diff", "newer", ref, "--json").json["b"] == run["id"],
    "diff tree": lambda p, ref, run: p.mlr("diff", ref, "--json").json["a"] == run["id"],
    "log": lambda p, ref, run: p.mlr("log", "note", "x", "--run", ref, "--json").json["run"] == run["id"],
    "restore": lambda p, ref, run: p.mlr("restore", ref, "--to", "code", "--json").json["files"] == 3,
    "verify": lambda p, ref, run: p.mlr("verify", ref, "--json").json["damaged"] == [],
    # Last, since its replay is a run too, and the newest.
    "reproduce": lambda p, ref, run: p.mlr("reproduce", ref, "--json").json["run"] == run["id"],
}

DATA_VERBS = {
    "show": lambda p, ref, id: p.mlr("show", ref, "--json").json["id"] == id,
    "diff a": lambda p, ref, id: p.mlr("diff", ref, "newer:model.txt", "--json").json["a"] == id,
    "diff b": lambda p, ref, id: p.mlr("diff", "newer:model.txt", ref, "--json").json["b"] == id,
    "diff tree": lambda p, ref, id: p.mlr("diff", ref, "--json").json["same"],
    "restore": lambda p, ref, id: p.mlr("restore", ref, "--to", "copy", "--json").json["files"] == 1,
    "verify": lambda p, ref, id: p.mlr("verify", ref, "--json").json["damaged"] == [],
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_by_every_kind_of_reference_in_every_verb(two_runs, kind):
    run = two_runs.mlr("show", "older", "--json").json
    for verb, works in RUN_VERBS.items():
        assert works(two_runs, RUNS[kind](run), run), f"{verb} by {kind}"


def test_data_by_every_kind_of_reference_in_every_verb(two_runs):
    id = two_runs.mlr("show", "table", "--json").json["id"]
    for kind, reference in DATA.items():
        for verb, works in DATA_VERBS.items():
            assert works(two_runs, reference(two_runs, id), id), f"{verb} by {kind}"
            if verb == "restore":
                (two_runs.folder / "copy/a.csv").unlink()
                (two_runs.folder / "copy").rmdir()


def test_an_output_is_data_too(two_runs):
    two_runs.mlr("restore", "older:model.txt", "--to", "old.txt")
    assert (two_runs.folder / "old.txt").read_text() == "1\n"
    assert two_runs.mlr("show", "newer:model.txt", "--json").json["path"] == "model.txt"


def test_a_name_comes_before_the_beginning_of_an_id(two_runs):
    run = two_runs.mlr("show", "older", "--json").json["id"]
    two_runs.mlr("snapshot", "data", "-n", run[:4])
    assert two_runs.mlr("show", run[:4], "--json").json["schema"] == "mlrepro.snapshot/1"
    assert two_runs.mlr("show", run[:9], "--json").json["id"] == two_runs.mlr("show", run, "--json").json["id"] == run


def test_references_are_seen_from_here(two_runs):
    folder = two_runs.folder / "data"
    id = two_runs.mlr("show", "table", "--json").json["id"]
    for reference in ["../data.snap", "@1:.", "newer:data", "newer:../data"]:
        assert two_runs.mlr("show", reference, "--json", cwd=folder).json["id"] == id, reference


REFUSED = {
    "unknown": ("nothing-like-this", 3, "not_found"),
    "unknown position": ("@77", 3, "not_found"),
    "unknown experiment": ("@gamma:1", 3, "not_found"),
    "unknown tag": ("tag:stage=none", 3, "not_found"),
    "unknown path": ("older:nowhere", 3, "not_found"),
    "several by tag": ("tag:shared=yes", 3, "ambiguous"),
    "several by name": ("twin", 3, "ambiguous"),
    "malformed": ("@", 2, "usage"),
    "malformed tag": ("tag:stage", 2, "usage"),
}


@pytest.mark.parametrize("verb", [["show"], ["diff"], ["reproduce"], ["restore"], ["verify"], ["log", "note", "x", "--run"]],
                         ids=lambda verb: verb[0])
def test_a_reference_that_names_nothing_or_too_much(two_runs, verb):
    two_runs.mlr("run", "-n", "twin", "-t", "shared=yes", "--", "true")
    two_runs.mlr("run", "-n", "twin", "-t", "shared=yes", "--", "true")
    for what, (reference, code, kind) in REFUSED.items():
        error = two_runs.mlr(*verb, reference, "--json", expect=code).error
        assert error["kind"] == kind, what
        assert reference in error["message"], what


def test_ambiguous_names_come_with_their_candidates(two_runs):
    for _ in range(2):
        two_runs.mlr("run", "-n", "twin", "--", "true")
    ids = [run["id"][:8] for run in two_runs.mlr("list", "--filter", "name = 'twin'", "--json").json["runs"]]
    error = two_runs.mlr("show", "twin", expect=3).err
    assert all(id in error for id in ids)
    assert two_runs.mlr("show", ids[0], "--json").json["name"] == "twin"


def test_a_pointer_file_of_another_store(two_runs, tmp_path):
    other = tmp_path / "other.snap"
    other.write_text((two_runs.folder / "data.snap").read_text().replace(
        two_runs.mlr("show", "table", "--json").json["id"], "ab" * 32))
    error = two_runs.mlr("show", str(other), expect=3).err
    assert "not in this store" in error
    other.write_text("nonsense")
    assert "other.snap" in two_runs.mlr("show", str(other), expect=6).err


def test_names_that_no_reference_could_name_are_refused(two_runs):
    for name in ["@1", "a:b", "line\nfeed"]:
        assert "can't be a name" in two_runs.mlr("run", "-n", name, "--", "true", expect=2).err
        assert "can't be a name" in two_runs.mlr("snapshot", "data", "-n", name, expect=2).err
    assert os.listdir(two_runs.folder / ".mlrepro/runs") == []
