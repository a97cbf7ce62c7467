# SPDX-License-Identifier: Apache-2.0
"""The main job from every place where a user may stand."""

import os

import pytest

SCRIPT = 'cat data.csv > out.txt; echo "{\\"metric\\":\\"m\\",\\"value\\":$(wc -l < data.csv)}" >> $MLREPRO_METRICS'


def main_job(project, cwd=None, level=5, verdict=0):
    """Record, look, compare, snapshot, restore, reproduce; `cwd` is where the user stands."""
    cwd = cwd or project.folder
    (cwd / "data.csv").write_text("1\n2\n")
    project.mlr("run", "-n", "one", "-i", "data.csv", "-o", "out.txt", "--", "sh", "-c", SCRIPT, cwd=cwd)
    (cwd / "data.csv").write_text("1\n2\n3\n")
    project.mlr("run", "-n", "two", "-i", "data.csv", "-o", "out.txt", "--", "sh", "-c", SCRIPT, cwd=cwd)
    runs = project.mlr("list", "--json", cwd=cwd).json["runs"]
    assert [run["name"] for run in runs] == ["two", "one"]
    run = project.mlr("show", "one", "--json", cwd=cwd).json
    assert run["metrics"]["m"]["last"] == 2
    assert (run["code"]["digest"] is not None) == (level > 0)
    diff = project.mlr("diff", "one", "two", "--json", cwd=cwd).json
    assert [metric["delta"] for metric in diff["metrics"]] == [1]
    assert len(diff["inputs"]) == len(diff["outputs"]) == 1
    project.mlr("restore", "one:data.csv", "--force", cwd=cwd)
    assert (cwd / "data.csv").read_text() == "1\n2\n"
    project.mlr("snapshot", "data.csv", cwd=cwd)
    (cwd / "data.csv").unlink()
    project.mlr("restore", "data.csv.snap", cwd=cwd)
    assert (cwd / "data.csv").read_text() == "1\n2\n"
    answer = project.mlr("reproduce", "one", "--json", cwd=cwd, expect=verdict).json
    assert answer["verdict"] == ("reproduced" if verdict == 0 else "blocked")
    project.mlr("verify", cwd=cwd)
    return run


def test_at_the_top(project):
    run = main_job(project)
    assert run["cwd"] == "." and run["inputs"][0]["path"] == "data.csv"
    assert run["code"]["branch"] == "main" and run["code"]["commit"] == project.git("rev-parse", "HEAD").strip()


def test_in_a_subfolder(project):
    folder = project.folder / "deep/er"
    folder.mkdir(parents=True)
    run = main_job(project, folder)
    assert run["cwd"] == "deep/er" and run["inputs"][0]["path"] == "deep/er/data.csv"
    assert not list(project.folder.glob("deep/**/.mlrepro"))
    assert project.mlr("list", "--json").json["runs"]


