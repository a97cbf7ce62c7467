# SPDX-License-Identifier: Apache-2.0
"""diff, show and list: what they compare, and in which forms they say it."""

import os
import pathlib
import re
import sys

import pytest

BINARY = os.environ["MLREPRO_BINARY"]
DIFF_KEYS = {"schema", "a", "b", "same", "command", "code", "params", "metrics", "inputs", "outputs", "environment"}


def record(project, name, script="true", *options):
    project.mlr("run", "-n", name, *options, "--", "sh", "-c", script)


def metric(key, value):
    return f'echo \'{{"metric":"{key}","value":{value}}}\' >> $MLREPRO_METRICS; '


def sections(text):
    return re.findall(r"^(\w+)$", text, re.MULTILINE)


@pytest.fixture
def pair(project):
    project.write(".gitignore", "data/\nout/\n")
    project.write("model.py", "one\ntwo\n")
    project.write("logo.bin", bytes(range(256)))
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "model")
    project.write("data/a.csv", "1\n")
    project.write("data/b.csv", "2\n")
    record(project, "a", metric("loss", 0.5) + metric("gone", 1) + metric("zero", 0) + "mkdir -p out; echo 1 > out/m",
           "-p", "lr=0.1", "-p", "old=1", "-i", "data", "-o", "out")
    project.write("model.py", "one\n2\n3\n")
    project.write("logo.bin", b"\0other")
    project.write("added.py", "new\n")
    project.write("data/a.csv", "1\n2\n")
    (project.folder / "data/b.csv").unlink()
    project.write("data/c|d.csv", "3\n")
    record(project, "b", metric("loss", 0.25) + metric("fresh", "NaN") + metric("zero", 3) + "echo 2 > out/m",
           "-p", "lr=0.2", "-p", "new=x|y", "-i", "data", "-o", "out")
    return project


def test_two_runs(pair):
    diff = pair.mlr("diff", "a", "b", "--json").json
    assert set(diff) == DIFF_KEYS and not diff["same"]
    files = {item["path"]: (item["state"], item["added"], item["removed"]) for item in diff["code"]["files"]}
    assert files == {"model.py": ("modified", 2, 1), "logo.bin": ("modified", None, None), "added.py": ("added", 1, 0)}
    params = {item["key"]: (item["a"], item["b"]) for item in diff["params"]}
    assert params == {"lr": ("0.1", "0.2"), "old": ("1", None), "new": (None, "x|y")}
    metrics = {item["key"]: (item["a"], item["b"], item["delta"], item["relative"]) for item in diff["metrics"]}
    assert metrics == {"loss": (0.5, 0.25, -0.25, -0.5), "gone": (1, None, None, None),
                       "fresh": (None, "NaN", None, None), "zero": (0, 3, 3, None)}
    data = diff["inputs"][0]
    assert [[item["path"] for item in data["files"][key]] for key in ("added", "removed", "changed")] == [
        ["c|d.csv"], ["b.csv"], ["a.csv"]]
    assert [item["path"] for item in diff["outputs"]] == ["out"]
    assert diff["environment"] == []


def test_the_text_shows_sections_that_differ_and_sums_up_the_rest(pair):
    text = pair.mlr("diff", "a", "b").out
    assert sections(text) == ["command", "code", "parameters", "metrics", "inputs", "outputs"]
    assert text.splitlines()[0] == ("a (a) and b (b): command, code, parameters, metrics, inputs, outputs differ")
    assert text.splitlines()[-1] == "same: environment"
    assert re.search(r"loss +0\.5 +0\.25 +-0\.25 +-50 %", text)
    assert re.search(r"fresh +\(none\) +NaN$", text, re.MULTILINE)
    assert "data/c|d.csv" in text
    assert pair.mlr("diff", "a", "a").out == "a (a) and a (b): the same\n"


