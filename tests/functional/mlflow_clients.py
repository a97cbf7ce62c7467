# SPDX-License-Identifier: Apache-2.0
"""The real clients: MLflow from PyPI, a version of each line, in environments of their own."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
LINES = ("2", "3")

# No report of ours leaves the machine. In a home of its own each client would look for fonts anew, for a minute.
QUIET = {"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(TOP / "build" / "matplotlib"), "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet", "PYTHONWARNINGS": "ignore"}


def interpreter(line):
    python = TOP / "build" / f"mlflow-{line}" / "bin" / "python"
    if not python.exists():
        if os.environ.get("CI"):
            raise RuntimeError(f"no MLflow {line}: scripts/install-deps mlflow")
        pytest.skip(f"no MLflow {line}: scripts/install-deps mlflow")
    return str(python)


# Takes a job a line: runs the script in a fork of itself, with nothing but the modules of its own.
FORKS = """
import atexit, json, os, runpy, sys
import mlflow, mlflow.sklearn, pandas, sklearn.linear_model

for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        os.setsid()
        os.environ.clear()
        os.environ.update(job["env"])
        os.chdir(job["folder"])
        for number, name in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
            opened = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        code = 0
        sys.argv = [job["script"]]
        try:
            runpy.run_path(job["script"], run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        finally:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), flush=True)
"""


class ForkingInterpreter:
    """One that has imported MLflow, which takes seconds: each script runs in a fork of it."""

    def __init__(self, line, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [interpreter(line), "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **QUIET}, cwd=folder, start_new_session=True,
        )

    def run(self, script, folder, env):
        """Exit code, stdout and stderr. The script has to end by itself."""
        out, err = self.folder / "out", self.folder / "err"
        for file in (out, err):
            file.write_bytes(b"")
        job = {"script": str(script), "folder": str(folder), "env": env, "out": str(out), "err": str(err)}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        code = json.loads(self.process.stdout.readline())
        return code, out.read_text(), err.read_text()

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
