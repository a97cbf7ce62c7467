# SPDX-License-Identifier: Apache-2.0
"""Which interpreter truly ran, and with which packages, behind what people start their training with:
shells, make, launchers and package managers. Real programs, but for conda and pixi, of which only the
folders and what starts the interpreter are made up."""

import pathlib
import shutil
import subprocess

import pytest

from conftest import new_project
from package_world import UV, make_wheel

SYSTEM_PYTHON = "/usr/bin/python3"

# mlrepro looks at the process tree 1, 3 and 13 seconds after the start of the command, among others.
TRAIN = """\
import os, sys, time

def age():
    pid = os.getpid()
    while True:
        fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        if open(f"/proc/{fields[1]}/comm").read().strip() == "mlrepro":
            return float(open("/proc/uptime").read().split()[0]) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        pid = fields[1]

now = age()
time.sleep(next(look for look in (1, 3, 13, 23) if look > now + 0.1) + 1.5 - now)
print("loss: 0.25" if os.environ.get("RANK", "0") == "0" else "a worker is done")
"""

TORCHRUN = """\
#!{python}
import os, subprocess, sys
workers = [subprocess.Popen([sys.executable, *sys.argv[2:]], env={{**os.environ, "RANK": str(rank)}})
           for rank in range(int(sys.argv[1].partition("=")[2]))]
sys.exit(max(worker.wait() for worker in workers))
"""

CONDA = """\
#!{base}/bin/python
import subprocess, sys
assert sys.argv[1:3] == ["run", "-p"]
sys.exit(subprocess.run([f"{{sys.argv[3]}}/bin/{{sys.argv[4]}}", *sys.argv[5:]]).returncode)
"""


