# SPDX-License-Identifier: Apache-2.0
"""Reproduction in CI from nothing: a clone of the repository, a clean HOME, a folder that all reach, and
installers. What the job keeps is a JUnit file."""

import os
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree

from conftest import BINARY, Project
from package_world import World, tools_with_uv
from test_examples_ci import gitlab_steps

TRAIN = """\
import json, os, sys, time, score
rows = [float(row) for row in open(sys.argv[1]).read().split()]
noise = time.time_ns() if "--noisy" in sys.argv else 0
open("model.json", "w").write(json.dumps({"weights": [row * score.score() for row in rows], "noise": noise}))
with open(os.environ["MLREPRO_METRICS"], "a") as sink:
    for name, value in (("score", score.score() * sum(rows) + noise), ("rows", len(rows))):
        sink.write(json.dumps({"metric": name, "value": value}) + "\\n")
"""


class Team:
    """Where the runs were recorded, and where they were pushed to."""

    def __init__(self, project, tmp_path):
        (tmp_path / "share").mkdir()
        self.share, self.hub = tmp_path / "share", tmp_path / "hub.git"
        self.world = World(project, tools_with_uv(tmp_path))
        self.project = project
        project.write("train.py", TRAIN)
        project.write(".gitignore", ".venv/\n*.csv\nmodel.json\n")
        project.git("rm", "-q", "--cached", "data.csv")
        project.git("add", "-A")
        project.git("commit", "-q", "-m", "train")
        project.write("data.csv", "1\n2\n3\n")
        project.write("lost.csv", "4\n5\n")

    def record(self, name, stage, *arguments):
        self.project.mlr("run", "-n", name, "-t", f"{stage}=yes", "-i", arguments[0], "-o", "model.json", "--",
                         ".venv/bin/python", "train.py", *arguments)

    def publish_and_vanish(self):
        self.project.mlr("remote", "add", "origin", self.share)
        self.project.mlr("push")
        subprocess.run(["git", "clone", "-q", "--bare", self.project.folder, self.hub], check=True,
                       env=self.project.environment)
        shutil.rmtree(self.project.folder)
        shutil.rmtree(self.project.environment["HOME"])

    def clone(self, tmp_path):
        """A machine that has installers and mlrepro, and nothing of the project."""
        (tmp_path / "ci-home").mkdir()
        (tmp_path / "tools/mlrepro").symlink_to(pathlib.Path(BINARY).resolve())
        machine = Project(tmp_path / "checkout", tmp_path / "ci-home")
        packages = {name: value for name, value in self.project.environment.items() if name.startswith(("PIP_", "UV_"))}
        machine.environment.update(packages, PATH=self.project.environment["PATH"], MLREPRO_REMOTE=str(self.share))
        subprocess.run(["git", "clone", "-q", self.hub, machine.folder], check=True, env=machine.environment)
        assert sorted(os.listdir(machine.folder)) == [".git", ".gitignore", "train.py", "train.sh"]
        return machine


def junit(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == "testsuites"
    for counted in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(counted)) == sum(int(suite.get(counted)) for suite in root)
    for suite in root:
        kinds = [child.tag for case in suite.iter("testcase") for child in case]
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        for counted, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(counted)) == kinds.count(kind)
    return root


def cases_of(suite):
    """What became of each: None for a pass, else the element, by class and name."""
    prefix = suite.get("name")
    return {(case.get("classname").removeprefix(prefix), case.get("name")): next(iter(case), None)
            for case in suite.iter("testcase")}


def expect_whole(suite, judged):
    """All that the JSON document says of a reproduction stands in its test suite."""
    properties = {item.get("name"): item.get("value") for item in suite.find("properties")}
    assert suite.get("name") == judged["run_name"] and properties["run"] == judged["run"]
    assert properties["verdict"] == judged["verdict"] and properties["proven"] == str(judged["proven"])
    assert properties.get("replay") == judged["replay"]
    cases = cases_of(suite)
    names = [("", "verdict")]
    names += [(".levels", level["name"]) for level in judged["levels"] if level["name"] != "evaluation"]
    names += [(".metrics", metric["key"]) for metric in judged["metrics"]]
    names += [(".outputs", output["path"]) for output in judged["outputs"]]
    assert list(cases) == names
    verdict = cases["", "verdict"]
    if judged["verdict"] == "reproduced":
        assert verdict is None
    else:
        assert verdict.get("type") == judged["verdict"]
        assert all(reason in f"{verdict.get('message')}\n{verdict.text}" for reason in judged["reasons"])
    for level in judged["levels"]:
        if level["name"] != "evaluation":
            assert (cases[".levels", level["name"]] is None) == (level["status"] == "same")
    for group, key, items in ((".metrics", "key", judged["metrics"]), (".outputs", "path", judged["outputs"])):
        for item in items:
            found = cases[group, item[key]]
            assert (found is None) == (item["status"] == "same"), item
            assert found is None or found.get("type") == item["status"]


def test_a_job_that_starts_with_nothing(project, tmp_path):
    team = Team(project, tmp_path)
    team.record("sound", "production", "data.csv")
    team.record("other", "candidate", "data.csv")
    team.record("noisy", "candidate", "data.csv", "--noisy")
    team.record("lost", "candidate", "lost.csv")
    project.mlr("forget", "lost.csv", "--content")
    team.publish_and_vanish()
    machine = team.clone(tmp_path)

    for step in gitlab_steps():
        done = subprocess.run(["bash", "-e", "-c", step], cwd=machine.folder, env=machine.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
    [suite] = junit(machine.folder / "reproduce.xml")
    assert suite.get("name") == "sound" and float(suite.get("time")) > 0
    assert cases_of(suite) == dict.fromkeys([
        ("", "verdict"), (".levels", "code"), (".levels", "configuration"), (".levels", "data"), (".levels", "environment"),
        (".metrics", "rows"), (".metrics", "score"), (".outputs", "model.json")])
    proven = next(item for item in suite.find("properties") if item.get("name") == "proven")
    assert proven.get("value") == "5"

    judged = machine.mlr("reproduce", "--filter", "tags.candidate = 'yes'", "--env", "rebuild", "--junit", "all.xml",
                         "--json", expect=1).json["reproductions"]
    assert [(one["run_name"], one["verdict"]) for one in judged] == [
        ("other", "reproduced"), ("noisy", "differs"), ("lost", "blocked")]
    root = junit(machine.folder / "all.xml")
    assert len(root) == len(judged) and root.get("errors") == "1"
    for suite, one in zip(root, judged):
        expect_whole(suite, one)
