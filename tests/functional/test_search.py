# SPDX-License-Identifier: Apache-2.0
"""Finding runs: by what they are made of, in groups, and as rows for other programs."""

import csv
import io


def names(project, *words):
    return [run["name"] for run in project.mlr("list", "--json", *words).json["runs"]]


def test_by_data_code_and_level(project):
    project.write("data/sales.csv", "a,b\n1,2\n")
    project.write(".gitignore", "data/\n.mlrepro/\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "second")
    project.mlr("run", "-n", "first", "-i", "data/sales.csv", "--", "sh", "-c", "echo 'loss: 0.5'")
    first = project.last()
    project.write("data/sales.csv", "a,b\n1,3\n")
    project.mlr("run", "-n", "second", "-i", "data/sales.csv", "--", "sh", "-c", "echo 'loss: 0.25'")
    snapshot = first["inputs"][0]["snapshot"].removeprefix("sha256:")
    for word in (snapshot, snapshot[:8], f"sha256:{snapshot}"):
        assert names(project, "--filter", f"inputs.'data/sales.csv' = '{word}'") == ["first"]
        assert names(project, "--filter", f"inputs.'data/sales.csv' != '{word}'") == ["second"]
    commit = project.git("rev-parse", "HEAD").strip()
    assert names(project, "--filter", f"code.commit = '{commit[:7]}'") == ["second", "first"]
    assert names(project, "--filter", "code.commit = 'ffffffffff'") == []
    assert names(project, "--filter", "metrics.loss < 0.4 and attributes.status = 'finished'") == ["second"]
    assert names(project, "--filter", "attributes.status = 'FINISHED' and run_name ILIKE 'FIR%'") == ["first"]
    assert names(project, "--filter", f"attributes.run_id = '{first['id'][:9]}'") == ["first"]
    assert names(project, "--filter", "attributes.start_time > 1764000000000 and end_time < 99999999999999",
                 "--sort", "start_time", "--ascending") == ["first", "second"]  # fmt: skip
    assert names(project, "--filter", "level.recorded >= 1") == ["second", "first"]
    assert names(project, "--filter", "level.proven >= 1") == []
    project.mlr("reproduce", "first")
    assert names(project, "--filter", "level.proven >= 1") == ["first"]
    assert names(project, "--sort", "loss", "--ascending", "--filter", "name in ('first', 'second')") == ["second", "first"]
    row = project.mlr("list", "--columns", "name,inputs.data/sales.csv,code.commit,level.proven",
                      "--filter", "name = 'first'").out.splitlines()[1].split()
    assert row[:3] == ["first", snapshot[:12], commit[:12]] and int(row[3]) >= 1


def test_by_environment(project):
    project.mlr("run", "-n", "a", "--env", "FLAVOUR", "--", "true", env={"FLAVOUR": "sweet"})
    project.mlr("run", "-n", "b", "--env", "FLAVOUR", "--", "true", env={"FLAVOUR": "sour"})
    assert names(project, "--filter", "environment.'FLAVOUR' = 'sweet'") == ["a"]
    for column in ("environment.FLAVOUR", "environment.'FLAVOUR'"):
        assert project.mlr("list", "--columns", f"name,{column}", "--csv").out == f"name,{column}\nb,sour\na,sweet\n"
    assert names(project, "--filter", "not environment.FLAVOUR = 'sweet'") == ["b"]
    arch = project.last()["environment"]["arch"]
    assert names(project, "--filter", f"environment.arch = '{arch}'") == ["b", "a"]
    assert names(project, "--filter", "environment.numpy is not null") == []
    assert names(project, "--filter", "environment.threads >= 1 and not environment.threads > 999999") == ["b", "a"]
    assert project.mlr("list", "--columns", "name,environment.FLAVOUR").out.splitlines()[1].split() == ["b", "sour"]


def test_a_column_has_the_name_that_it_says(project):
    """Quotes can be part of a name."""
    project.mlr("run", "-n", "r", "-p", "'a'=1", "-p", "a=2", "-p", "it's=3", "--", "true")
    [row] = csv.DictReader(io.StringIO(project.mlr("list", "--csv").out))
    assert (row["params.'a'"], row["params.a"], row["params.it's"]) == ("1", "2", "3")
    for column, value in (("params.'a'", "1"), ("params.a", "2")):
        assert project.mlr("list", "--columns", column, "--csv").out.splitlines()[1] == value


def test_what_is_wrong_with_a_filter(project):
    project.mlr("run", "--", "true")
    for text, column in (("metrics.loss <", 15), ("status = 'finished' and", 24), ("environment.numpy ~ '1'", 19),
                         ("inputs.x = 'xyz'", 12), ("level.proven >= 'high'", 17)):
        said = project.mlr("list", "--filter", text, "--json", expect=2).error["message"]
        assert f"column {column}:" in said


def test_groups(project):
    for name, experiment in (("a", "x"), ("b", "y"), ("c", "x")):
        project.mlr("run", "-n", name, "-e", experiment, "--", "true")
    lines = project.mlr("list", "--group", "experiment", "--columns", "name").out.splitlines()
    assert lines == ["experiment x  2 runs", "name", "c", "a", "", "experiment y  1 run", "name", "b"]
    assert "no run has such" in project.mlr("list", "--group", "experimnt", expect=2).err
    for form in ("--json", "--csv"):
        assert "only a table has groups" in project.mlr("list", "--group", "experiment", form, expect=2).err


def test_rows_of_csv(project):
    project.mlr("run", "-n", "a", "-p", "lr=0.1", "-t", 'why=say "yes", or no', "--", "sh", "-c",
                "echo '{\"loss\": 0.1234567891}'")
    project.mlr("run", "-n", "b", "-p", "depth=3", "--", "sh", "-c", "exit 3", expect=3)
    rows = list(csv.DictReader(io.StringIO(project.mlr("list", "--csv").out)))
    assert [row["name"] for row in rows] == ["b", "a"]
    assert rows[1]["metrics.loss"] == "0.1234567891" and rows[1]["tags.why"] == 'say "yes", or no'
    assert rows[1]["params.lr"] == "0.1" and rows[1]["params.depth"] == "" and rows[0]["params.depth"] == "3"
    assert rows[0]["exit_code"] == "3" and rows[0]["status"] == "failed" and len(rows[0]["id"]) == 32
    assert project.mlr("list", "--csv", "--columns", "name,loss", "--limit", "1").out == "name,loss\nb,\n"
    assert project.mlr("list", "--csv", "--filter", "name = 'none'", "--columns", "name").out == "name\n"
    project.mlr("list", "--csv", "--json", expect=2)
    assert "for runs only" in project.mlr("list", "snapshots", "--csv", expect=2).err