def conda_prefix(folder, version):
    """As conda and pixi lay one out; the interpreter is the system's."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(SYSTEM_PYTHON)
    (folder / "conda-meta").mkdir()
    for name in (f"score-{version}-h1_0", "python-3.11.2-h2_0_cpython"):
        (folder / f"conda-meta/{name}.json").write_text("{}")
    (folder / "conda-meta/history").write_text("")


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = new_project(tmp_path_factory.mktemp("interpreters"))
    top = place.folder.parent
    place.git("init", "-q", "-b", "main")
    place.write(".gitignore", ".venv/\n.pixi/\ndata/\n*.rds\n")
    place.write("train.py", TRAIN)
    place.venv = top / "venv"
    wheels = top / "wheels"
    wheels.mkdir()
    make_wheel(wheels, "score", "1.0", "x = 1\n")
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", place.venv], check=True)
    site = next(place.venv.glob("lib/python3*/site-packages"))
    shutil.unpack_archive(wheels / "score-1.0-py3-none-any.whl", site, "zip")
    place.write("train.sh", f"#!/bin/bash\nset -e\necho starting >&2\n{place.venv}/bin/python train.py | tee log.txt\n")
    place.write("Makefile", f"model: train.py\n\t@{place.venv}/bin/python train.py\n")
    executable(place.venv / "bin/torchrun", TORCHRUN.format(python=place.venv / "bin/python"))
    conda_prefix(top / "conda", "2.0")
    conda_prefix(top / "conda/envs/train", "3.0")
    executable(top / "conda/bin/conda", CONDA.format(base=top / "conda"))
    conda_prefix(place.folder / ".pixi/envs/default", "4.0")
    executable(top / "bin/pixi", '#!/bin/sh\n[ "$1 $2" = "run python" ]\nshift 2\n.pixi/envs/default/bin/python "$@"\n')
    place.write("uv/pyproject.toml",
                '[project]\nname = "own"\nversion = "0.1"\nrequires-python = ">=3.9"\ndependencies = ["score"]\n'
                f'[tool.uv]\nno-index = true\nfind-links = ["{wheels}"]\n')  # fmt: skip
    place.write("uv/train.py", TRAIN)
    place.environment.update(UV_OFFLINE="1", UV_PYTHON_DOWNLOADS="never", UV_PYTHON=SYSTEM_PYTHON,
                             PATH=f"{top / 'bin'}:/usr/local/bin:/usr/bin:/bin")  # fmt: skip
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "train")
    return place


def test_the_interpreter_is_the_one_that_runs(place):
    top = place.folder.parent
    venv, conda = place.venv / "bin/python", top / "conda/envs/train"
    pixi = place.folder / ".pixi/envs/default"
    cases = {
        "bash": (["bash", "train.sh"], venv, "1.0", "dist-info"),
        "make": (["make", "model"], venv, "1.0", "dist-info"),
        "torchrun": ([place.venv / "bin/torchrun", "--nproc-per-node=2", "train.py"], venv, "1.0", "dist-info"),
        "conda": ([top / "conda/bin/conda", "run", "-p", conda, "python", "train.py"], conda / "bin/python", "3.0",
                  "conda h1_0"),
        "pixi": (["pixi", "run", "python", "train.py"], pixi / "bin/python", "4.0", "conda h1_0"),
    }  # fmt: skip
    started = {name: place.popen("run", "-n", name, "--", *case[0], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for name, case in cases.items()}  # fmt: skip
    started["uv"] = place.popen("run", "-n", "uv", "--", UV, "run", "-q", "train.py", cwd=place.folder / "uv",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    cases["uv"] = (None, None, "1.0", "dist-info")
    for name, process in started.items():
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, (name, err.decode())
        assert b"loss: 0.25" in out
    for name, (_, path, version, source) in cases.items():
        run = place.mlr("show", name, "--json").json
        environment = run["environment"]
        found = pathlib.Path(environment["interpreter"]["path"])
        if name == "uv":
            assert found.parent == place.folder / "uv/.venv/bin"
            assert "lock file uv.lock" in environment["facts"]
        else:
            assert found == path, name
        assert environment["interpreter"]["name"] == "python", name
        assert environment["interpreter"]["version"].startswith("3."), name
        packages = {package["name"]: (package["version"], package["source"]) for package in environment["packages"]}
        assert packages["score"] == (version, source), name
        assert run["metrics"]["loss"]["last"] == 0.25, name


R_SCRIPT = """\
library(shop)
sales <- read.csv("data/sales.csv")
model <- lm(units ~ price, data = sales)
cat(sprintf("rmse: %.6f\\n", rmse(model)))
saveRDS(model$coefficients, "model.rds")
"""


def test_r_with_a_package_of_the_user(place):
    """Which R finds by itself in the user's folder."""
    sources = place.folder.parent / "shop"
    (sources / "R").mkdir(parents=True)
    (sources / "R/rmse.R").write_text("rmse <- function(model) sqrt(mean(residuals(model)^2))\n")
    (sources / "DESCRIPTION").write_text("Package: shop\nVersion: 0.3\nTitle: Shop\nDescription: Shop.\nLicense: GPL-3\n"
                                         "Author: a\nMaintainer: a <a@example.org>\nImports: stats\n")
    (sources / "NAMESPACE").write_text('export(rmse)\nimportFrom(stats, residuals)\n')
    where = subprocess.run(["Rscript", "-e", "cat(Sys.getenv('R_LIBS_USER'))"], env=place.environment, check=True,
                           capture_output=True, text=True).stdout
    library = pathlib.Path(where.replace("~", place.environment["HOME"], 1))
    library.mkdir(parents=True)
    subprocess.run(["R", "CMD", "INSTALL", "--no-docs", "--no-test-load", f"--library={library}", sources],
                   env=place.environment, check=True, capture_output=True)
    place.write("data/sales.csv", "units,price\n10,1.5\n8,2\n7,2.5\n3,4\n")
    place.write("fit.R", R_SCRIPT)
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "fit")
    place.mlr("run", "-n", "fit", "--trace", "--", "Rscript", "fit.R")

    run = place.mlr("show", "fit", "--json").json
    assert run["environment"]["interpreter"]["name"] == "R"
    assert run["environment"]["interpreter"]["version"].startswith("4.")
    packages = {package["name"]: package["version"] for package in run["environment"]["packages"]}
    assert packages["shop"] == "0.3" and packages["stats"] == run["environment"]["interpreter"]["version"]
    assert [item["path"] for item in run["inputs"]] == ["data/sales.csv"]
    assert [item["path"] for item in run["outputs"]] == ["model.rds"]
    assert run["trace"]["complete"] and run["trace"]["outside"] == {"read": [], "written": []}
    assert 0 < run["metrics"]["rmse"]["last"] < 1
    assert place.mlr("reproduce", "fit", "--json").json["verdict"] == "reproduced"
