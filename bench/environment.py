# SPDX-License-Identifier: Apache-2.0
"""A virtual environment for the peers that come from PyPI, with exactly the packages of a file."""

import subprocess
import sys


def make_environment(folder, requirements, what):
    """The interpreter of the environment in `folder`; nothing is done when it is there already."""
    python = folder / "bin" / "python"
    stamp = folder / "installed-requirements.txt"
    wanted = requirements.read_text()
    if not (stamp.exists() and stamp.read_text() == wanted):
        print(f"installing {what} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, "--requirement", requirements], check=True, stdin=subprocess.DEVNULL)
        stamp.write_text(wanted)
    return python
