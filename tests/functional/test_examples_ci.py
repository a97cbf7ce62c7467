# SPDX-License-Identifier: Apache-2.0
"""The commands of examples/ci, run as their systems would: in a clean checkout with a clean HOME."""

import pathlib
import shutil
import subprocess
import xml.etree.ElementTree

import pytest
import yaml

from conftest import BINARY, Project

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples/ci"
TRAIN = 'echo "{\\"metric\\":\\"m\\",\\"value\\":%s}" >> $MLREPRO_METRICS'


def github_steps():
    job = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]["reproduce"]
    return [step["run"] for step in job["steps"] if "run" in step]


def gitlab_steps():
    return yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["reproduce"]["script"]


class Runner:
    def __init__(self, project, tmp_path):
        self.project = project
        self.remote = tmp_path / "remote"
        self.remote.mkdir()
        project.mlr("remote", "add", "origin", self.remote)
        checkout, home, tools = (tmp_path / name for name in ("checkout", "ci-home", "tools"))
        subprocess.run(["git", "clone", "-q", project.folder, checkout], check=True, env=project.environment)
        home.mkdir()
        tools.mkdir()
        (tools / "mlrepro").symlink_to(pathlib.Path(BINARY).resolve())
        self.machine = Project(checkout, home)
        self.summary = home / "summary.md"
        self.summary.touch()
        self.machine.environment.update(
            PATH=f"{tools}:{project.environment['PATH']}", MLREPRO_REMOTE=str(self.remote),
            GITHUB_STEP_SUMMARY=str(self.summary),
        )

    def record(self, value, name="model"):
        # An interpreter, so that there is an environment to rebuild.
        script = ("import os, time; open(os.environ['MLREPRO_METRICS'], 'a').write("
                  "'{\"metric\":\"m\",\"value\":%s}' + chr(10))" % value)
        self.project.mlr("run", "-n", name, "-t", "production=yes", "--", "/usr/bin/python3", "-S", "-c", script)
        self.project.mlr("push")

    def shell(self, command):
        return subprocess.run(["bash", "-e", "-c", command], cwd=self.machine.folder, env=self.machine.environment,
                              capture_output=True, text=True).returncode


@pytest.fixture
def runner(project, tmp_path):
    return Runner(project, tmp_path)


@pytest.mark.parametrize("steps", [github_steps(), gitlab_steps()], ids=["github", "gitlab"])
@pytest.mark.parametrize("value, code", [("1", 0), ("%r' % time.time() + '", 1)], ids=["reproduced", "differs"])
def test_a_job(runner, steps, value, code):
    runner.record(value)
    steps = [step.replace("--env rebuild", "--env check") for step in steps]
    assert [runner.shell(step) for step in steps] == [0] * (len(steps) - 1) + [code]
    report = xml.etree.ElementTree.parse(runner.machine.folder / "reproduce.xml").getroot()
    assert (int(report.get("failures")) > 0) == (code == 1)
    words = "**differs**" if code else "**reproduced**"
    markdown = runner.machine.folder / "reproduce.md"
    assert words in (markdown if markdown.exists() else runner.summary).read_text()


def test_the_cron_job(runner, tmp_path):
    runner.record("1")
    reports = tmp_path / "reports"
    reports.mkdir()
    script = shutil.copy(EXAMPLES / "nightly.sh", tmp_path / "nightly.sh")
    pathlib.Path(script).write_text(pathlib.Path(script).read_text().replace("--env rebuild", "--env check"))
    assert runner.shell(f"{script} {runner.remote} {reports}") == 0
    assert "**reproduced**" in (reports / "reproduce.md").read_text()
    runner.record("%r' % time.time() + '", "second")
    assert runner.shell(f"{script} {runner.remote} {reports}") == 1
    assert "**differs**" in (reports / "reproduce.md").read_text()
    # Nothing in production is no pass.
    runner.project.mlr("log", "tag", "production", "no", "--run", "model")
    runner.project.mlr("log", "tag", "production", "no", "--run", "second")
    runner.project.mlr("push")
    assert runner.shell(f"{script} {runner.remote} {reports}") == 3


def test_the_examples_are_sound_scripts():
    if shutil.which("shellcheck") is None:
        pytest.skip("needs shellcheck")
    subprocess.run(["shellcheck", EXAMPLES / "nightly.sh"], check=True)
