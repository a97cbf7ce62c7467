# SPDX-License-Identifier: Apache-2.0
"""A replay in an environment that is made from the record: real virtual environments, real
installers (pip, and uv where the test machine has it), and packages from a folder of wheels in
place of an index."""

import pathlib
import subprocess

import pytest

from package_world import World, tools_with_uv


@pytest.fixture(params=["pip", "uv"])
def world(request, project, tmp_path):
    world = World(project, tools_with_uv(tmp_path) if request.param == "uv" else tmp_path)
    world.tool = request.param
    return world


@pytest.fixture
def quick(project, tmp_path):
    """For what is the same with any installer."""
    return World(project, tools_with_uv(tmp_path))


@pytest.fixture
def plain(project, tmp_path):
    return World(project, tmp_path)


def test_the_old_result_after_an_upgrade(world):
    world.record(".venv/bin/python", "train.py")
    world.install("score", "2.0")
    checked = world.reproduce("check", expect=1)
    assert checked["environment"]["differences"] == [
        {"item": "package score", "recorded": "1.0", "replayed": "2.0", "impact": "medium"}
    ]
    assert world.reproduce("strict", expect=3)["reasons"] == ["environment: package score was 1.0, is 2.0"]
    ignored = world.reproduce("ignore", expect=1)
    assert ignored["levels"][3]["status"] == "skipped"
    rebuilt = world.reproduce("rebuild")
    assert rebuilt["verdict"] == "reproduced" and rebuilt["proven"] == 5
    made = rebuilt["environment"]["rebuilt"]
    assert made["tool"] == world.tool and not made["reused"] and made["gaps"] == []
    assert (pathlib.Path(made["folder"]) / "bin/python").exists()
    again = world.reproduce("rebuild")["environment"]["rebuilt"]
    assert again == {**made, "reused": True}
    # What the project has is not touched.
    assert next(world.venv.glob("lib/python3*/site-packages/score-2.0.dist-info")).exists()


def test_a_script_finds_the_rebuilt_interpreter(quick):
    inside = {"PATH": f"{quick.venv}/bin:{quick.project.environment['PATH']}", "VIRTUAL_ENV": str(quick.venv)}
    quick.record("sh", "train.sh", env=inside)
    quick.install("score", "2.0")
    rebuilt = quick.reproduce("rebuild", env=inside)
    assert rebuilt["verdict"] == "reproduced" and rebuilt["proven"] == 5


def test_a_replay_uses_the_packages_of_the_projects_own_environment(plain):
    plain.record(".venv/bin/python", "train.py")
    assert plain.reproduce("strict")["proven"] == 5


def test_what_the_index_lacks_is_named_and_tried_again(quick):
    quick.record(".venv/bin/python", "train.py")
    lost = quick.wheels / "other-3.1-py3-none-any.whl"
    content = lost.read_bytes()
    lost.unlink()
    first = quick.reproduce("rebuild")
    gaps = first["environment"]["rebuilt"]["gaps"]
    assert len(gaps) == 1 and gaps[0].startswith("other==3.1: can't be installed: ")
    assert first["levels"][3]["status"] == "differs" and first["proven"] == 3
    lost.write_bytes(content)
    second = quick.reproduce("rebuild")
    assert second["environment"]["rebuilt"]["gaps"] == [] and second["proven"] == 5


def test_without_an_index_the_replay_is_blocked(plain):
    plain.record(".venv/bin/python", "train.py")
    for wheel in plain.wheels.iterdir():
        wheel.unlink()
    blocked = plain.reproduce("rebuild", expect=3)
    assert blocked["verdict"] == "blocked"
    assert blocked["reasons"][0].startswith("no package of the record can be installed: ")


def test_a_series_that_is_not_installed(plain):
    version = plain.venv / "pyvenv.cfg"
    version.write_text(version.read_text().replace("version = 3.", "version = 9."))
    plain.record(".venv/bin/python", "train.py")
    blocked = plain.reproduce("rebuild", expect=3)
    assert "there is no python 9." in blocked["reasons"][0]


def test_a_killed_rebuild_is_made_anew(quick):
    quick.record(".venv/bin/python", "train.py")
    made = quick.reproduce("rebuild")["environment"]["rebuilt"]
    assert made["gaps"] == []
    # As if the installer had been killed: the last file is not there, nor is a package.
    folder = pathlib.Path(made["folder"])
    (folder / "mlrepro-environment.txt").unlink()
    next(folder.glob("lib/python3*/site-packages/score.py")).unlink()
    rebuilt = quick.reproduce("rebuild")
    assert rebuilt["verdict"] == "reproduced" and not rebuilt["environment"]["rebuilt"]["reused"]


def test_two_rebuilds_at_once_make_one(quick):
    quick.record(".venv/bin/python", "train.py")
    both = [quick.project.popen("reproduce", "old", "--env", "rebuild", "--json", stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(timeout=300) for one in both] == [0, 0]
    for one in both:
        one.stdout.close()
    cache = pathlib.Path(quick.project.environment["HOME"]) / ".cache/mlrepro/environments"
    assert len([name for name in cache.iterdir() if name.is_dir()]) == 1


def test_a_conda_record_asks_conda(plain, tmp_path):
    """With a stand-in that keeps what it was asked for: conda itself is in no package index here."""
    meta = plain.venv / "conda-meta"
    meta.mkdir()
    for name in ("python-3.11.2-h1_0", "score-1.0-py_0"):
        (meta / f"{name}.json").write_text("{}")
    plain.record(".venv/bin/python", "train.py")
    assert "there is no conda here" in plain.reproduce("rebuild", expect=3)["reasons"][0]
    (tmp_path / "conda").write_text(
        '#!/bin/sh\necho "$@" > "$HOME/asked"\n'
        "case \"$*\" in *score=1.0=py_0*) echo 'no such build' >&2; exit 1;; esac\n"
        'while [ "$1" != --prefix ]; do shift; done\n'
        f"/usr/bin/python3 -m venv \"$2\" && cp -a {plain.venv}/lib {plain.venv}/conda-meta \"$2\"\n"
    )
    (tmp_path / "conda").chmod(0o755)
    rebuilt = plain.reproduce("rebuild")["environment"]["rebuilt"]
    assert rebuilt["tool"] == "conda"
    assert any("others of the same versions" in gap for gap in rebuilt["gaps"])
    asked = (pathlib.Path(plain.project.environment["HOME"]) / "asked").read_text()
    assert "create --yes --quiet --prefix" in asked and "score=1.0" in asked


def test_an_unknown_policy(plain):
    plain.record(".venv/bin/python", "train.py")
    assert "did you mean 'strict'" in plain.project.mlr("reproduce", "old", "--env", "strickt", expect=2).err
