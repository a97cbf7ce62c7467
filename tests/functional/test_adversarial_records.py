# SPDX-License-Identifier: Apache-2.0
"""Runs whose replay goes wrong in every way that a command can: each ends with a verdict that says so, and
leaves what is outside of its folder alone."""

import pathlib
import shutil
import xml.etree.ElementTree

import pytest

from faults import STORE, contents
from package_world import World, tools_with_uv

METRIC = 'echo "{\\"metric\\":\\"m\\",\\"value\\":%s}" >> $MLREPRO_METRICS\n'
# True in the project only: Git ignores the file, so that no replay has it.
AT_HOME = "[ -e at-home ]"


@pytest.fixture
def place(project):
    project.write(".gitignore", "at-home\nlocal.csv\nout.txt\n")
    project.write("at-home", "")
    return project


def record(project, script, *options, stdin=b""):
    project.write("train.sh", script)
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "train")
    project.mlr("run", "-n", "odd", *options, "--", "sh", "train.sh", stdin=stdin)


def judged(project, *options, expect, stdin=b""):
    """The verdict, after which all is as it was, and no folder of a replay is left."""
    before = contents(project.folder, without=(STORE,))
    answer = project.mlr("reproduce", "odd", *options, "--json", expect=expect, stdin=stdin).json
    assert contents(project.folder, without=(STORE,)) == before
    home = pathlib.Path(project.environment["HOME"])
    assert [path.name for path in home.iterdir() if "mlrepro-" in path.name] == []
    return answer


def test_one_that_never_ends(place):
    record(place, f"{AT_HOME} || exec sleep 1000\n" + METRIC % 1)
    answer = judged(place, "--timeout", "0.5", expect=8)
    assert answer["verdict"] == "failed" and answer["proven"] == 0 and answer["timed_out"]
    why = "the command ran into --timeout of 0.5 s and was ended (signal 15), the record says exit code 0"
    assert answer["reasons"][0] == why
    reports = [place.folder / STORE / name for name in ("report.xml", "report.md")]
    said = place.mlr("reproduce", "odd", "--repeat", "2", "--timeout", "0.5", "--junit", reports[0], "--markdown", reports[1],
                     expect=8)
    assert "ran into --timeout" in said.err and why in " ".join(said.out.split())
    verdict = xml.etree.ElementTree.parse(reports[0]).find(".//testcase[@name='verdict']/error")
    assert verdict.get("message") == why and why in reports[1].read_text()
    assert '<property name="timed_out" value="true"/>' in reports[0].read_text()


def test_one_that_ends_well_when_it_is_told_to(place):
    """Too late to be a result, however much alike it looks."""
    record(place, f"{METRIC % 1}{AT_HOME} || {{ trap 'exit 0' TERM; while :; do sleep 0.1; done; }}\n")
    answer = judged(place, "--timeout", "1", expect=8)
    assert answer["verdict"] == "failed" and answer["timed_out"]
    assert "--timeout of 1 s and was ended (exit code 0)" in answer["reasons"][0]
    changed = place.mlr("reproduce", "odd", "--code", "HEAD", "--timeout", "1", "--json", expect=8).json["runs"][0]
    assert changed["outcome"] == "failed" and "--timeout of 1 s" in changed["reasons"][0]


def test_one_that_ignores_signals_and_never_ends(place):
    record(place, f"{AT_HOME} || {{ trap '' TERM INT HUP; while :; do sleep 0.1; done; }}\n" + METRIC % 1)
    assert judged(place, "--timeout", "0.5", expect=8)["verdict"] == "failed"


def test_one_that_needs_input(place):
    record(place, "read -r value; echo got \"$value\" > out.txt\n" + METRIC % "${value:-0}", "-o", "out.txt", stdin=b"5\n")
    # Neither does it wait, nor take what was meant for somebody else.
    answer = judged(place, expect=1, stdin=b"5\n")
    assert answer["verdict"] == "differs"
    assert (answer["metrics"][0]["recorded"], answer["metrics"][0]["replayed"]) == (5, 0)


