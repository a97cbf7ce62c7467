# SPDX-License-Identifier: Apache-2.0
"""snapshot and restore, as a user meets them: pointer files, parts, targets, refusals."""

import hashlib
import os

import pytest


@pytest.fixture
def data(project):
    project.write("data/a.csv", "a\n")
    project.write("data/sub/b.csv", "b\n")
    project.write("data/sub/c.csv", "c\n")
    return project


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


WHOLE = {"a.csv": "a\n", "sub/b.csv": "b\n", "sub/c.csv": "c\n"}


class TestSnapshot:
    def test_a_pointer_file_names_what_was_taken(self, data):
        snapshot = data.mlr("snapshot", "data/a.csv", "--json").json
        lines = (data.folder / "data/a.csv.snap").read_text().splitlines()
        digest = hashlib.sha256(b"a\n").hexdigest()
        assert lines == ["mlrepro-snapshot 1", f"id {snapshot['id']}", f"digest sha256:{digest}", "files 1", "bytes 2"]
        assert ".mlrepro" not in data.git("status", "--porcelain")

    def test_the_pointer_file_changes_with_the_content_only(self, data):
        data.mlr("snapshot", "data")
        first = (data.folder / "data.snap").read_text()
        data.mlr("snapshot", "data/")
        assert (data.folder / "data.snap").read_text() == first
        data.write("data/a.csv", "other\n")
        data.mlr("snapshot", "data")
        assert (data.folder / "data.snap").read_text() != first
        assert not (data.folder / "data/.snap").exists()

    def test_several_paths(self, data):
        result = data.mlr("snapshot", "data/a.csv", "data/sub")
        assert [line.split()[1] for line in result.out.splitlines()] == ["data/a.csv", "data/sub"]
        assert (data.folder / "data/a.csv.snap").exists() and (data.folder / "data/sub.snap").exists()
        taken = data.mlr("snapshot", "data/a.csv", "data/sub", "--json").json
        assert taken["schema"] == "mlrepro.list/1" and [item["files"] for item in taken["snapshots"]] == [1, 2]

    def test_a_misspelt_path_among_several_leaves_nothing_half_done(self, data):
        err = data.mlr("snapshot", "data/a.csv", "data/sbu", expect=3).err
        assert "did you mean 'sub'" in err
        assert not (data.folder / "data/a.csv.snap").exists()
        assert data.mlr("list", "snapshots", "--json").json["snapshots"] == []

    def test_a_name(self, data):
        data.mlr("snapshot", "data", "-n", "sales-2021", "--no-pointer")
        assert data.mlr("show", "sales-2021", "--json").json["path"] == "data"
        data.mlr("snapshot", "data", "data/sub", "-n", "two", expect=2)

    def test_the_identity_alone(self, data):
        snapshot = data.mlr("snapshot", "data", "--no-store", "--json").json
        assert not snapshot["stored"]
        assert "identity only" in data.mlr("show", "data").out
        assert "identity" in data.mlr("list", "snapshots").out
        assert data.mlr("diff", "data", "--json").json["same"]
        err = data.mlr("restore", "data.snap", "--to", "copy", expect=3).err
        assert "identity" in err and not (data.folder / "copy").exists()

    def test_ignored_files(self, data):
        data.write("data/.mlreproignore", "*.tmp\n/sub/c.csv\n!kept.tmp\n")
        data.write("data/x.tmp", "x")
        data.write("data/kept.tmp", "y")
        data.write("data/.gitignore", "*\n")
        data.mlr("snapshot", "data")
        data.mlr("restore", "data.snap", "--to", "copy")
        assert set(files(data.folder / "copy")) == {"a.csv", "sub/b.csv", "kept.tmp", ".mlreproignore", ".gitignore"}

    def test_outside_the_repository(self, data, tmp_path):
        (tmp_path / "elsewhere.csv").write_text("e\n")
        path = data.mlr("snapshot", tmp_path / "elsewhere.csv", "--json").json["path"]
        assert path == str(tmp_path / "elsewhere.csv") and (tmp_path / "elsewhere.csv.snap").exists()

    def test_an_empty_folder_and_an_empty_file(self, project):
        (project.folder / "empty").mkdir()
        project.write("empty.csv", "")
        project.mlr("snapshot", "empty", "empty.csv")
        project.mlr("restore", "empty.snap", "--to", "e1")
        project.mlr("restore", "empty.csv.snap", "--to", "e2")
        assert os.listdir(project.folder / "e1") == [] and (project.folder / "e2").read_bytes() == b""