def test_with_a_folder_given_by_C(project, tmp_path):
    project.write("sub/data.csv", "1\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.mlr("-C", project.folder / "sub", "run", "-i", "data.csv", "--", "pwd", cwd=elsewhere)
    assert project.last()["inputs"][0]["path"] == "sub/data.csv"
    assert os.listdir(elsewhere) == []


def test_with_a_store_elsewhere(project, tmp_path):
    store = tmp_path / "store"
    project.environment["MLREPRO_STORE"] = str(store)
    main_job(project)
    assert not (project.folder / ".mlrepro").exists() and (store / "mlrepro.db").exists()
    del project.environment["MLREPRO_STORE"]
    assert project.mlr("--store", store, "list", "--json").json["runs"]


def test_in_a_linked_worktree(project):
    project.git("worktree", "add", "-q", "-b", "topic", "../linked")
    linked = project.folder.parent / "linked"
    run = main_job(project, linked)
    assert run["code"]["branch"] == "topic" and run["cwd"] == "."
    assert not (linked / ".mlrepro").exists()
    # One repository, one store: the main worktree sees the runs of the linked one.
    assert len(project.mlr("list", "--json").json["runs"]) == 3


def test_in_a_subfolder_of_a_linked_worktree(project):
    project.git("worktree", "add", "-q", "../linked")
    folder = project.folder.parent / "linked/sub"
    folder.mkdir()
    run = main_job(project, folder)
    assert run["inputs"][0]["path"] == "sub/data.csv"


def test_in_a_repository_without_commits(bare):
    bare.git("init", "-q", "-b", "main")
    bare.write("train.py", "code\n")
    run = main_job(bare)
    assert run["code"]["commit"] is None and run["code"]["dirty"]
    assert "no commit yet+dirty" in bare.mlr("show", "one").out


def test_with_a_detached_head(project):
    project.git("checkout", "-q", "--detach")
    run = main_job(project)
    assert run["code"]["branch"] is None and len(run["code"]["commit"]) == 40


def test_during_a_merge_with_conflicts(project):
    project.write("a.txt", "base\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "base")
    project.git("checkout", "-q", "-b", "other")
    project.write("a.txt", "theirs\n")
    project.git("commit", "-qam", "theirs")
    project.git("checkout", "-q", "main")
    project.write("a.txt", "ours\n")
    project.git("commit", "-qam", "ours")
    with pytest.raises(Exception):
        project.git("merge", "-q", "other")
    before = (project.folder / "a.txt").read_bytes()
    run = main_job(project)
    assert run["code"]["dirty"] and (project.folder / "a.txt").read_bytes() == before
    assert "a.txt" in {change["path"] for change in run["code"]["changes"]}


@pytest.fixture
def with_submodule(project, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    project.git("init", "-q", "-b", "main", cwd=other)
    (other / "lib.py").write_text("x = 1\n")
    project.git("add", "-A", cwd=other)
    project.git("commit", "-q", "-m", "lib", cwd=other)
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "lib")
    project.git("commit", "-q", "-m", "add lib")
    return project


def test_with_a_submodule(with_submodule):
    run = main_job(with_submodule)
    assert [module["path"] for module in run["code"]["submodules"]] == ["lib"]
    with_submodule.write("lib/lib.py", "x = 2\n")
    with_submodule.mlr("run", "-n", "changed", "--", "true")
    assert with_submodule.last()["code"]["submodules"][0]["dirty"]
    assert "submodule" in with_submodule.mlr("show", "changed").out
    diff = with_submodule.mlr("diff", "two", "changed", "--json").json
    assert "lib/lib.py" in {file["path"] for file in diff["code"]["files"]}


def test_inside_a_submodule(with_submodule):
    run = main_job(with_submodule, with_submodule.folder / "lib")
    # It is a repository of its own, and has its own store.
    assert run["cwd"] == "." and (with_submodule.folder / "lib/.mlrepro").is_dir()
    assert not (with_submodule.folder / ".mlrepro").exists()


def test_outside_git(bare):
    run = main_job(bare, level=0, verdict=3)
    assert run["code"]["commit"] is None and run["level"]["recorded"] == 0
    assert "not in Git" in bare.mlr("show", "one").out
    assert "not in a Git repository" in bare.mlr("run", "--", "true").err


def test_in_a_subfolder_outside_git(bare):
    bare.mlr("init")
    folder = bare.folder / "sub"
    folder.mkdir()
    run = main_job(bare, folder, level=0, verdict=3)
    assert run["inputs"][0]["path"] == "sub/data.csv"
    assert not (folder / ".mlrepro").exists()


def test_names_that_need_care(bare):
    folder = bare.folder / "with space & 'quote' ü"
    folder.mkdir()
    bare.folder = folder
    bare.git("init", "-q")
    main_job(bare)
    bare.mlr("run", "-n", "odd", "-i", "data.csv", "--", "sh", "-c", "echo \"$0\"", "a 'b' $c | d")
    assert "'a '\\''b'\\'' $c | d'" in bare.mlr("show", "odd").out


def test_git_is_as_it_was(project):
    project.write("tracked.txt", "1\n")
    project.git("add", "-A")
    project.write("untracked.txt", "2\n")
    before = {path: path.read_bytes() for path in (project.folder / ".git").rglob("*") if path.is_file()}
    status = project.git("status", "--porcelain")
    project.mlr("run", "-n", "x", "--", "true")
    project.mlr("diff", "x")
    project.mlr("reproduce", "x", expect=9)
    assert {path: path.read_bytes() for path in (project.folder / ".git").rglob("*") if path.is_file()} == before | {
        project.folder / ".git/index": (project.folder / ".git/index").read_bytes()}
    assert project.git("status", "--porcelain") == status