def test_one_that_deletes_its_own_folder(place):
    record(place, f"{METRIC % 1}echo result > out.txt\n{AT_HOME} || rm -rf \"$PWD\"\n", "-o", "out.txt")
    answer = judged(place, expect=9)
    assert answer["verdict"] == "incomparable"
    assert answer["outputs"][0]["status"] == "missing"


def test_one_that_deletes_its_folder_and_that_above(place):
    record(place, f"{METRIC % 1}echo result > out.txt\n{AT_HOME} || rm -rf \"$(dirname \"$PWD\")\"\n", "-o", "out.txt")
    assert judged(place, expect=9)["verdict"] == "incomparable"


def test_one_that_is_not_deterministic(place):
    record(place, METRIC % "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')")
    assert judged(place, expect=1)["verdict"] == "differs"


def test_one_that_reads_what_nobody_declared(place):
    place.write("local.csv", "1\n2\n")
    record(place, "set -e\nrows=$(wc -l < local.csv)\n" + METRIC % "$rows")
    answer = judged(place, expect=8)
    assert answer["verdict"] == "failed"
    assert "local.csv" in place.mlr("show", answer["replay"], "--logs").err


def test_one_whose_commit_is_gone(place):
    record(place, METRIC % 1)
    place.write("train.sh", METRIC % 2)
    place.git("commit", "-q", "-a", "--amend", "-m", "rewritten")
    place.git("reflog", "expire", "--expire=now", "--all")
    place.git("gc", "-q", "--prune=now")
    assert judged(place, expect=0)["verdict"] == "reproduced"


def test_one_of_which_the_store_lost_an_object(place):
    place.write("local.csv", "1\n" * 5000)
    record(place, METRIC % "$(wc -l < local.csv)", "-i", "local.csv")
    shutil.rmtree(place.folder / ".mlrepro/objects/packs")
    error = place.mlr("reproduce", "odd", "--json", expect=6).error
    assert "mlrepro verify" in error["hint"] and place.mlr("list", "--json").json["runs"][0]["name"] == "odd"


class TestAReplacedInterpreter:
    """The program that is found under the recorded path is another one."""

    @pytest.fixture
    def world(self, project, tmp_path):
        world = World(project, tools_with_uv(tmp_path))
        world.record(".venv/bin/python", "train.py")
        return world

    def test_by_one_of_another_version(self, world):
        config = world.venv / "pyvenv.cfg"
        config.write_text(config.read_text().replace("version = 3.", "version = 2."))
        answer = world.reproduce("check")
        assert answer["verdict"] == "reproduced" and answer["proven"] == 3
        assert "interpreter" in [difference["item"] for difference in answer["environment"]["differences"]]
        assert "interpreter" in world.reproduce("strict", expect=3)["reasons"][0]
        assert world.reproduce("rebuild")["proven"] == 5

    def test_by_a_script(self, world):
        (world.venv / "bin/python").unlink()
        (world.venv / "bin/python").write_text("#!/bin/sh\n" + METRIC.replace('m\\"', 'score\\"') % 0.25)
        (world.venv / "bin/python").chmod(0o755)
        # The number alone would pass.
        answer = world.reproduce("check")
        assert answer["verdict"] == "reproduced" and answer["proven"] == 3
        # That it starts no recorded interpreter shows when it has run.
        assert world.reproduce("strict", expect=9)["verdict"] == "incomparable"
        assert world.reproduce("rebuild")["proven"] == 5

    def test_by_nothing(self, world):
        shutil.rmtree(world.venv)
        answer = world.reproduce("check", expect=3)
        assert answer["verdict"] == "blocked" and "not there to be run" in answer["reasons"][0]
        assert world.reproduce("rebuild")["proven"] == 5