class TestRestore:
    @pytest.fixture
    def taken(self, data):
        data.mlr("snapshot", "data")
        return data

    def test_to_where_it_was(self, taken):
        (taken.folder / "data/a.csv").unlink()
        assert "1 file, 2 B written, 2 already right" in taken.mlr("restore", "data.snap").out
        assert files(taken.folder / "data") == WHOLE

    def test_from_a_subfolder(self, taken):
        (taken.folder / "data/a.csv").unlink()
        taken.mlr("restore", "../../data.snap", cwd=taken.folder / "data/sub")
        assert files(taken.folder / "data") == WHOLE

    def test_elsewhere(self, taken):
        out = taken.mlr("restore", "data.snap", "--to", "copy/deep").out
        assert out == "copy/deep  3 files, 6 B written\n" and files(taken.folder / "copy/deep") == WHOLE

    @pytest.mark.parametrize("parts, expected", [
        (["a.csv"], {"a.csv"}),
        (["sub"], {"sub/b.csv", "sub/c.csv"}),
        (["sub/"], {"sub/b.csv", "sub/c.csv"}),
        (["sub/c.csv", "a.csv"], {"sub/c.csv", "a.csv"}),
    ])
    def test_a_part(self, taken, parts, expected):
        taken.mlr("restore", "data.snap", *parts, "--to", "copy")
        assert set(files(taken.folder / "copy")) == expected

    def test_a_part_where_it_was(self, taken):
        taken.write("data/sub/b.csv", "mine\n")
        taken.write("data/a.csv", "mine\n")
        taken.mlr("restore", "data.snap", "sub/b.csv", expect=4)
        taken.mlr("restore", "data.snap", "sub/b.csv", "--force")
        assert files(taken.folder / "data") == {**WHOLE, "a.csv": "mine\n"}

    def test_a_part_that_is_not_in_it(self, taken):
        assert "did you mean 'sub/b.csv'" in taken.mlr("restore", "data.snap", "sub/d.csv", "--to", "copy", expect=3).err
        taken.mlr("restore", "data.snap", "../escape", "--to", "copy", expect=2)
        assert not (taken.folder / "copy").exists()

    def test_nothing_is_overwritten_unasked_and_then_nothing_is_written(self, taken):
        taken.write("data/sub/c.csv", "mine\n")
        (taken.folder / "data/a.csv").unlink()
        err = taken.mlr("restore", "data.snap", expect=4).err
        assert "sub/c.csv" in err and "--force" in err and "--to" in err
        assert files(taken.folder / "data") == {"sub/b.csv": "b\n", "sub/c.csv": "mine\n"}
        assert taken.mlr("restore", "data.snap", "--json", expect=4).error["kind"] == "conflict"

    def test_force_replaces_changed_files_and_keeps_others(self, taken):
        taken.write("data/sub/c.csv", "mine\n")
        taken.write("data/other.txt", "other\n")
        taken.mlr("restore", "data.snap", "--force")
        assert files(taken.folder / "data") == {**WHOLE, "other.txt": "other\n"}

    def test_damage_leaves_everything_as_it_was(self, taken):
        for path in (taken.folder / ".mlrepro/objects/packs").iterdir():
            content = bytearray(path.read_bytes())
            content[20] ^= 1  # in the head of the first block
            path.chmod(0o600)
            path.write_bytes(content)
        taken.mlr("restore", "data.snap", "--to", "copy", expect=6)
        assert not (taken.folder / "copy").exists()
        assert not [name for name in os.listdir(taken.folder) if "restore" in name]

    def test_the_code_of_a_run(self, taken):
        taken.write("new.py", "new\n")
        taken.mlr("run", "-n", "x", "--", "true")
        taken.mlr("restore", "x", expect=2)
        taken.mlr("restore", "x", "--to", "code")
        assert files(taken.folder / "code")["new.py"] == "new\n"
        assert os.access(taken.folder / "code/train.sh", os.X_OK)
        taken.mlr("restore", "x", "train.sh", "--to", "part")
        assert set(files(taken.folder / "part")) == {"train.sh"}

    def test_an_output_of_a_run(self, taken):
        taken.mlr("run", "-n", "x", "-o", "out.txt", "--", "sh", "-c", "echo 1 > out.txt")
        taken.mlr("run", "-n", "y", "-o", "out.txt", "--", "sh", "-c", "echo 2 > out.txt")
        taken.mlr("restore", "x:out.txt", "--to", "old.txt")
        assert (taken.folder / "old.txt").read_text() == "1\n"
        taken.mlr("restore", "x:out.txt", expect=4)
        taken.mlr("restore", "x:out.txt", "--force")
        assert (taken.folder / "out.txt").read_text() == "1\n"


class TestLog:
    def test_json_says_what_was_added(self, project):
        project.mlr("run", "-n", "x", "--", "true")
        lines = b'{"metric":"a","value":1}\n{"a":2,"b":3,"step":5}\n'
        assert project.mlr("log", "--stdin", "--run", "x", "--json", stdin=lines).json["added"] == 3
        assert project.mlr("log", "metric", "a", "-0.5", "--run", "x", "--json").json["added"] == 1
        assert project.last()["metrics"]["a"]["last"] == -0.5

    def test_artifacts_under_another_name(self, project):
        project.mlr("run", "-n", "x", "--", "true")
        project.write("a.html", "a")
        project.mlr("log", "artifact", "a.html", "--as", "report.html", "--run", "x")
        assert [item["path"] for item in project.last()["artifacts"]] == ["report.html"]
        project.mlr("log", "artifact", "a.html", "train.sh", "--as", "one", "--run", "x", expect=2)

    def test_a_bad_line_adds_nothing(self, project):
        project.mlr("run", "-n", "x", "--", "true")
        err = project.mlr("log", "--stdin", "--run", "x", expect=2, stdin=b'{"metric":"a","value":1}\nnonsense\n').err
        assert "line 2" in err and project.last()["metrics"] == {}
