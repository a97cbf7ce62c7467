# SPDX-License-Identifier: Apache-2.0
"""What each verb says, word for word: as text, as JSON, as Markdown, its help, its main errors."""

import os
import subprocess

import pytest

import golden_files

BINARY = os.environ["MLREPRO_BINARY"]
VERBS = ["init", "run", "log", "snapshot", "list", "show", "diff", "reproduce", "explain", "restore", "verify", "forget", "gc", "optimize", "push", "pull", "remote", "export", "import"]

TRAIN = """\
#!/bin/sh
# train.sh --lr RATE --depth N
rows=$(wc -l < data/a.csv)
cat <<END >> "$MLREPRO_METRICS"
{"metric":"loss","value":0.5,"step":1}
{"metric":"loss","value":0.$2,"step":2}
{"metric":"rows","value":$rows}
END
echo "trained with $2"
echo "a warning" >&2
echo "$2 $4" > model.txt
"""


@pytest.fixture
def story(project):
    """Two runs over a data folder that differ in everything that can, and a snapshot."""
    project.environment |= {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    project.commit = lambda: project.git("rev-parse", "HEAD").strip()
    project.write("train.sh", TRAIN)
    project.write(".gitignore", "data/\nmodel.txt\ncopy/\n")
    project.write("data/a.csv", "x,y\n1,2\n")
    project.write("data/b|c.csv", "x\n1\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "train")
    train(project, "first", "3", "6", "-p", "batch=32", "-t", "stage=dev", "--note", "the first try")
    project.write("data/a.csv", "x,y\n1,2\n3,4\n")
    project.write("data/new.csv", "z\n")
    (project.folder / "data/b|c.csv").unlink()
    project.write("train.sh", TRAIN.replace("warning", "louder warning"))
    train(project, "second", "25", "6", "-p", "batch=64", "-p", "pipe=a|b", "-t", "stage=prod", "--seed", "7")
    return project


def train(project, name, rate, depth, *options):
    project.mlr("run", "-n", name, "-e", "demo", "-i", "data", "-o", "model.txt", *options, "--", "./train.sh", "--lr",
                rate, "--depth", depth)


READING = {
    "list": ["list"],
    "list-columns": ["list", "--columns", "name,metrics.loss,params.lr,tags.stage,note", "--sort", "loss", "--ascending"],
    "list-experiments": ["list", "experiments"],
    "show-run": ["show", "second"],
    "show-data": ["show", "first:data"],
    "show-metric": ["show", "first", "--metric", "loss"],
    "show-logs": ["show", "first", "--logs"],
    "diff-runs": ["diff", "first", "second"],
    "diff-data": ["diff", "first:data", "second:data"],
    "diff-tree": ["diff", "first"],
    "diff-same": ["diff", "first", "first"],
    "verify": ["verify", "first"],
}


@pytest.mark.parametrize("name", READING)
def test_answers(story, name):
    golden_files.check_text(f"{name}.txt", story.mlr(*READING[name]).out, story)
    golden_files.check_json(f"{name}.json", story.mlr(*READING[name], "--json").out, story)


def test_list_snapshots(story):
    story.mlr("snapshot", "data", "-n", "table")
    text = story.mlr("list", "snapshots").out
    # The last two columns tell how the store compresses, which is not this test's business.
    end = text.splitlines()[0].index("  stored")
    kept = "".join(line[:end].rstrip() + "\n" for line in text.splitlines())
    golden_files.check_text("list-snapshots.txt", kept, story)
    golden_files.check_json("list-snapshots.json", story.mlr("list", "snapshots", "--limit", "1", "--json").out, story)


@pytest.mark.parametrize("name, words", [("diff-runs", ["diff", "first", "second", "--patch"]),
                                         ("diff-data", ["diff", "first:data", "second:data"]),
                                         ("diff-same", ["diff", "first", "first"])])
def test_markdown(story, name, words):
    golden_files.check_text(f"{name}.md", story.mlr(*words, "--markdown").out, story)


def test_diff_with_patch_and_colours(story):
    golden_files.check_text("diff-patch.txt", story.mlr("diff", "first", "second", "--patch").out, story)
    golden_files.check_text("diff-colour.txt", story.mlr("--color", "always", "diff", "first", "second", "--patch").out,
                            story)
    golden_files.check_text("list-colour.txt", story.mlr("--color", "always", "list").out, story)


def test_writing_verbs(bare):
    bare.commit = lambda: ""
    bare.git("init", "-q")
    golden_files.check_text("init.txt", bare.mlr("init").out + bare.mlr("init").out, bare)
    golden_files.check_json("init.json", bare.mlr("init", "--json").out, bare)
    bare.write("data/a.csv", "1,2\n" * 50)
    bare.write("b.csv", "1\n")
    taken = bare.mlr("snapshot", "data", "b.csv")
    golden_files.check_text("snapshot.txt", taken.out + taken.err, bare)
    golden_files.check("snapshot-pointer.txt", (bare.folder / "data.snap").read_text())
    golden_files.check_json("snapshot.json", bare.mlr("snapshot", "data", "-n", "table", "--json").out, bare)
    bare.write("data/a.csv", "other\n")
    restored = bare.mlr("restore", "data.snap", expect=4)
    golden_files.check_text("restore-refused.txt", restored.out + restored.err, bare)
    golden_files.check_text("restore.txt", bare.mlr("restore", "data.snap", "--force").out
                            + bare.mlr("restore", "data.snap").out, bare)
    golden_files.check_json("restore.json", bare.mlr("restore", "data.snap", "--to", "copy", "--json").out, bare)


def test_run_and_log(project):
    project.commit = lambda: project.git("rev-parse", "HEAD").strip()
    finished = project.mlr("run", "-n", "fine", "--", "sh", "-c", f"{BINARY} log metric auc 0.91; echo out")
    failed = project.mlr("run", "-n", "bad", "--", "sh", "-c", "exit 3", expect=3)
    golden_files.check_text("run.txt", finished.out + finished.err + failed.err, project)
    recorded = project.mlr("run", "-n", "third", "--json", "--", "echo", "out")
    assert recorded.out == "out\n"
    golden_files.check_json("run.json", recorded.err.splitlines()[-1], project)
    golden_files.check_json("log.json", project.mlr("log", "tag", "a", "b", "--run", "fine", "--json").out, project)
    assert project.mlr("log", "tag", "a", "b", "--run", "fine").out == ""


def test_reproduce(story):
    verdict = story.mlr("reproduce", "first")
    golden_files.check_text("reproduce.txt", verdict.out, story)
    golden_files.check_json("reproduce.json", story.mlr("reproduce", "first", "--json").out, story)
    story.mlr("run", "-n", "random", "-o", "r.txt", "--", "sh", "-c", "cat /proc/sys/kernel/random/uuid > r.txt")
    differing = story.mlr("reproduce", "random", expect=1)
    golden_files.check_text("reproduce-differs.txt", differing.out, story)


def test_a_damaged_store(story):
    for path in (story.folder / ".mlrepro/objects").rglob("*"):
        if path.is_file():
            path.unlink()
    text = story.mlr("verify", "first", expect=1).out
    assert "damaged" in text and "missing" in text and "first (" in text
    document = story.mlr("verify", "first", "--json", expect=1).json
    fields = {"object", "problem", "paths", "snapshots", "runs", "repaired_from", "not_repaired"}
    assert document["damaged"] and all(set(item) == fields for item in document["damaged"])


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help(bare, verb):
    golden_files.check(f"help{'-' if verb else ''}{verb}.txt", bare.mlr(*verb.split(), "--help").out)


ERRORS = {
    "unknown verb": (2, ["lst"]),
    "no verb": (2, ["--json"]),
    "unknown option": (2, ["list", "--filtr", "x"]),
    "missing argument": (2, ["show"]),
    "missing value": (2, ["list", "--sort"]),
    "bad number": (2, ["list", "--limit", "many"]),
    "unknown reference": (3, ["show", "frist"]),
    "nothing like it": (3, ["show", "zebra"]),
    "too far back": (3, ["show", "@99"]),
    "bad reference": (2, ["show", "@0"]),
    "unknown path": (3, ["show", "first:dta"]),
    "unknown metric": (3, ["show", "first", "--metric", "los"]),
    "unknown sort key": (2, ["list", "--sort", "lss"]),
    "nothing near to sort by": (2, ["list", "--sort", "zebra"]),
    "unknown column": (2, ["list", "--columns", "name,los"]),
    "bad filter": (2, ["list", "--filter", "metrics.loss <"]),
    "filter that finds nothing": (0, ["list", "--filter", "metrics.los < 3"]),
    "unknown list": (2, ["list", "snapshot"]),
    "option of another list": (2, ["list", "snapshots", "--sort", "loss"]),
    "run and data": (2, ["diff", "first", "first:data"]),
    "data is no run": (2, ["reproduce", "first:data"]),
    "bad tolerance": (2, ["reproduce", "first", "--tol", "loss"]),
    "code needs a folder": (2, ["restore", "first"]),
    "nothing to snapshot": (3, ["snapshot", "dta"]),
    "log what": (2, ["log"]),
    "unknown kind": (2, ["log", "metrc", "a", "1"]),
    "no number": (2, ["log", "metric", "a", "many", "--run", "first"]),
    "no run to log to": (2, ["log", "metric", "a", "1"]),
    "parameter changed": (4, ["log", "param", "lr", "9", "--run", "first"]),
    "no command": (2, ["run"]),
    "command without dashes": (2, ["run", "python", "train.py"]),
    "no pair": (2, ["run", "-p", "lr", "--", "true"]),
    "unknown level": (2, ["run", "--level", "dat", "--", "true"]),
    "missing input": (125, ["run", "-i", "dta", "--", "true"]),
    "unclean": (4, ["run", "--require-clean", "--", "true"]),
    "command not found": (127, ["run", "--", "no-such-command"]),
    "command in this folder": (127, ["run", "--", "train.sh"]),
    "command not executable": (126, ["run", "--", "./plain.txt"]),
    "bad name": (2, ["run", "-n", "@1", "--", "true"]),
    "no folder": (3, ["-C", "nowhere", "list"]),
    "bad colour": (2, ["--color", "sometimes", "list"]),
}


def test_errors(story):
    story.write("plain.txt", "no program\n")
    text = ""
    for name, (code, words) in ERRORS.items():
        result = story.mlr(*words, expect=code)
        assert result.out == ""
        text += f"# {name}\n$ mlrepro {' '.join(words)}\n{result.err}[{code}]\n\n"
    golden_files.check_text("errors.txt", text, story)


def test_a_missing_store(bare):
    bare.commit = lambda: ""
    golden_files.check_text("no-store.txt", bare.mlr("list", expect=3).err, bare)


def test_no_verb_prints_the_help_where_errors_go(bare):
    done = subprocess.run([BINARY], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == bare.mlr("--help").out