def test_all_lists_what_is_the_same_too(pair):
    record(pair, "c", metric("loss", 0.25), "-p", "lr=0.2", "-p", "kept=1", "-i", "data")
    record(pair, "d", metric("loss", 0.5), "-p", "lr=0.2", "-p", "kept=1", "-i", "data")
    short = pair.mlr("diff", "c", "d", "--json").json
    full = pair.mlr("diff", "c", "d", "--all", "--json").json
    assert short["params"] == [] and {item["key"] for item in full["params"]} == {"lr", "kept"}
    assert short["inputs"] == [] and [item["path"] for item in full["inputs"]] == ["data"]
    assert len(full["environment"]) > 5
    assert "kept" in pair.mlr("diff", "c", "d", "--all").out and "kept" not in pair.mlr("diff", "c", "d").out


def test_values_that_six_digits_do_not_tell_apart(project):
    record(project, "a", metric("m", "0.12345678"))
    record(project, "b", metric("m", "0.12345679"))
    text = project.mlr("diff", "a", "b").out
    assert "0.12345678" in text and "0.12345679" in text


def test_patch(pair):
    text = pair.mlr("diff", "a", "b", "--patch").out
    for line in ("-two", "+2", "+3", "+new"):
        assert f"\n{line}\n" in text
    patches = {item["path"]: item["patch"] for item in pair.mlr("diff", "a", "b", "--patch", "--json").json["code"]["files"]}
    assert "+3" in patches["model.py"] and patches["logo.bin"] is None or "Binary" in patches["logo.bin"]


def cells(line):
    return re.split(r"(?<!\\)\|", line.strip())[1:-1]


def test_markdown_is_a_valid_table_whatever_the_names(pair):
    pair.write("model.py", "```\nfence\n```\n")
    record(pair, "pipe|name", "echo '`a|b`'", "-p", "<b>=*x*")
    for words in (["diff", "a", "b"], ["diff", "b", "pipe|name", "--patch"], ["diff", "a:data", "b:data"],
                  ["diff", "a", "b", "--all"]):
        text = pair.mlr(*words, "--markdown").out
        lines = text.splitlines()
        assert lines[0].startswith("## ")
        columns, fence = None, None
        for line in lines:
            if fence:
                fence = None if line == fence else fence
            elif line.startswith("```"):
                fence = re.match("`+", line)[0]
            elif line.startswith("|"):
                columns = columns or len(cells(line))
                assert len(cells(line)) == columns, line
            else:
                columns = None
        assert fence is None, "a block of code is not closed"
    assert "x\\|y" in pair.mlr("diff", "a", "b", "--markdown").out
    assert "## b (a) and pipe\\|name (b)" in pair.mlr("diff", "b", "pipe|name", "--markdown").out
    assert "````diff\n" in pair.mlr("diff", "b", "pipe|name", "--patch", "--markdown").out
    pair.mlr("diff", "a", "b", "--markdown", "--json", expect=2)


def test_a_run_and_the_working_tree(pair):
    assert pair.mlr("diff", "b").out.splitlines()[0] == "b (a) and working tree (b): the same"
    pair.mlr("diff", "b", "--exit-code")
    pair.write("model.py", "other\n")
    pair.write("data/a.csv", "")
    (pair.folder / "out/m").unlink()
    text = pair.mlr("diff", "b", "--exit-code", expect=1).out
    assert sections(text) == ["code", "inputs", "outputs"]
    assert "parameters" not in text and "metrics" not in text
    diff = pair.mlr("diff", "b", "--json").json
    assert set(diff) == DIFF_KEYS and diff["b"] == "working tree"
    assert [item["path"] for item in diff["inputs"][0]["files"]["changed"]] == ["a.csv"]
    assert "+other" in pair.mlr("diff", "b", "--patch").out


def test_a_look_at_the_working_tree_leaves_the_store_alone(pair):
    def state():
        objects = pair.folder / ".mlrepro/objects"
        return (pair.mlr("list", "snapshots", "--json").json,
                sorted((str(f), f.stat().st_size) for f in objects.rglob("*") if f.is_file()))

    pair.write("model.py", "other\n")
    pair.write("data/a.csv", "something else\n")
    before = state()
    pair.mlr("diff", "b", "--patch")
    pair.mlr("diff", "a:data")
    assert state() == before


