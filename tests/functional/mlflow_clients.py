# SPDX-License-Identifier: Apache-2.0
"""The real clients: MLflow from PyPI, a version of each line, in environments of their own."""

import os
import pathlib

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
LINES = ("2", "3")

# No report of ours leaves the machine.
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet", "PYTHONWARNINGS": "ignore"}


def interpreter(line):
    python = TOP / "build" / f"mlflow-{line}" / "bin" / "python"
    if not python.exists():
        if os.environ.get("CI"):
            raise RuntimeError(f"no MLflow {line}: scripts/install-deps mlflow")
        pytest.skip(f"no MLflow {line}: scripts/install-deps mlflow")
    return str(python)
