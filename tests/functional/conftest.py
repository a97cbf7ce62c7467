# SPDX-License-Identifier: Apache-2.0
"""Drives the real binary in projects of its own: a temporary folder, a real Git repository, a
clean HOME. Exit codes are exact."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

BINARY = os.environ["MLREPRO_BINARY"]


def search_path():
    """Where python3 is no program but the shim of a version manager, which takes longer to start than most
    commands of the tests, the folder of what it starts comes first."""
    path, found = os.environ["PATH"], shutil.which("python3")
    with open(found, "rb") as program:
        if program.read(2) != b"#!":
            return path
    real = subprocess.run([found, "-c", "import os, sys; print(os.path.dirname(sys.executable))"], check=True,
                          capture_output=True, text=True).stdout.strip()
    return f"{real}:{path}"


SEARCH_PATH = search_path()


# A shell without job control starts a job in the background with these ignored, and so do nohup and
# its like; mlrepro leaves that to its command as it finds it.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


def pytest_runtest_logreport(report):
    """At once: who is ended by a time limit prints no summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nfailed: {report.nodeid}", flush=True)


class Result:
    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout.decode("utf-8", "replace")
        self.err = completed.stderr.decode("utf-8", "replace")
        self.raw_out = completed.stdout
        self.raw_err = completed.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return json.loads(self.err.splitlines()[-1])["error"]


class Project:
    def __init__(self, folder: pathlib.Path, home: pathlib.Path):
        self.folder = folder
        self.environment = {
            "PATH": SEARCH_PATH,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TMPDIR": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example.org",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def traced_environment(self):
        """LeakSanitizer does not work under strace."""
        if "ASAN_OPTIONS" not in self.environment:
            return self.environment
        return {**self.environment, "ASAN_OPTIONS": self.environment["ASAN_OPTIONS"] + ":detect_leaks=0"}

    def popen(self, *args, cwd=None, env=None, **more):
        return subprocess.Popen(
            [BINARY, *map(str, args)],
            cwd=cwd or self.folder,
            env={**self.environment, **(env or {})},
            **more,
        )

    def mlr(self, *args, expect=0, cwd=None, env=None, stdin=b""):
        completed = subprocess.run(
            [BINARY, *map(str, args)],
            cwd=cwd or self.folder,
            env={**self.environment, **(env or {})},
            input=stdin,
            capture_output=True,
            timeout=300,
        )
        result = Result(completed)
        assert result.code == expect, (
            f"mlrepro {args}: exit {result.code}, expected {expect}\n--- out\n{result.out}\n--- err\n{result.err}"
        )
        return result

    def git(self, *args, cwd=None):
        return subprocess.run(
            ["git", *args],
            cwd=cwd or self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
        ).stdout.decode()

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)
        return path

    def last(self):
        return self.mlr("show", "@1", "--json").json


def new_project(top):
    """In folders below `top` that are made: one that is no repository, with a clean HOME beside it."""
    folder, home = top / "project", top / "home"
    folder.mkdir(parents=True)
    home.mkdir()
    return Project(folder, home)


@pytest.fixture
def bare(tmp_path):
    """A folder that is no repository."""
    return new_project(tmp_path)


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """What every `project` begins with: making it once saves most tests their first processes."""
    made = new_project(tmp_path_factory.mktemp("repository"))
    made.git("init", "-q", "-b", "main")
    made.write("train.sh", "#!/bin/sh\necho training\n")
    (made.folder / "train.sh").chmod(0o755)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "first")
    return made


@pytest.fixture
def project(bare, repository):
    """A repository with one commit."""
    shutil.copytree(repository.folder, bare.folder, symlinks=True, dirs_exist_ok=True)
    return bare


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """To be copied, never changed: a repository with uncommitted changes, a snapshot of data that
    has changed since, and a finished run, "kept", with an input, an output, a metric and an artifact."""
    world = new_project(tmp_path_factory.mktemp("workshop"))
    world.git("init", "-q", "-b", "main")
    world.write(
        "train.sh",
        "#!/bin/sh\ncat data/a.csv > model.txt\necho said\n"
        """echo '{"metric":"m","value":0.5}' >> $MLREPRO_METRICS\n""",
    )
    world.write(".gitignore", "data/\nmodel.txt\nout.txt\ncopy/\n")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "first")
    world.write("new.py", "untracked\n")
    world.write("data/a.csv", "x,y\n1,2\n")
    world.write("data/b.bin", bytes(range(256)) * 40)
    world.write("data/sub/c.txt", "c\n")
    world.mlr("snapshot", "data")
    world.mlr("run", "-n", "kept", "--no-resources", "-i", "data", "-o", "model.txt", "--", "sh", "train.sh")
    world.mlr("log", "artifact", "train.sh", "--run", "kept")
    world.write("data/a.csv", "x,y\n3,4\n")
    world.write("data/d.txt", "new\n")
    return world


@pytest.fixture
def workshop_copy(workshop, tmp_path):
    """A workshop of one's own."""
    from faults import copy_world
    return copy_world(workshop, tmp_path / "workshop")
