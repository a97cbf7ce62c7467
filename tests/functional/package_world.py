# SPDX-License-Identifier: Apache-2.0
"""A project with a virtual environment of its own, and packages of several versions to put into it."""

import pathlib
import shutil
import subprocess
import sys
import zipfile

UV = pathlib.Path(sys.executable).with_name("uv")


def tools_with_uv(folder):
    """A folder for World: rebuilding an environment takes uv a tenth of pip's time."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "uv").symlink_to(UV)
    return tools


def make_wheel(folder, name, version, source):
    """As PEP 427 has it, without a build tool."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": rows}.items():
            wheel.writestr(path, text)


class World:
    """A project whose virtual environment lies in it, ignored by Git, as most do."""

    def __init__(self, project, tools):
        self.project = project
        self.wheels = project.folder.parent / "wheels"
        self.wheels.mkdir()
        make_wheel(self.wheels, "score", "1.0", "def score():\n    return 0.25\n")
        make_wheel(self.wheels, "score", "2.0", "def score():\n    return 0.7500\n")
        make_wheel(self.wheels, "other", "3.1", "x = 1\n")
        project.environment.update(
            PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.wheels), UV_NO_INDEX="1", UV_OFFLINE="1",
            UV_FIND_LINKS=str(self.wheels), UV_PYTHON_DOWNLOADS="never",
            PATH=f"{tools}:/usr/local/bin:/usr/bin:/bin",
        )
        project.write(".gitignore", ".venv/\nout.txt\n")
        project.write("data.csv", "1\n")
        project.write(
            "train.py",
            "import json, os, score\n"
            "open(os.environ['MLREPRO_METRICS'], 'a').write(json.dumps({'metric': 'score', 'value': score.score()}) + '\\n')\n",
        )
        project.write("train.sh", "#!/bin/sh\npython train.py\n")
        project.git("add", "-A")
        project.git("commit", "-q", "-m", "train")
        self.venv = project.folder / ".venv"
        # Packages as an installer leaves them; the installer itself is not what this is about.
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", self.venv], check=True)
        self.install("score", "1.0")
        self.install("other", "3.1")

    def install(self, name, version):
        site = next(self.venv.glob("lib/python3*/site-packages"))
        for old in site.glob(f"{name}-*.dist-info"):
            shutil.rmtree(old)
        with zipfile.ZipFile(self.wheels / f"{name}-{version}-py3-none-any.whl") as wheel:
            wheel.extractall(site)

    def record(self, *command, env=None):
        self.project.mlr("run", "-n", "old", "-i", "data.csv", "--", *command, env=env)

    def reproduce(self, policy, expect=0, env=None):
        return self.project.mlr("reproduce", "old", "--env", policy, "--json", expect=expect, env=env).json