def test_two_snapshots_and_a_snapshot_and_its_path(pair):
    diff = pair.mlr("diff", "a:data", "b:data", "--json").json
    assert set(diff) == DIFF_KEYS and not diff["same"]
    assert diff["code"] is None and diff["command"] is None and diff["metrics"] == []
    assert len(diff["inputs"][0]["files"]["changed"]) == 1
    pair.mlr("diff", "a:data", "b:data", "--exit-code", expect=1)
    pair.mlr("snapshot", "data")
    assert pair.mlr("diff", "data.snap", "b:data", "--exit-code", "--json").json["same"]
    assert pair.mlr("diff", "data.snap", "--exit-code").out.endswith(": the same\n")
    pair.write("data/a.csv", "touched\n")
    assert "a.csv" in pair.mlr("diff", "data.snap", "--exit-code", expect=1).out


def test_an_input_that_was_there_only_once(project):
    project.write("x.csv", "1\n")
    record(project, "with", "true", "-i", "x.csv", "-o", "none.txt")
    record(project, "without")
    text = project.mlr("diff", "with", "without").out
    assert re.search(r"x\.csv +removed +[0-9a-f]{12}  2 B  \(none\)", text)
    assert re.search(r"x\.csv +added +\(none\) +[0-9a-f]{12}  2 B", project.mlr("diff", "without", "with").out)


def test_environments_are_compared_by_package(project):
    # A virtual environment as `python -m venv` makes it.
    real = pathlib.Path(sys.executable).resolve()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    project.write("env/pyvenv.cfg", f"home = {real.parent}\nversion = {version}.0\n")
    (project.folder / "env/bin").mkdir()
    (project.folder / "env/bin/python3").symlink_to(real)
    site = project.folder / f"env/lib/python{version}/site-packages"

    def install(name, version):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        return folder

    project.write(".gitignore", "env/\n")
    numpy = install("numpy", "1.0")
    install("kept", "5.0")
    command = ["env/bin/python3", "-c", "pass"]
    project.mlr("run", "-n", "a", "--", *command)
    (numpy / "METADATA").unlink()
    numpy.rmdir()
    install("numpy", "2.0")
    install("added", "0.1")
    project.mlr("run", "-n", "b", "--", *command)
    items = {item["item"]: (item["a"], item["b"]) for item in project.mlr("diff", "a", "b", "--json").json["environment"]}
    assert items == {"package numpy": ("1.0", "2.0"), "package added": (None, "0.1")}
    assert re.search(r"package numpy +1\.0 +2\.0", project.mlr("diff", "a", "b").out)


def test_show_of_a_running_run(project):
    script = f"{BINARY} log metric m 7; echo printed; {BINARY} show @1; {BINARY} show @1 --logs --json"
    out = project.mlr("run", "-n", "live", "--", "sh", "-c", script).out
    assert "status       running" in out and re.search(r"m +7 ", out)


def test_show_metric_lists_every_point(project):
    record(project, "x", "".join(f'echo \'{{"metric":"m","value":{i},"step":{i * 10}}}\' >> $MLREPRO_METRICS; ' for i in range(3)))
    points = project.mlr("show", "x", "--metric", "m", "--json").json["points"]
    assert [(point["step"], point["value"]) for point in points] == [(0, 0), (10, 1), (20, 2)]
    plot = project.mlr("show", "x", "--metric", "m").out
    assert plot.splitlines()[0].startswith("m  3 points, steps 0 to 20, last 2,") and plot.splitlines()[-1].split() == ["0", "20"]
    project.mlr("show", "x", "--metric", "m", "--logs", expect=2)


def test_logs_that_were_not_kept(project):
    record(project, "x", "echo out", "--no-capture")
    result = project.mlr("show", "x", "--logs")
    assert result.out == "" and "not kept" in result.err


