# SPDX-License-Identifier: Apache-2.0
"""What is recorded of the environment besides names and versions: where packages came from, which of
their files were changed, and what else makes one machine differ from another."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time

import pytest


class Site:
    """A real virtual environment with packages as an installer leaves them."""

    def __init__(self, folder):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.python = folder / "bin/python"
        self.folder = next(folder.glob("lib/python3*/site-packages"))

    def add(self, name, version, files, direct_url=None):
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText\n")
        if direct_url:
            (info / "direct_url.json").write_text(json.dumps(direct_url))
        rows = []
        for path, text in files.items():
            (self.folder / path).parent.mkdir(exist_ok=True)
            (self.folder / path).write_text(text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            rows.append(f"{path},sha256={digest},{len(text)}\n")
        (info / "RECORD").write_text("".join(rows) + f"{info.name}/RECORD,,\n")
        past = time.time() - 3600
        for path in [*(self.folder / path for path in files), info / "RECORD"]:
            os.utime(path, (past, past))


@pytest.fixture
def site(project):
    site = Site(project.folder.parent / "venv")
    site.add("score", "1.0", {"score/__init__.py": "def score():\n    return 1\n", "score/rest.py": "x = 1\n"})
    project.write("train.py", "import score\nopen('out.txt', 'w').write(str(score.score()))\n")
    return site


def train(project, site, name):
    project.mlr("run", "-n", name, "-o", "out.txt", "--", site.python, "train.py")


def packages_of(run):
    return {package["name"]: package for package in run["environment"]["packages"]}


def test_a_package_that_was_changed_by_hand(project, site):
    train(project, site, "before")
    assert packages_of(project.mlr("show", "before", "--json").json)["score"]["modified"] == []
    patched = "def score():\n    return 2\n"
    (site.folder / "score/__init__.py").write_text(patched)
    (site.folder / "score/rest.py").unlink()
    train(project, site, "after")

    run = project.mlr("show", "after", "--json").json
    assert packages_of(run)["score"]["version"] == "1.0"
    assert packages_of(run)["score"]["modified"] == [
        {"path": "score/__init__.py", "digest": "sha256:" + hashlib.sha256(patched.encode()).hexdigest()},
        {"path": "score/rest.py", "digest": None},
    ]
    shown = project.mlr("show", "after").out
    assert "score: score/__init__.py" in shown and "score: score/rest.py (gone)" in shown
    diff = project.mlr("diff", "before", "after", "--json").json
    items = {item["item"]: (item["a"], item["b"]) for item in diff["environment"]}
    assert items["package score: score/rest.py"] == (None, "gone")
    assert items["package score: score/__init__.py"][1].startswith("sha256:")
    verdict = project.mlr("reproduce", "before", "--json", expect=1).json
    environment = next(level for level in verdict["levels"] if level["name"] == "environment")
    assert environment["status"] == "differs"
    assert any("score/__init__.py" in reason for reason in environment["reasons"])


def test_where_packages_came_from(project, site):
    source = project.folder.parent / "library"
    source.mkdir()
    git = ["git", "-C", source, "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    (source / "code.py").write_text("x = 1\n")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    site.add("linked", "2", {}, {"url": source.as_uri(), "dir_info": {"editable": True}})
    site.add("fetched", "3", {}, {"url": "https://user:pass@example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "f" * 40}})
    train(project, site, "one")
    packages = packages_of(project.mlr("show", "one", "--json").json)
    assert packages["score"]["source"] == "dist-info"
    assert packages["linked"]["source"] == f"editable {source}@{commit}"
    assert packages["fetched"]["source"] == f"vcs https://***@example.org/x.git@{'f' * 40}"

    (source / "code.py").write_text("x = 2\n")
    train(project, site, "two")
    assert packages_of(project.mlr("show", "two", "--json").json)["linked"]["source"].endswith(f"@{commit} with changes")
    changed = project.mlr("diff", "one", "two", "--json").json["environment"]
    assert [item["item"] for item in changed] == ["package linked"]


def test_facts_of_the_machine_and_lock_files(project, site):
    project.write("requirements.txt", "score==1.0\n")
    train(project, site, "one")
    facts = project.mlr("show", "one", "--json").json["environment"]["facts"]
    assert facts["lock file requirements.txt"] == "sha256:" + hashlib.sha256(b"score==1.0\n").hexdigest()
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith(("flags", "Features"))), ":").split(":")[1].split()
    assert set(facts.get("cpu features", "").split()) <= set(flags)
    assert ("avx2" in facts.get("cpu features", "").split()) == ("avx2" in flags)
    project.write("requirements.txt", "score==1.0  # pinned\n")
    train(project, site, "two")
    first, second = (project.mlr("show", name, "--json").json["environment"]["digest"] for name in ("one", "two"))
    assert first != second
    assert project.mlr("reproduce", "one", "--json").json["verdict"] == "reproduced", "the file that says what to install is no part of what is installed"


def test_the_same_environment_is_stored_once(project, site):
    for name in ("one", "two"):
        train(project, site, name)
    first, second = (project.mlr("show", name, "--json").json["environment"]["digest"] for name in ("one", "two"))
    assert first == second


def test_a_record_without_facts_says_nothing_about_them(project, site):
    """As an older mlrepro wrote it."""
    import sqlite3

    train(project, site, "one")
    with sqlite3.connect(project.folder / ".mlrepro/mlrepro.db") as database:
        for digest, text in database.execute("SELECT digest, document FROM environments").fetchall():
            document = json.loads(text)
            del document["facts"]
            database.execute("UPDATE environments SET document = ? WHERE digest = ?", (json.dumps(document), digest))
    database.close()
    verdict = project.mlr("reproduce", "one", "--json").json
    assert next(level for level in verdict["levels"] if level["name"] == "environment")["status"] == "same"
    assert project.mlr("show", "one", "--json").json["environment"]["facts"] == {}