class TestList:
    @pytest.fixture
    def many(self, project):
        for i in range(5):
            record(project, f"r{i}", metric("score", (i * 7) % 5), "-p", f"i={i}", "-t", f"parity={i % 2}")
        return project

    def names(self, project, *words):
        return [run["name"] for run in project.mlr("list", *words, "--json").json["runs"]]

    def test_order(self, many):
        assert self.names(many) == ["r4", "r3", "r2", "r1", "r0"]
        assert self.names(many, "--ascending") == ["r0", "r1", "r2", "r3", "r4"]
        assert self.names(many, "--sort", "score") == ["r2", "r4", "r1", "r3", "r0"]
        assert self.names(many, "--sort", "metrics.score", "--ascending") == ["r0", "r3", "r1", "r4", "r2"]
        assert self.names(many, "--sort", "started", "--ascending") == ["r0", "r1", "r2", "r3", "r4"]
        for heading in ("name", "duration", "status", "level", "branch"):
            assert len(self.names(many, "--sort", heading)) == 5

    def test_pages(self, many):
        seen, token = [], None
        while True:
            page = many.mlr("list", "--limit", "2", *(["--after", token] if token else []), "--json").json
            seen += [run["name"] for run in page["runs"]]
            token = page["next"]
            if token is None:
                break
        assert seen == ["r4", "r3", "r2", "r1", "r0"]
        assert "--after 2" in many.mlr("list", "--limit", "2").err
        assert len(self.names(many, "--limit", "0")) == 5
        many.mlr("list", "--after", "soon", expect=2)

    def test_pages_of_snapshots(self, many):
        for i in range(3):
            many.write("d.csv", f"{i}\n")
            many.mlr("snapshot", "d.csv", "--no-pointer")
        first = many.mlr("list", "snapshots", "--limit", "2", "--json").json
        rest = many.mlr("list", "snapshots", "--limit", "2", "--after", first["next"], "--json").json
        assert len(first["snapshots"]) == 2 and len(rest["snapshots"]) == 1 and rest["next"] is None
        assert len(many.mlr("list", "snapshots").out.splitlines()) == 4

    def test_filters(self, many):
        assert self.names(many, "--filter", "tags.parity = '1' and metrics.score > 1") == ["r1"]
        assert self.names(many, "--filter", "params.i in (0, 3)") == ["r3", "r0"]
        assert self.names(many, "--filter", "name like 'r%' and not params.i = 0", "--limit", "1") == ["r4"]
        assert self.names(many, "--filter", "metrics.scor > 1") == []
        assert "did you mean 'score'" in many.mlr("list", "--filter", "metrics.scor > 1").err

    def test_columns(self, many):
        lines = many.mlr("list", "--columns", "name,score,params.i,tags.parity", "--limit", "1").out.splitlines()
        assert lines[0].split() == ["name", "score", "i", "parity"] and lines[1].split() == ["r4", "3", "4", "0"]
        for column in ("id", "experiment", "status", "started", "started_at", "ended_at", "duration", "duration_s", "code",
                       "branch", "level", "command", "exit_code", "user", "host"):
            rows = many.mlr("list", "--columns", column).out.splitlines()
            assert len(rows) == 6 and all(row.strip() for row in rows), column
        assert "did you mean 'score'" in many.mlr("list", "--columns", "scroe", expect=2).err

    def test_experiments(self, many):
        record(many, "other", "true", "-e", "beta")
        names = {line["name"]: line["runs"] for line in many.mlr("list", "experiments", "--json").json["experiments"]}
        assert names == {"project": 5, "beta": 1}
        assert self.names(many, "-e", "beta") == ["other"]

    def test_nothing_to_list(self, project):
        project.mlr("init")
        for words in (["list"], ["list", "snapshots"], ["list", "experiments"]):
            result = project.mlr(*words)
            assert result.out == "" and "no " in result.err
